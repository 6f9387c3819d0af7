"""Signing in, and who a signed-in request belongs to."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from clinic.accounts.actors import current_memberships, keep_for_this_request
from clinic.accounts.models import User


class ClinicBackend(AuthenticationBackend):
    """Signs in by e-mail address and password; loads an account together with where it works.

    Every request asks for both, so they are one query. Nothing is kept from one request to the next: who was switched
    off, or lost a role, is so from the next request on.
    """

    def get_user(self, user_id: Any) -> User | None:
        """Return the account, unless it is switched off; one query, a second for somebody who works nowhere."""
        memberships = current_memberships(user_id)
        if not memberships:
            user: User | None = super().get_user(user_id)
            return user
        user = memberships[0].user
        if not self.user_can_authenticate(user):
            return None
        keep_for_this_request(user, memberships)
        return user
