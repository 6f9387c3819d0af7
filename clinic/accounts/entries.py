"""Whose entry a form is, and of which site: every form that is sent bears both as they were when it was shown.

On a shared tablet a sign-in ends, or changes in another tab, while a form stays on the screen. The mark keeps what
one person typed from being saved in another's name. It is a keyed hash: it names nobody and can't be made up.

Who works at several sites may change the site in another tab as well. The site that a form was opened at keeps what
was meant for one from being written at another.
"""

from typing import Any

from django.utils.crypto import constant_time_compare, salted_hmac

#: The hidden field that bears the mark.
ENTRY_FIELD = "resume_user"
#: The hidden field that bears the id of the site.
SITE_FIELD = "opened_site"


def entry_mark(user: Any) -> str:
    """Return the mark of `user`'s entries (64 hexadecimal digits), or "" for somebody who isn't signed in."""
    if not user.is_authenticated:
        return ""
    return salted_hmac("clinic.accounts.entries", str(user.pk), algorithm="sha256").hexdigest()


def is_entry_of(user: Any, mark: str) -> bool:
    """Whether `mark` is the mark of `user`'s entries; no mark is nobody's."""
    return bool(mark) and user.is_authenticated and constant_time_compare(mark, entry_mark(user))


def is_entry_at(site_id: int, opened: str | None) -> bool:
    """Whether a form that was opened at `opened` may be sent at the site; one that says no site may."""
    return opened is None or opened == str(site_id)
