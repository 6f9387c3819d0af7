"""Sorting a reported fact into a category: by its codes, else by the words of its text. Pure; no terminology server.

A fact gets one category at most. Codes are believed before words, an exact code before a range. The answer says what
it was recognised by, so that a person can disagree with it.
"""

import re
from collections.abc import Iterable

from django.utils.translation import gettext as _

from patients.importing import category_codes as known
from patients.importing import category_words as words
from patients.importing.categories import Category, Kind, Match, Standing
from patients.importing.records import Code

ICD10 = re.compile(r"([A-Z]\d[0-9A-Z])\.?([0-9A-Z]{0,4})")


def classify(kind: Kind, text: str, codes: Iterable[Code]) -> Match | None:
    """The category of a condition, allergy or medicine, or None where nothing is recognised."""
    codes = tuple(codes)
    wordings = _wordings(text, codes)
    absent = _absent(codes, wordings)
    if absent is not None:
        return absent
    if kind is Kind.ALLERGY:
        return Match(Category.ALLERGY, _("a record of an allergy or intolerance"))
    if kind is Kind.MEDICATION:
        return _by_codes(codes, ("atc", "rxnorm", "snomed")) or _by_medicine(wordings)
    return _condition(codes, wordings)


def classify_relative(text: str, codes: Iterable[Code]) -> Match | None:
    """The category of a condition of a relative: cancer in the family, or nothing."""
    codes = tuple(codes)
    return _family(codes, _wordings(text, codes))


def classify_answer(codes: Iterable[Code], text: str, answer: str, answer_codes: Iterable[Code]) -> Match | None:
    """The category of an observation that asks for pregnancy, breastfeeding or the expected delivery date.

    `answer` is the value in words, `answer_codes` its codes; the standing of the match is what the answer says.
    """
    codes = tuple(codes)
    found = next(((key, code) for code in codes if (key := _question(code)) is not None), None)
    if found is not None:
        category, why = found[0], _named(found[1])
    else:
        label = words.folded(text or next((code.display for code in codes), ""))
        asked = _asked(label)
        if asked is None:
            return None
        category, why = asked, _("the words “%(words)s”") % {"words": text or label}
    if category is Category.EXPECTED_DELIVERY_DATE:
        return Match(category, why, Standing.PRESENT if answer else Standing.CHECK)
    given = {code.code.casefold() for code in answer_codes} | {answer.casefold()}
    if given & known.MAYBE and category is Category.PREGNANCY:
        return Match(Category.PREGNANCY_POSSIBLE, why, Standing.CHECK)
    said = words.folded(answer)
    if given & known.NO or said.startswith(("not ", "no ", "nicht ", "keine ")):
        return Match(category, why, Standing.NEGATED)
    yes = given & known.YES or said.startswith(("pregnant", "breast", "schwanger", "stillend"))
    return Match(category, why, Standing.PRESENT if yes else Standing.CHECK)


def _wordings(text: str, codes: tuple[Code, ...]) -> list[str]:
    return [line for line in dict.fromkeys((text, *(code.display for code in codes))) if line]


def _question(code: Code) -> Category | None:
    return known.OBSERVED.get((known.system_family(code.system), code.code))


def _asked(label: str) -> Category | None:
    if re.search(r"\b(pregnancy|schwangerschafts?) ?status", label):
        return Category.PREGNANCY
    if re.search(r"\b(breast-?feeding|lactation|still) ?status", label):
        return Category.BREASTFEEDING
    if re.search(r"\b(estimated|expected) (date of )?(delivery|confinement)|\berrechneter geburtstermin", label):
        return Category.EXPECTED_DELIVERY_DATE
    return None


def _absent(codes: tuple[Code, ...], wordings: list[str]) -> Match | None:
    """Statements that there is nothing, and statements that nothing is known: two very different things."""
    for code in codes:
        family = known.system_family(code.system)
        if family == "absent" and known.ABSENT_NO_INFORMATION.fullmatch(code.code):
            return Match(Category.NO_INFORMATION, _named(code), Standing.CHECK)
        nothing = family == "absent" and known.ABSENT_NONE.fullmatch(code.code)
        if nothing or (family == "snomed" and known.SNOMED.get(code.code) is Category.STATED_NONE_KNOWN):
            return Match(Category.STATED_NONE_KNOWN, _named(code), Standing.NEGATED)
    for wording in wordings:
        text = words.folded(wording)
        if words.NO_INFORMATION.search(text):
            return Match(Category.NO_INFORMATION, _worded(wording, ""), Standing.CHECK)
        if words.NONE_KNOWN.search(text):
            return Match(Category.STATED_NONE_KNOWN, _worded(wording, ""), Standing.NEGATED)
    return None


def _by_codes(codes: tuple[Code, ...], families: tuple[str, ...]) -> Match | None:
    for family in families:
        for code in codes:
            if known.system_family(code.system) == family and (category := _lookup(family, code.code)):
                history = family == "icd10" and code.code.upper().startswith(known.ICD10_HISTORY)
                return Match(category, _named(code), Standing.PAST if history else None)
    return None


def _lookup(family: str, code: str) -> Category | None:
    if family == "snomed":
        category = known.SNOMED.get(code)
    elif family == "rxnorm":
        category = known.RXNORM.get(code)
    elif family == "atc":
        prefixes = [prefix for prefix in known.ATC_PREFIXES if code.upper().startswith(prefix)]
        category = known.ATC_PREFIXES[max(prefixes, key=len)] if prefixes else None
    else:
        category = _icd10(code)
    return category


def _icd10(code: str) -> Category | None:
    parts = ICD10.match(code.strip().upper())
    if parts is None:
        return None
    full = f"{parts[1]}.{parts[2]}" if parts[2] else parts[1]
    for first, last, category in known.ICD10_RANGES:
        if first <= full[: len(first)] and full[: len(last)] <= last:
            return category
    return None


def _condition(codes: tuple[Code, ...], wordings: list[str]) -> Match | None:
    if any(known.system_family(code.system) == "snomed" and code.code == known.SNOMED_NOT_PREGNANT for code in codes):
        return Match(Category.PREGNANCY, f"SNOMED CT {known.SNOMED_NOT_PREGNANT}", Standing.NEGATED)
    if any(words.FAMILY.search(words.folded(wording)) for wording in wordings):
        return _family(codes, wordings)
    return _by_codes(codes, ("snomed", "icd10")) or _by_words(wordings)


def _family(codes: tuple[Code, ...], wordings: list[str]) -> Match | None:
    coded = _by_codes(codes, ("snomed", "icd10"))
    cancer = (Category.FAMILY_HISTORY_OF_CANCER, Category.MALIGNANCY)
    if coded is not None:
        return Match(Category.FAMILY_HISTORY_OF_CANCER, coded.why) if coded.category in cancer else None
    for wording in wordings:
        if stem := re.search(words.MALIGNANT, words.folded(wording)):
            return Match(Category.FAMILY_HISTORY_OF_CANCER, _worded(wording, stem[0]))
    return None


def _by_words(wordings: list[str]) -> Match | None:
    for wording in wordings:
        text = words.folded(wording)
        for category, pattern in words.CONDITION_ROWS:
            stem = pattern.search(text)
            if stem is not None:
                return Match(category, _worded(wording, stem[0]), _said(text, stem))
    return None


def _said(text: str, stem: re.Match[str]) -> Standing | None:
    """What the words before a stem say: "no evidence of ..." negates it, a "history of ..." has to be looked at."""
    before = text[: stem.start()]
    if words.NEGATION.search(before):
        return Standing.NEGATED
    return Standing.CHECK if words.HISTORY.search(before) else None


def _by_medicine(wordings: list[str]) -> Match | None:
    for wording in wordings:
        text = words.folded(wording)
        for category, pattern in words.MEDICATION_ROWS:
            if stem := pattern.search(text):
                return Match(category, _worded(wording, stem[0]))
        if stem := words.ASPIRIN.search(text):
            doses = {int(dose[1]) for dose in words.DOSE_MG.finditer(text)}
            low = any(dose in words.LOW_ASPIRIN_MG for dose in doses)
            category = Category.ANTIPLATELET_USE if low else Category.ASPIRIN_OTHER_DOSE
            return Match(category, _worded(wording, stem[0]))
    return None


def _named(code: Code) -> str:
    return f"{known.SYSTEM_NAMES[known.system_family(code.system)]} {code.code}"


def _worded(wording: str, stem: str) -> str:
    if not stem or len(stem) > 40:
        return _("the words “%(words)s”") % {"words": wording}
    return _("“%(stem)s” in “%(words)s”") % {"stem": stem, "words": wording}
