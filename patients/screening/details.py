"""What a yes still has to say before the checklist can be signed: a pure rule."""

from django.utils.translation import gettext as _

from patients.screening.case import Given
from patients.screening.outcomes import Answer
from protocols.checklists.models import Rule
from protocols.checklists.topics import TOPICS


def detail_missing(rule: Rule, given: Given) -> str:
    """Return what a yes to `rule` still has to say, in words, or ""."""
    if rule == Rule.BLEEDING_DISORDER and given.treated not in Answer.values:
        return _("say whether it is treated.")
    if rule == Rule.ANTICOAGULANT and not given.drug:
        return _("name the medicine.")
    if rule == Rule.PREGNANCY and not given.status:
        return _("say which of these.")
    if rule == Rule.HYPERSENSITIVITY and not given.names_something:
        return _("say to what.")
    return _of_topic(rule, given)


def _of_topic(rule: Rule, given: Given) -> str:
    topic = TOPICS.get(rule)
    if topic is None:
        return ""
    if topic.things and not given.which:
        return _("say which of these.")
    if topic.note and not given.note:
        return _("write down what it is.")
    if given.allowed_on and not given.letter:
        return _("say whose letter it is, and of which day.")
    return ""
