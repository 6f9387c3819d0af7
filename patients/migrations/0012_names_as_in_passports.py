from itertools import permutations

from django.db import migrations

from patients.registry.models import MOST_PAIRED
from patients.registry.names import index_tokens

#: Whoever has a letter that passports spell in two, composed or as a letter with a mark behind it.
SPELT_IN_TWO = "[äöüåøÄÖÜÅØ]|[aouAOU][\u0308\u030a]"
BATCH = 2000


def add_spellings(apps, schema_editor):
    """Add the words as passports spell them to those that are kept of a patient's names, and their twos."""
    patients, others = apps.get_model("patients", "Patient"), apps.get_model("patients", "OtherName")
    tokens, pairs = apps.get_model("patients", "NameToken"), apps.get_model("patients", "NamePair")
    bearers = set(patients.objects.filter(family_name__regex=SPELT_IN_TWO).values_list("pk", flat=True))
    bearers |= set(patients.objects.filter(given_name__regex=SPELT_IN_TWO).values_list("pk", flat=True))
    bearers |= set(others.objects.filter(name__regex=SPELT_IN_TWO).values_list("patient", flat=True))
    numbers = sorted(bearers)
    for start in range(0, len(numbers), BATCH):
        part = numbers[start : start + BATCH]
        names: dict[int, list[str]] = {}
        for pk, name in others.objects.filter(patient__in=part).order_by("pk").values_list("patient", "name"):
            names.setdefault(pk, []).append(name)
        new_tokens, new_pairs = [], []
        for patient in patients.objects.filter(pk__in=part):
            of = {"patient_id": patient.pk, "site_id": patient.site_id}
            words = dict.fromkeys(index_tokens(f"{patient.family_name} {patient.given_name}"))
            for name in names.get(patient.pk, []):
                words.update(dict.fromkeys(index_tokens(name)))
            year = str(patient.birth_date.year) if patient.birth_date else patient.birth_date_text[:4]
            paired = dict.fromkeys([*list(words)[:MOST_PAIRED], *filter(None, [year])])
            new_tokens += [tokens(**of, token=word) for word in words]
            new_pairs += [pairs(**of, token=one, beside=two) for one, two in permutations(paired, 2)]
        tokens.objects.bulk_create(new_tokens, ignore_conflicts=True, batch_size=BATCH)
        pairs.objects.bulk_create(new_pairs, ignore_conflicts=True, batch_size=BATCH)


class Migration(migrations.Migration):
    """Find who is registered already by the spelling of passports too (mueller for Müller)."""

    dependencies = [("patients", "0011_names_in_twos")]

    operations = [migrations.RunPython(add_spellings, migrations.RunPython.noop)]
