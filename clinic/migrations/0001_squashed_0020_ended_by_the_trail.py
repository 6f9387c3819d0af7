"""Everything at once, for a database that has nothing: what 52 migrations of five apps came to.

The apps' migrations lead to one another in circles, so no app's could be replaced alone. A database that has some of
the 52 goes on with the rest of them; one that has all of them has this one too.
"""

from typing import Any

from django.core.management import call_command
from django.db import migrations

from clinic.migrations import (
    _tables_of_audit,
    _tables_of_clinic,
    _tables_of_patients,
    _tables_of_protocols,
    _tables_of_sessions,
)
from clinic.tables import CreateTables

TABLES = {
    "clinic": _tables_of_clinic.TABLES,
    "protocols": _tables_of_protocols.TABLES,
    "patients": _tables_of_patients.TABLES,
    "treatment_sessions": _tables_of_sessions.TABLES,
    "audit": _tables_of_audit.TABLES,
}
#: Tables without columns or rows: see 0008.
TURNS = 8
MAKE_TURNS = "CREATE TABLE clinic_trailturn (); " + "".join(
    f"CREATE TABLE clinic_trailturn_{number} () INHERITS (clinic_trailturn); " for number in range(TURNS)
)
# The end of the clinic's own chain has the number 1 without having asked for it: the next one begins after it.
BEGIN_CHAIN = """
INSERT INTO clinic_chainhead (id, site_id, epoch, seq, count, hash) VALUES (1, NULL, 0, 0, 0, repeat('0', 64));
SELECT setval(pg_get_serial_sequence('clinic_chainhead', 'id'), 1);
"""


def make_cache_table(apps: Any, schema_editor: Any) -> None:
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("clinic", "0001_initial"),
        ("clinic", "0002_initial"),
        ("clinic", "0003_chain_head_and_cache"),
        ("clinic", "0004_chain_per_site"),
        ("clinic", "0005_checkpoint_heartbeat"),
        ("clinic", "0006_start_of_the_clinic"),
        ("clinic", "0007_decisions_and_signatures"),
        ("clinic", "0008_turns_at_the_trail"),
        ("clinic", "0009_epochs"),
        ("clinic", "0010_schema_changes"),
        ("clinic", "0011_signature_fields"),
        ("clinic", "0012_entries_follow_the_end"),
        ("clinic", "0013_outbox_priority"),
        ("clinic", "0014_renderings_again"),
        ("clinic", "0015_quick_ratchet"),
        ("clinic", "0016_outbox_later"),
        ("clinic", "0017_co_signature_version"),
        ("clinic", "0018_checkpoint_places"),
        ("clinic", "0019_added_to_records"),
        ("clinic", "0020_ended_by_the_trail"),
        ("protocols", "0001_initial"),
        ("protocols", "0002_drafts_saved_before_they_are_complete"),
        ("protocols", "0003_documented_decisions"),
        ("protocols", "0004_decisions_and_signatures"),
        ("protocols", "0005_photo_and_checklist_detail"),
        ("protocols", "0006_master_formulation_record"),
        ("protocols", "0007_checklist_questions"),
        ("protocols", "0008_versions_move_as_told"),
        ("patients", "0001_initial"),
        ("patients", "0002_intake_stage_not_applicable"),
        ("patients", "0003_clearance_about"),
        ("patients", "0004_who_signs_a_consent"),
        ("patients", "0005_decisions_and_signatures"),
        ("patients", "0006_paper_forms"),
        ("patients", "0007_photo_preparation"),
        ("patients", "0008_filing_taken_back"),
        ("patients", "0009_words_beside_a_word"),
        ("patients", "0010_pages_of_paper"),
        ("patients", "0011_names_in_twos"),
        ("patients", "0012_names_as_in_passports"),
        ("treatment_sessions", "0001_initial"),
        ("treatment_sessions", "0002_deviation_reason"),
        ("treatment_sessions", "0003_several_rows_in_a_zone"),
        ("treatment_sessions", "0004_sessions_handed_over"),
        ("treatment_sessions", "0005_treatment_stopped"),
        ("treatment_sessions", "0006_volume_first_typed"),
        ("treatment_sessions", "0007_steps_and_products"),
        ("treatment_sessions", "0008_added_to_no_locked_record"),
        ("treatment_sessions", "0009_papers_with_each_zone"),
        ("audit", "0001_initial"),
        ("audit", "0002_initial"),
        ("audit", "0003_decisions_of_open_weeks"),
    ]

    dependencies: list[tuple[str, str]] = []

    operations = [
        CreateTables(TABLES),
        migrations.RunSQL(MAKE_TURNS, "DROP TABLE clinic_trailturn CASCADE"),
        migrations.RunSQL(BEGIN_CHAIN, migrations.RunSQL.noop),
        migrations.RunPython(make_cache_table, migrations.RunPython.noop),
    ]
