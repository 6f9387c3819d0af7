"""Whether records are still what was signed: for whoever is about to rely on them."""

from collections.abc import Mapping
from uuid import UUID

from django.db.models import Model

from clinic.signing.comparing import standing
from clinic.signing.models import Signature
from clinic.signing.services import is_of, verifies


def not_as_signed[R: Model](records: Mapping[R, UUID | None]) -> list[R]:
    """Return those of `records`, each given with the number of its signature, that aren't what was signed.

    A signature may be gone, changed or made for another record, and the record's rows others than the trail told of
    when it was signed (`docs/decisions/0017`). Three queries, however many records; one more for each that differs.
    """
    numbers = [number for number in records.values() if number is not None]
    signatures = Signature.objects.in_bulk(numbers)
    stand = standing(signatures.values())

    def holds(record: R, number: UUID | None) -> bool:
        signature = signatures.get(number) if number is not None else None
        return signature is not None and is_of(signature, record) and verifies(signature) and signature.pk in stand

    return [record for record, number in records.items() if not holds(record, number)]
