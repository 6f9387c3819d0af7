"""Links by which a new person chooses the first password: made by the clinic's key, kept nowhere, good once."""

from django.contrib.auth.hashers import is_password_usable
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from clinic.accounts.models import User


class FirstPasswordLinks(PasswordResetTokenGenerator):
    """Makes and reads the links.

    A token covers the account's stored password, which is none yet, and the time: it stops working with the first
    password and after `PASSWORD_RESET_TIMEOUT` (three days). It opens no account that has a password.
    """

    key_salt = "clinic.staff.links.FirstPasswordLinks"

    def parts_for(self, person: User) -> tuple[str, str]:
        """Return the account's number as text, and the token."""
        return urlsafe_base64_encode(force_bytes(person.pk)), self.make_token(person)

    def person_for(self, uid: str, token: str, *, lock: bool = False) -> User | None:
        """Return whose link this is, None when it doesn't work (any more); `lock` inside a transaction only."""
        try:
            pk = int(urlsafe_base64_decode(uid).decode("ascii"))
        except ValueError:
            return None
        people = User.objects.select_for_update(no_key=True) if lock else User.objects.all()
        person = people.filter(pk=pk, is_active=True, is_service=False).first()
        if person is None or is_password_usable(person.password) or not self.check_token(person, token):
            return None
        return person


first_password_links = FirstPasswordLinks()
