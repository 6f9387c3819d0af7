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
