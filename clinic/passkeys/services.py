"""Adding, using and removing passkeys."""

from base64 import urlsafe_b64encode
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import User
from clinic.errors import NotAllowed, Refused
from clinic.outbox.services import raise_alert
from clinic.passkeys.ceremony import State, added, signed_by
from clinic.passkeys.models import Passkey
from clinic.signing.models import Method
from clinic.signing.services import Confirmed, show_who
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work

MOST_PASSKEYS = 10


@unit_of_work
def add_passkey(
    *, by: Actor, name: str, answer: str, state: State | None, host: str, confirmed: Confirmed, at: datetime
) -> Passkey:
    """Keep the passkey that the browser made, for whoever has `confirmed` with their password that it is they.

    From then on a signature asks for a passkey. Of one that isn't the first the manager is told, since a password
    alone is enough to add it. Raises Refused for an answer that doesn't fit what was asked, a
    passkey that is known already, or an eleventh one.
    """
    if confirmed.user_id != by.user.pk:
        raise Refused(_("Type your password again."), field="password")
    user = User.objects.select_for_update(no_key=True).get(pk=by.user.pk)
    standing = Passkey.objects.standing().filter(user=user).count()
    if standing >= MOST_PASSKEYS:
        raise Refused(_("You have %(most)s passkeys. Remove one first.") % {"most": MOST_PASSKEYS})
    name = " ".join(name.split())
    if not name:
        raise Refused(_("Give the passkey a name, such as the device that it is on."), field="name")
    credential, counter = added(answer, state, host)
    identifier = urlsafe_b64encode(credential.credential_id).decode().rstrip("=")
    if Passkey.objects.filter(credential_id=identifier).exists():
        raise Refused(_("This passkey is known already."))
    passkey = Passkey.objects.create(
        user=user, name=name[:60], credential_id=identifier, credential=bytes(credential), sign_count=counter,
        added_at=at,
    )  # fmt: skip
    _note_whether_any(user, by)
    record(by=by, action=Action.CREATE, subject=passkey, after={"name": passkey.name}, at=at)
    if standing:
        raise_alert(
            kind="passkey_added", key=f"passkey added {passkey.pk}", subject=by.name, at=at,
            text=_("%(name)s added another passkey, “%(passkey)s”. Ask whether it was they.")
            % {"name": by.name, "passkey": passkey.name},
        )  # fmt: skip
    return passkey


@unit_of_work
def remove_passkey(*, by: Actor, passkey: Passkey, confirmed: Confirmed, at: datetime) -> Passkey:
    """Take one's own passkey away, and let the manager know; a second click changes nothing."""
    if confirmed.user_id != by.user.pk:
        raise Refused(_("Type your password again."), field="password")
    held: Passkey | None = Passkey.objects.select_for_update(no_key=True).filter(pk=passkey.pk, user=by.user).first()
    if held is None:
        raise NotAllowed(_("This isn't one of your passkeys."))
    if held.removed_at is not None:
        return held
    held.removed_at = at
    held.save(update_fields=["removed_at"])
    _note_whether_any(User.objects.select_for_update(no_key=True).get(pk=by.user.pk), by)
    record(by=by, action=Action.END, subject=held, at=at)
    raise_alert(
        kind="passkey_removed", key=f"passkey removed {held.pk}", subject=by.name, at=at,
        text=_("%(name)s removed the passkey “%(passkey)s”. Ask whether it was they.")
        % {"name": by.name, "passkey": held.name},
    )  # fmt: skip
    return held


def confirm_by_passkey(*, by: Actor, answer: str, state: State | None, host: str) -> Confirmed:
    """Check what the signer's passkey answered and return the proof.

    Raises WrongPassword while signing is closed for the account, Refused for an answer that doesn't fit; it counts
    like a wrong password.
    """
    at = clock.now()
    refused: list[Refused] = []

    def show() -> tuple[Passkey, int] | None:
        standing = list(Passkey.objects.standing().filter(user=by.user))
        try:
            return signed_by(answer, state, standing, host)
        except Refused as error:
            refused.append(error)
            return None

    found = show_who(by=by, show=show, otherwise=_("a passkey that didn't fit"), at=at)
    if found is None:
        raise refused[0]
    passkey, counter = found
    _used(passkey, counter, at)
    return Confirmed(user_id=by.user.pk, at=at, method=Method.PASSKEY)


@unit_of_work
def _used(passkey: Passkey, counter: int, at: datetime) -> None:
    Passkey.objects.filter(pk=passkey.pk).update(sign_count=counter, used_at=at)


def _note_whether_any(user: User, by: Actor) -> None:
    user.signs_by_passkey = Passkey.objects.standing().filter(user=user).exists()
    user.save(update_fields=["signs_by_passkey"])
    by.user.signs_by_passkey = user.signs_by_passkey


def standing_of(user: Any) -> list[Passkey]:
    """Return the passkeys of `user` that weren't removed."""
    return list(Passkey.objects.standing().filter(user=user))
