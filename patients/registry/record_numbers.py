"""Record numbers: the site's code and a number that rises by one, such as N-00412."""

import re

from clinic.accounts.models import Site
from patients.registry.models import RecordNumberCounter

DIGITS = 5
_AFTER_CODE = re.compile(r"\s*[-–]?\s*(?P<number>\d{1,9})", re.ASCII)


def next_record_number(site: Site) -> str:
    """Take the next number of `site`; its counter is locked until the transaction ends, so none is given twice."""
    RecordNumberCounter.objects.get_or_create(site=site)
    counter = RecordNumberCounter.objects.select_for_update().get(site=site)
    counter.last += 1
    counter.save(update_fields=["last"])
    return written(site.code, counter.last)


def written(code: str, number: int) -> str:
    """Return the record number as it is written."""
    return f"{code}-{number:0{DIGITS}d}"


def record_number_prefixes(site: Site, typed: str) -> list[str]:
    """Return what a record number at `site` begins with that `typed` may mean; nothing when it is no such number.

    "N-004" and "n004" mean every number that begins so; "412", "n412" and "N-412" mean N-00412 too, since nobody reads
    the noughts out.
    """
    text = typed.strip()
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return [written(site.code, int(text)), f"{site.code}-{text}"]
    # A code may end in a figure, so it is the site's own that is taken off, not as much as looks like one.
    found = _AFTER_CODE.fullmatch(text[len(site.code) :]) if text.upper().startswith(site.code) else None
    if found is None:
        return []
    return list(dict.fromkeys([f"{site.code}-{found['number']}", written(site.code, int(found["number"]))]))
