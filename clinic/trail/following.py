"""The trigger by which Postgres itself keeps a chain a chain, whoever adds to it.

Whoever writes an entry computes its hash; Postgres computes it again. What doesn't follow the locked end of its site's
chain, or says something else in its columns than in its body, isn't added; and nothing but this moves the end on. So an
entry that is slipped in with the application's rights is one that the chain and every checkpoint after it hold.
"""

import pgtrigger

#: What the columns of an entry repeat of its body, as the body writes it.
_SAID = ", ".join(
    f"'{name}', {column}"
    for name, column in {
        "v": "2",
        "epoch": "entry.epoch",
        "seq": "entry.seq",
        "recorded_at": """to_char(entry.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
        "occurred_at": """to_char(entry.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
        "actor": "entry.actor_id",
        "actor_name": "entry.actor_name",
        "site": "entry.site_id",
        "action": "entry.action",
        "object_type": "entry.object_type",
        "object_id": "entry.object_id",
        "object_label": "entry.object_label",
        "patient": "entry.patient_id",
        "request_id": "entry.request_id",
        "reason": "entry.reason",
    }.items()
)
_MOVE = (
    "UPDATE public.clinic_chainhead SET epoch = head.epoch, seq = head.seq, hash = head.hash, count = head.count, "
    "recorded_at = head.recorded_at WHERE id = head.id; "
)
#: Once for each statement, not for each row: a thousand entries at once move their site's end once. Tables are named
#: with their schema, so that no temporary table can stand in for one.
_FOLLOWS = (
    "FOR entry IN SELECT * FROM added ORDER BY site_id, seq LOOP "
    "IF head.site_id IS DISTINCT FROM entry.site_id THEN "
    "IF head.id IS NOT NULL THEN <move>END IF; "
    "SELECT * INTO head FROM public.clinic_chainhead WHERE site_id = entry.site_id FOR UPDATE; "
    "END IF; "
    "IF head.id IS NULL OR entry.seq <> head.seq + 1 OR entry.prev_hash <> head.hash "
    "OR entry.recorded_at < head.recorded_at "
    "OR NOT (entry.epoch = head.epoch OR entry.epoch > head.epoch AND entry.action = 'begin_epoch') THEN "
    "RAISE EXCEPTION 'baseline: entry % of site % does not follow the end of its chain', entry.seq, entry.site_id "
    "USING ERRCODE = 'restrict_violation'; END IF; "
    "IF entry.hash <> encode(sha256(convert_to(entry.prev_hash || chr(10) || entry.body, 'UTF8')), 'hex') "
    "OR NOT entry.body::jsonb @> jsonb_build_object(<said>) THEN "
    "RAISE EXCEPTION 'baseline: entry % of site % is not what its hash or its columns say', entry.seq, entry.site_id "
    "USING ERRCODE = 'restrict_violation'; END IF; "
    "head.epoch := entry.epoch; head.seq := entry.seq; head.hash := entry.hash; head.count := head.count + 1; "
    "head.recorded_at := entry.recorded_at; "
    "END LOOP; "
    "IF head.id IS NOT NULL THEN <move>END IF; "
    "RETURN NULL;"
)

#: The end's own trigger. What moves an end on inside another trigger is the one above, which has just looked at the
#: entry; whoever does it by hand has to show one. Each condition that looks into a table stands alone, since Postgres
#: takes a statement for the whole of an expression that holds one.
ENDS_MOVE_ON = (
    "IF TG_OP = 'INSERT' THEN "
    "moves := NEW.epoch <= 1 AND NEW.seq = 0 AND NEW.count = 0 AND NEW.hash = repeat('0', 64) "
    "AND NEW.recorded_at IS NULL; "
    "ELSIF TG_OP = 'UPDATE' THEN "
    "moves := NEW.seq > OLD.seq AND NEW.count - OLD.count = NEW.seq - OLD.seq AND NEW.id = OLD.id "
    "AND NEW.site_id = OLD.site_id AND NEW.epoch >= OLD.epoch "
    "AND (OLD.recorded_at IS NULL OR NEW.recorded_at >= OLD.recorded_at); "
    "IF moves AND NEW.epoch > OLD.epoch THEN "
    "moves := EXISTS (SELECT FROM public.clinic_rollback WHERE acknowledged_at IS NULL); END IF; "
    "IF moves AND pg_trigger_depth() = 1 THEN "
    "moves := EXISTS (SELECT FROM public.clinic_trailevent WHERE site_id = NEW.site_id AND seq = NEW.seq "
    "AND hash = NEW.hash AND epoch = NEW.epoch); END IF; "
    "END IF; "
    "IF moves THEN RETURN NEW; END IF; "
    "RAISE EXCEPTION 'baseline: the end of the record trail only moves on' USING ERRCODE = 'restrict_violation';"
)


def follows_trigger() -> pgtrigger.Trigger:
    """Return the trigger of the entries' table."""
    return pgtrigger.Trigger(
        name="follows",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        referencing=pgtrigger.Referencing(new="added"),  # type: ignore[no-untyped-call]
        declare=[("entry", "record"), ("head", "public.clinic_chainhead%ROWTYPE")],
        func=_FOLLOWS.replace("<move>", _MOVE).replace("<said>", _SAID),
    )
