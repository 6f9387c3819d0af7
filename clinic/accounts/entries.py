"""Whose entry a form is: every form that is sent bears a mark of the account that it was shown to.

On a shared tablet a sign-in ends, or changes in another tab, while a form stays on the screen. The mark keeps what
one person typed from being saved in another's name. It is a keyed hash: it names nobody and can't be made up.
"""

from typing import Any

from django.utils.crypto import constant_time_compare, salted_hmac

#: The hidden field that bears the mark.
ENTRY_FIELD = "resume_user"


def entry_mark(user: Any) -> str:
    """Return the mark of `user`'s entries (64 hexadecimal digits), or "" for somebody who isn't signed in."""
    if not user.is_authenticated:
        return ""
    return salted_hmac("clinic.accounts.entries", str(user.pk), algorithm="sha256").hexdigest()


def is_entry_of(user: Any, mark: str) -> bool:
    """Whether `mark` is the mark of `user`'s entries; no mark is nobody's."""
    return bool(mark) and user.is_authenticated and constant_time_compare(mark, entry_mark(user))
