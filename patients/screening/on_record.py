"""What the clinic's own records say against an answer: one that they contradict isn't signed. A pure rule.

Source: CI-18 of the founding list asks for a consent that is current and for expectations confirmed again; whether a
consent is in force is known here. A no beside one that is says why: the expectations may not be confirmed. Beside one
that was signed the same day, which confirms all that is asked, it can only be a slip, or a consent to be taken back.
"""

from django.utils.translation import gettext as _

from clinic.dates import day_text
from patients.screening.case import Case, Given
from patients.screening.contraindications import Missing, asked_of
from patients.screening.outcomes import Answer
from protocols.checklists.rules import fine_answer
from protocols.checklists.topics import TOPICS, Kind


def contradiction(rule: str, given: Given, case: Case) -> str:
    """Return, in words, what is on record against the answer `given` to `rule`, and what to do; "" where nothing is."""
    topic = TOPICS.get(rule)
    if topic is None or topic.kind is not Kind.IN_FORCE:
        return ""
    if given.answer == Answer.YES and case.consented_on is None:
        return _("no consent is in force, so it can't be answered with yes. Take the consent first, or answer no.")
    if given.answer != Answer.NO or case.consented_on is None:
        return ""
    if case.consented_on == case.on:
        return _(
            "the consent signed today is in force and confirms it, so it can't be answered with no. Answer yes, or "
            "record first that the patient took the consent back."
        )
    if given.note:
        return ""
    told = {"day": day_text(case.consented_on)}
    return _("the record has a consent in force, signed %(day)s. Answer yes, or say why it isn't current.") % told


def contradicted(case: Case) -> list[Missing]:
    """Return the questions whose answers the records contradict, with what to do, in order."""
    return [
        Missing(item.code, _("Question %(place)s: %(words)s") % {"place": place, "words": words})
        for place, item in enumerate(asked_of(case), start=1)
        if (given := case.answers.get(item.code)) and (words := contradiction(item.rule, given, case))
    ]


def plain_answer(rule: str, case: Case) -> str:
    """Return the answer to `rule` that nothing follows from, or no where the records contradict that one."""
    fine = fine_answer(rule)
    return str(Answer.NO) if contradiction(rule, Given(Answer(fine)), case) else fine
