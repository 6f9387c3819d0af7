"""A second person signs under a record at the same screen: an independent check, supervision, a witness."""

from datetime import datetime

from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Membership, User
from clinic.accounts.permissions import Role, permissions_of
from clinic.amending.models import CoSignature
from clinic.amending.papers import locked_original, seal_anew
from clinic.amending.queries import amendments_of
from clinic.dates import day_text
from clinic.documents.models import SealedDocument
from clinic.documents.registry import kind_named
from clinic.errors import NotAllowed, Refused, StaleWrite, WrongPassword
from clinic.signing.models import Meaning, Signature
from clinic.signing.reserve import with_number
from clinic.signing.services import Confirmed, confirm_identity, last_signature_of, sign
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work


def meanings_of(document: SealedDocument) -> list[Meaning]:
    """Return what a second person may sign under the record that `document` is of."""
    return [meaning for meaning, _permission in kind_named(document.kind).cosigned]


def roles_for(document: SealedDocument) -> str:
    """Return, in words, which roles may sign what as the second person under the record that `document` is of."""
    said = [
        (str(meaning.label), [str(role.label) for role in Role if permission in permissions_of(frozenset({role}))])
        for meaning, permission in kind_named(document.kind).cosigned
    ]
    return "; ".join(f"{meaning}: {', '.join(roles)}" for meaning, roles in said)


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
    *, by: Actor, other: Actor, confirmed: Confirmed, document: SealedDocument, seen: int, meaning: Meaning,
    at: datetime,
) -> CoSignature:  # fmt: skip
    """Add the signature of `other` under the record that `document` is of; `by` is signed in at the screen.

    It covers the original and each of its amendments. `seen` is how many of these the page showed: StaleWrite when
    there is another since. A second click changes nothing. On a later day than the record's own the signature says
    that it is late: who was present may have forgotten to sign, and nobody reads it as made there and then. Raises
    NotAllowed for somebody who lacks the right, Refused for whoever signed or amended the record already, and for a
    meaning that it doesn't have.
    """
    original = locked_original(by, document)
    needed = dict(kind_named(original.kind).cosigned).get(meaning)
    if needed is None:
        raise Refused(_("A record of this kind has no such second signature."), field="meaning")
    if not other.may(needed):
        raise NotAllowed(_("%(name)s may not sign this: the role lacks the right.") % {"name": other.name})
    rows = {"subject_type": original.subject_type, "subject_id": original.subject_id}
    amendments = list(amendments_of(**rows))
    version = len(amendments) + 1
    if before := CoSignature.objects.filter(**rows, version=version, meaning=meaning, signed_by=other.user).first():
        return before
    if len(amendments) != seen:
        raise StaleWrite(_("This record was amended meanwhile. Read the amendment, then sign."))
    first = Signature.objects.filter(object_type=rows["subject_type"], object_id=rows["subject_id"])
    amenders = {each.amended_by_id for each in amendments}
    if other.user.pk in amenders or first.filter(user=other.user).exists():
        raise Refused(
            _("%(name)s signed this record. Somebody else checks, supervises or witnesses.") % {"name": other.name},
            field="email",
        )
    added = with_number(
        CoSignature(
            site=by.site, **rows, version=version, meaning=meaning, signed_by=other.user, at_screen_of=by.user,
            signed_at=at,
        )
    )  # fmt: skip
    added.signature = sign(
        by=other, confirmed=confirmed, meaning=meaning, subject=added, patient=original.patient, at=at,
        reason=late_words(original, at), version=version,
        previous=amendments[-1].signature if amendments else last_signature_of(*rows.values()),
        content={
            "record": [original.subject_type, original.subject_id], "original_sha256": original.content_sha256,
            "amendments": [each.signature.content_sha256 for each in amendments], "at_screen_of": by.name,
        },
    )  # fmt: skip
    added.document = seal_anew(by=by, original=original, added=added, at=at)
    added.save()
    record(
        by=other, action=Action.CREATE, subject=added, patient=original.patient, at=at,
        after={
            "meaning": meaning, "record": [original.subject_type, original.subject_id], "version": version,
            "at the screen of": by.name,
        },
    )  # fmt: skip
    return added
