"""How django-allauth behaves here: no self-registration; staff get their accounts from the manager."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClinicAccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by themselves."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def clean_email(self, email: str) -> str:
        return super().clean_email(email).lower()

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """Accounts have no user name."""
