"""The demo's jurisdiction table: plainly fictional, so that it says nothing about any real law."""

from datetime import datetime

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.signing.services import Confirmed
from protocols.decisions.services import approve, submit_for_review
from protocols.drafts.services import rewrite_draft
from protocols.formulations.models import AllergenClass, Ingredient
from protocols.jurisdiction.models import WITH_REASON, JurisdictionEntry, JurisdictionTableVersion, LegalStatus

SOURCE = "Fictional entry of the demo clinic; it says nothing about any law"
LINE = "A local anaesthetic is mixed in. A physician has ordered it for you."
#: The physician's reason for the demo's formulation with a restricted ingredient.
RESTRICTED = "Ordered by the physician for each patient; the amount is far below the usual ceiling."


def adopt(
    table: JurisdictionTableVersion, *, author: Actor, physician: Actor, confirmed: Confirmed, at: datetime
) -> None:
    """Fill in the site's `table`, a draft of `author`, and have `physician` approve it."""
    listed = Ingredient.objects.for_site(author.site).order_by("name")
    entries = [
        JurisdictionEntry(
            ingredient=ingredient, ingredient_name=str(ingredient), source=SOURCE, legal_status=_status(ingredient),
            checked_on=clock.local(at, author.site).date(),
            consent_line=LINE if _status(ingredient) in WITH_REASON else "",
        )
        for ingredient in listed
    ]  # fmt: skip
    table = rewrite_draft(
        by=author, version=table, row_version=table.row_version, values={"jurisdiction": "Demo country"},
        parts=entries, at=at,
    )  # fmt: skip
    submit_for_review(by=author, version=table, at=at)
    approve(by=physician, version=table, confirmed=confirmed, at=at)


def _status(ingredient: Ingredient) -> LegalStatus:
    anaesthetic = ingredient.allergen_class == AllergenClass.LOCAL_ANAESTHETIC
    return LegalStatus.PRESCRIBER_ONLY if anaesthetic else LegalStatus.ALLOWED
