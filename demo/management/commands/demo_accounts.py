"""Show the demo accounts."""

from typing import Any

from django.core.management.base import BaseCommand

from clinic.accounts.models import User
from demo.staff import PASSWORD, STAFF


class Command(BaseCommand):
    """Prints who can sign in to the demo clinic; nothing when it isn't loaded."""

    help = "Show the accounts of the demo clinic, when it is loaded."

    def handle(self, *args: Any, **options: Any) -> None:
        here = set(User.objects.filter(is_active=True).values_list("email", flat=True))
        people = [person for person in STAFF if person.email in here]
        if not people:
            return
        width = max(len(person.email) for person in people)
        for person in people:
            roles = ", ".join(str(role.label) for role in person.roles)
            self.stdout.write(f"  {person.email:<{width}}  {roles}, {' and '.join(person.sites)}")
        self.stdout.write(f'  Password of all of them: "{PASSWORD}"')
