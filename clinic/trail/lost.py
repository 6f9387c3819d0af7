"""Papers that the trail tells of and aren't there: deleting the latest doesn't let an earlier one count."""

from collections.abc import Mapping
from datetime import datetime

from django.db import connection
from django.db.models import Model
from psycopg import sql

from clinic.trail.models import Action

_ONE = sql.SQL("""
SELECT {kind} AS kind, max(entry.occurred_at) AS at FROM clinic_trailevent entry
WHERE entry.patient_id = {patient} AND entry.object_type = {kind} AND entry.action = {action}
    AND NOT EXISTS (SELECT FROM {table} paper WHERE paper.patient_id = {patient} AND paper.id::text = entry.object_id)
""")


def lost_papers(patient_id: int, told: Mapping[type[Model], Action]) -> dict[type[Model], datetime]:
    """Return when the latest lost paper of a patient was made, for each kind of `told` that has one; one query.

    `told` names for each kind, whose rows have a `patient`, the action by which the trail tells of a paper.
    """
    by_label = {model._meta.label: model for model in told}
    parts = [
        _ONE.format(
            kind=sql.Literal(model._meta.label), patient=sql.Literal(patient_id), action=sql.Literal(str(action)),
            table=sql.Identifier(model._meta.db_table),
        )
        for model, action in told.items()
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(" UNION ALL ").join(parts).as_string())
        return {by_label[kind]: at for kind, at in cursor.fetchall() if at is not None}
