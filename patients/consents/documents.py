"""How a consent is laid out on its document."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.accounts.permissions import Permission
from clinic.documents.registry import register
from clinic.documents.snapshots import fields, follows, paragraphs, pictures, statements
from clinic.signing.models import Meaning
from patients.consents.ending import what_followed, why_ended

register(
    "consent",
    title=gettext_lazy("Consent"),
    permissions=(Permission.VIEW_DOCUMENTS, Permission.TAKE_CONSENT),
    amended_by=(Permission.TAKE_CONSENT,),
    # Who took it witnessed the patient's hand; whoever else was there may say so too.
    cosigned=((Meaning.WITNESSED, Permission.VIEW_PATIENTS),),
    amending_means=gettext_lazy(
        "An amended consent counts no longer: what the patient agrees to is theirs to say, so they read and sign a new "
        "one before the next session."
    ),
    ended=why_ended, followed=what_followed,
)  # fmt: skip


def sections(content: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the sections of a consent's document."""
    relation = content["relation"]
    signer = _("%(name)s (%(relation)s)") % {"name": content["signed_name"], "relation": relation} if relation else ""
    names = {"name": signer or content["signed_name"], "witness": content["witness"]}
    teaching = _("Yes") if content["photos_for_teaching"] else _("No")
    return [
        paragraphs(f"{content['script']['title']} v{content['script']['version']}", [content["script"]["body"]]),
        *([statements(_("About restricted ingredients"), content["legal_lines"])] if content["legal_lines"] else []),
        statements(_("Confirmed one by one"), content["statements"]),
        # Whoever signs sees on that page what they confirm.
        follows(
            fields(
                _("Photographs"), [(_("For the record and the month-6 audit"), _("Yes")), (_("For teaching"), teaching)]
            )
        ),
        _signed(content, names),
    ]  # fmt: skip


def _signed(content: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """Return the signature as it was drawn, or the pages of the paper that bears it."""
    paper = content.get("paper")
    if paper is None:
        drawn = [("signature", _("%(name)s, before %(witness)s") % names)]
        return follows(pictures(_("Signed by hand"), drawn, per_row=2))
    heading = _("Signed by pen on the paper form %(code)s, %(at)s") % {"code": paper["code"], "at": paper["signed_at"]}
    # A consent entered before the pages of paper were told apart counts its pictures.
    places = [_("page %(page)s") % {"page": place} for place, _key in enumerate(paper["pages"], start=1)]
    said = paper.get("page_words", places)
    shown = [
        (key, _("%(name)s; entered by %(witness)s, %(page)s") % {**names, "page": words or place})
        for key, words, place in zip(paper["pages"], said, places, strict=True)
    ]
    return pictures(heading, shown, per_row=2)
