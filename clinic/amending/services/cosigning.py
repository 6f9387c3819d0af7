"""A second person signs under a record at the same screen: an independent check, supervision, a witness."""

from datetime import datetime

from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Membership, User
from clinic.amending.models import Amendment, CoSignature
from clinic.amending.papers import locked_original, seal_anew
from clinic.amending.queries import amendments_of
from clinic.dates import day_text
from clinic.documents.models import SealedDocument
from clinic.documents.registry import kind_named
from clinic.errors import NotAllowed, Refused, WrongPassword
from clinic.signing.models import Meaning, Signature
from clinic.signing.reserve import with_number
from clinic.signing.services import Confirmed, confirm_identity, last_signature_of, sign
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work


def meanings_of(document: SealedDocument) -> list[Meaning]:
    """Return what a second person may sign under the record that `document` is of."""
    return [meaning for meaning, _permission in kind_named(document.kind).cosigned]


def confirm_other(*, by: Actor, email: str, password: str) -> tuple[Actor, Confirmed]:
    """Return the colleague who typed their own address and password at the screen of `by`, and the proof.

    Raises WrongPassword when the two don't fit, and for an account that is closed or works elsewhere; Refused for one's
    own account and for a signature that isn't certified yet.
    """
    user = User.objects.filter(email=email.strip().lower(), is_active=True, is_service=False).first()
    roles = Membership.objects.current().filter(user=user, site=by.site).values_list("role", flat=True) if user else []
    if user is None or not roles:
        raise WrongPassword(
            _("This address and password don't fit anybody who works here. Nothing was signed."), field="password"
        )
    if user == by.user:
        raise Refused(_("A second person signs here: somebody else than you."), field="email")
    other = Actor.at_site(user=user, site=by.site, roles=list(roles), request_id=by.request_id)
    if user.signature_certified_at is None:
        raise Refused(
            _("%(name)s certifies the signature first, signed in: “Your signature” in the menu.")
            % {"name": other.name},
            field="email",
        )
    return other, confirm_identity(by=other, password=password, at_own_screen=False)


def late_words(document: SealedDocument, at: datetime) -> str:
    """Return, in words, that `at` is on a later day at the site than the record of `document`; "" on its own day."""
    of, now = (clock.local(each, document.site).date() for each in (document.sealed_at, at))
    return _("signed late, for a record of %(day)s") % {"day": day_text(of)} if now > of else ""


@unit_of_work
def co_sign(
    *, by: Actor, other: Actor, confirmed: Confirmed, document: SealedDocument, meaning: Meaning, at: datetime
) -> CoSignature:
    """Add the signature of `other` under the record that `document` is of; `by` is signed in at the screen.

    A second click changes nothing. On a later day than the record's own the signature says that it is late: who was
    present may have forgotten to sign, and nobody reads it as made there and then. Raises NotAllowed for somebody who
    lacks the right, Refused for whoever signed or amended the record already, and for a meaning that it doesn't have.
    """
    original = locked_original(by, document)
    needed = dict(kind_named(original.kind).cosigned).get(meaning)
    if needed is None:
        raise Refused(_("A record of this kind has no such second signature."), field="meaning")
    if not other.may(needed):
        raise NotAllowed(_("%(name)s may not sign this: the role lacks the right.") % {"name": other.name})
    rows = {"subject_type": original.subject_type, "subject_id": original.subject_id}
    if before := CoSignature.objects.filter(**rows, meaning=meaning, signed_by=other.user).first():
        return before
    first = Signature.objects.filter(object_type=rows["subject_type"], object_id=rows["subject_id"])
    amended = Amendment.objects.filter(**rows, amended_by=other.user)
    if first.filter(user=other.user).exists() or amended.exists():
        raise Refused(
            _("%(name)s signed this record. Somebody else checks, supervises or witnesses.") % {"name": other.name},
            field="email",
        )
    added = with_number(
        CoSignature(site=by.site, **rows, meaning=meaning, signed_by=other.user, at_screen_of=by.user, signed_at=at)
    )
    added.signature = sign(
        by=other, confirmed=confirmed, meaning=meaning, subject=added, patient=original.patient, at=at,
        reason=late_words(original, at), version=len(amendments_of(**rows)) + 1,
        previous=last_signature_of(rows["subject_type"], rows["subject_id"]),
        content={
            "record": [original.subject_type, original.subject_id], "original_sha256": original.content_sha256,
            "at_screen_of": by.name,
        },
    )  # fmt: skip
    added.document = seal_anew(by=by, original=original, added=added, at=at)
    added.save()
    record(
        by=other, action=Action.CREATE, subject=added, patient=original.patient, at=at,
        after={"meaning": meaning, "record": [original.subject_type, original.subject_id], "at the screen of": by.name},
    )  # fmt: skip
    return added
