"""The first signature of all: certifying that one's electronic signature binds like one by hand (21 CFR 11.100(c))."""

from datetime import datetime

from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.accounts.models import User
from clinic.canonical import sha256
from clinic.documents.services import seal
from clinic.documents.snapshots import paragraphs
from clinic.signing.models import Certification, Meaning
from clinic.signing.reserve import with_number
from clinic.signing.services import Confirmed, manifestation, sign
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work


def statement_for(by: Actor) -> list[str]:
    """Return, paragraph by paragraph, what `by` certifies."""
    return [
        _("I, %(name)s, certify that my electronic signature in this system binds me as my signature by hand does.")
        % {"name": by.name},
        _(
            "I keep my password to myself. I sign only what I have read and what is true, and I know that my name, "
            "the time and the meaning of each signature stay with the record."
        ),
    ]


@unit_of_work
def certify(*, by: Actor, confirmed: Confirmed, at: datetime) -> Certification:
    """Certify the signature of `by`, once for the account; a second time returns the first."""
    user = User.objects.select_for_update(no_key=True).get(pk=by.user.pk)
    if before := Certification.objects.filter(user=user).first():
        return before
    statement = statement_for(by)
    certification = with_number(
        Certification(user=user, printed_name=by.name, statement="\n\n".join(statement), certified_at=at)
    )
    content = {"person": user.pk, "name": by.name, "statement": statement}
    certification.statement_sha256 = sha256(certification.statement)
    signature = sign(
        by=by, confirmed=confirmed, meaning=Meaning.CERTIFIED, subject=certification, content=content, at=at
    )
    certification.save()
    user.signature_certified_at = at
    user.save(update_fields=["signature_certified_at"])
    by.user.signature_certified_at = at
    record(by=by, action=Action.CREATE, subject=certification, after={"name": by.name}, at=at)
    seal(
        by=by, kind="signature_certification", subject=certification, at=at, title=by.name,
        content={
            **content,
            "sections": [paragraphs(_("Certified"), statement)],
            "signatures": [manifestation(signature)],
        },
    )  # fmt: skip
    return certification
