"""What other systems reported, as it stands beside a question, on the page that is signed and on its paper."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from patients.registry.models import FactStatus, ReportedFact

#: So many reported facts stand beside a question; the others are on the patient's page.
FACTS_SHOWN = 5
#: Reported facts by checklist rule, as `patients.importing.queries.facts_by_rule` gives them.
type FactsByRule = Mapping[str, Sequence[ReportedFact]]


def facts_in_words(facts: Sequence[ReportedFact]) -> tuple[str, ...]:
    """Return what is reported as it stands beside a question: the first few, and how many more there are."""
    words = tuple(fact_in_words(fact) for fact in facts[:FACTS_SHOWN])
    more = len(facts) - FACTS_SHOWN
    if more <= 0:
        return words
    text = ngettext("%(more)s more on the patient's page", "%(more)s more on the patient's page", more)
    return (*words, text % {"more": more})


def fact_in_words(fact: ReportedFact) -> str:
    """Return a fact as "apixaban 5 mg, from the imported summary, 2 Sep 2026"."""
    told = {
        "text": fact.text, "source": fact.said_in, "day": fact.said_on,
        "status": fact.get_status_display().lower(),
    }  # fmt: skip
    if fact.status == FactStatus.PRESENT:
        return _("%(text)s, from %(source)s, %(day)s") % told
    return _("%(text)s (%(status)s), from %(source)s, %(day)s") % told
