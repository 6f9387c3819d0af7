"""Whatever the rooms write into the record trail, its page says in words and finds under a kind that people know."""

import re
from collections import Counter

import pytest
from django.apps import apps

from clinic.signing.models import Meaning
from clinic.trail.kinds import ELSE, kinds, models_by_kind
from clinic.trail.models import Action, TrailEvent
from clinic.trail.queries import entries_of
from clinic.trail.showing import shown
from tests.meta.conftest import Stories
from tests.meta.project import our_models

pytestmark = pytest.mark.django_db
LABELS_IN_WORDS = {str(meaning.label) for meaning in Meaning}


def test_every_kind_is_of_models_that_there_are_and_no_model_is_of_two() -> None:
    labels = [label for models in models_by_kind().values() for label in models]
    assert set(labels) <= {model._meta.label for model in our_models()}
    assert [label for label, times in Counter(labels).items() if times > 1] == []


def test_every_record_of_the_stories_is_of_a_kind_that_people_know(stories: Stories) -> None:
    known = {label for models in models_by_kind().values() for label in models}
    assert set(TrailEvent.objects.values_list("object_type", flat=True).distinct()) - known == set()


def test_the_kinds_together_find_every_entry_once(stories: Stories) -> None:
    site = stories.own.site
    found = Counter(pk for key, _name in kinds() for pk in entries_of(site, kind=key).values_list("pk", flat=True))
    assert set(found.values()) == {1}
    assert set(found) == set(TrailEvent.objects.filter(site=site).values_list("pk", flat=True))


def test_the_kinds_are_named_in_words_that_are_no_tables() -> None:
    names = [name for _key, name in kinds()]
    assert len(set(names)) == len(names) <= 35
    internal = {"due tick", "heartbeat", "spin", "word of a name", "end of the record trail", "record number counter"}
    assert internal.isdisjoint(name.casefold() for name in names)
    assert kinds()[-1][0] == ELSE


def test_a_signature_is_told_in_words_and_its_hashes_are_called_what_they_are(stories: Stories) -> None:
    events = TrailEvent.objects.filter(action=Action.SIGN).select_related("patient")
    entries = shown(events)
    assert len({entry.object_type for entry in entries}) > 10
    for entry in entries:
        words = {fact.label: fact.value for fact in entry.facts if not fact.technical}
        assert set(words) == {"Meaning", "Signed by"}, entry.sentence
        assert words["Meaning"] in LABELS_IN_WORDS
        technical = {fact.label for fact in entry.facts if fact.technical}
        assert {"Number of the signature", "Hash of the signed text", "Hash of the signature"} <= technical
        assert technical <= {
            "Number of the signature", "Hash of the signed text", "Hash of the signature", "Hash of the signed rows",
            "Hash of the rows it rests on",
        }  # fmt: skip
        assert entry.changes == []
        assert not re.search(r"[0-9a-f]{64}", entry.in_words("→"))


def test_no_entry_shows_the_name_of_a_table(stories: Stories) -> None:
    for entry in shown(TrailEvent.objects.select_related("patient")):
        said = [entry.sentence, *(f"{each.label} {each.old} {each.new}" for each in entry.changes)]
        said += [f"{each.label} {each.value}" for each in entry.facts]
        tables = {model._meta.db_table for model in apps.get_models()}
        assert not [text for text in said if tables & set(re.findall(r"[a-z]+_[a-z_]+", text))], said
