"""How django-allauth behaves here: no self-registration; staff get their accounts from the manager."""

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class ClinicAccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by themselves; what went wrong is said in our words."""

    # The same words whether the account exists or not.
    error_messages: ClassVar[dict[str, Any]] = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _(
            "E-mail address and password don't fit together. Type both again. "
            "If you have forgotten the password, ask the clinic's manager."
        ),
        "too_many_login_attempts": _("That was wrong too often. Wait some minutes, then type it again."),
        "rate_limited": _("That was sent too often. Wait some minutes, then send it again."),
        "enter_current_password": _("This isn't your password now. Type it again."),
        "incorrect_password": _("This isn't your password. Type it again."),
        "account_inactive": _("This account is closed. Ask the clinic's manager if that is wrong."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def clean_email(self, email: str) -> str:
        return super().clean_email(email).lower()

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """Accounts have no user name."""
