"""Which page of its form each picture of a scan shows, and which pages haven't come back. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

#: Of a form that says a higher number in its QR nothing is read: no form is as long.
MOST_FORM_PAGES = 99


class Basis(models.TextChoices):
    """How it is known which page of its form a picture shows."""

    READ = "read", gettext_lazy("Read from the QR")
    SAID = "said", gettext_lazy("Said by whoever filed it")
    #: The form was printed when its pages bore no number, or was filed then: it counts as one page more.
    UNKNOWN = "unknown", gettext_lazy("Page not known")
    #: The back of a sheet, another paper: it counts for nothing.
    EXTRA = "extra", gettext_lazy("Not a page of the form")


@dataclass(frozen=True, slots=True)
class Placed:
    """Which page of the form one picture is; 0 where that isn't known, or it is none."""

    page: int
    basis: Basis


def placed_alone(read: Mapping[int, int], *, code_read: bool, printed: int) -> dict[int, Placed | None]:
    """Return what each picture of a scan is without anybody being asked; None where somebody has to say.

    `read` gives the page that the QR on each picture says, 0 where it says none; `code_read` tells whether any of them
    says the form, `printed` how many pages the form has, 0 while its PDF isn't made. A code without a page is of a form
    printed before its pages bore numbers. Beside pages that say theirs, one that doesn't is a page whose QR is spoiled,
    or the back of a sheet: somebody looks, unless every page of the form is in the scan.
    """
    numbered = {page for page in read.values() if page}
    unread: Placed | None
    if not printed or (code_read and not numbered):
        unread = Placed(0, Basis.UNKNOWN)
    elif numbered >= set(range(1, printed + 1)):
        unread = Placed(0, Basis.EXTRA)
    elif printed == 1 and len(read) == 1:
        # Whoever types its code says what it is.
        unread = Placed(1, Basis.SAID)
    else:
        unread = None
    return {picture: Placed(page, Basis.READ) if page else unread for picture, page in read.items()}


@dataclass(frozen=True, slots=True)
class Missing:
    """The pages of a form that haven't come back: how many of how many, and which they may be."""

    count: int
    printed: int
    among: tuple[int, ...]

    @property
    def is_named(self) -> bool:
        """Whether it is known which pages are missing."""
        return 0 < self.count == len(self.among)

    def words(self) -> str:
        """Name the pages; where some that came back aren't known, say how many did. "" while none is missing."""
        if not self.count:
            return ""
        if not self.is_named:
            told = {"back": self.printed - self.count, "printed": self.printed}
            return _("%(back)s of %(printed)s pages are back") % told
        return ngettext("Page missing: %(pages)s", "Pages missing: %(pages)s", self.count) % {
            "pages": numbers_in_words(self.among)
        }


def missing(printed: int, known: Collection[int], unknown: int) -> Missing:
    """Return what is missing of a form of `printed` pages: each of the `known` pages is back, however often it was
    scanned, and so is one more for each of the `unknown` ones.
    """
    among = tuple(page for page in range(1, printed + 1) if page not in known)
    return Missing(max(0, len(among) - unknown), printed, among)


def numbers_in_words(pages: Collection[int]) -> str:
    """Return numbers of pages as one reads them: "2, 3"."""
    return ", ".join(str(page) for page in pages)


def again_in_words(pages: Collection[int]) -> str:
    """Say of the `pages` of a scan that they came back before; "" where there is none."""
    if not pages:
        return ""
    return ngettext(
        "Page %(pages)s is here already, so it doesn't count again.",
        "Pages %(pages)s are here already, so they don't count again.",
        len(pages),
    ) % {"pages": numbers_in_words(pages)}
