"""The kinds of documents there are; rooms register theirs while the apps start."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise

from clinic.accounts.permissions import Permission
from clinic.signing.models import Meaning


class Page(StrEnum):
    """What a document is printed on; each has its style sheet in `templates/documents/`."""

    A4 = "a4"
    LABEL_50X25 = "label-50x25"
    LABEL_38X19 = "label-38x19"
    LABEL_SHEET = "label-sheet"
    LABEL_SHEET_LARGE = "label-sheet-large"


@dataclass(frozen=True, slots=True)
class After:
    """What happened to a record after it was signed that no newer document about it says.

    `version` names it and `superseded_by` what took its place, in words; `subject_id` is the record that did, of the
    same kind, where there is one. `withdrawal` says who took back what was signed, when and why.
    """

    version: str = ""
    superseded_by: str = ""
    subject_id: str = ""
    withdrawal: Any = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document: its title, its template, its page, and who may open one (any of `permissions`)."""

    name: str
    title: str | Promise
    template: str
    page: Page
    permissions: tuple[Permission, ...]
    #: Who may amend the record that it is of (any of them); nobody where the record has a way of its own.
    amended_by: tuple[Permission, ...] = ()
    #: What an amendment leads to, for whoever is about to sign one; nothing where the record goes on counting.
    amending_means: str | Promise = ""
    #: What a second person may sign under it, and the permission that this takes.
    cosigned: tuple[tuple[Meaning, Permission], ...] = ()
    #: Says of the record with this id why it doesn't hold any more, in a sentence; nothing while it does.
    ended: Callable[[str], str] | None = None
    #: Says of the record with this id what took its place, or that it was taken back: its signature says so too.
    followed: Callable[[str], After | None] | None = None
    #: The sections (`clinic.documents.snapshots`) that the screen shows of a snapshot which has a paper of its own.
    on_screen: Callable[[dict[str, Any]], list[dict[str, Any]]] | None = None
    #: Whether somebody stands at the printer: its PDF comes before the many that nobody waits for.
    awaited: bool = False
    #: What whoever checks a printed copy has to know of this kind besides.
    note: str | Promise = ""
    #: Whether it is about whoever sealed it, who then opens it whatever else they may.
    own: bool = False
    #: Whether the QR at the foot of each page says the page's number: its paper comes back page by page.
    numbered: bool = False


class UnknownKindError(LookupError):
    """No app has registered this kind of document."""


_kinds: dict[str, Kind] = {}


def register(
    kind: str,
    *,
    title: str | Promise,
    template: str = "documents/generic.html",
    page: Page | str = Page.A4,
    permissions: Sequence[Permission] = (Permission.VIEW_DOCUMENTS,),
    amended_by: Sequence[Permission] = (),
    amending_means: str | Promise = "",
    cosigned: Sequence[tuple[Meaning, Permission]] = (),
    ended: Callable[[str], str] | None = None,
    followed: Callable[[str], After | None] | None = None,
    on_screen: Callable[[dict[str, Any]], list[dict[str, Any]]] | None = None,
    note: str | Promise = "",
    awaited: bool = False,
    own: bool = False,
    numbered: bool = False,
) -> Kind:
    """Make `kind` known. The template sees the sealed snapshot as `content` and nothing else of the clinic."""
    made = Kind(
        name=kind,
        title=title,
        template=template,
        page=Page(page),
        permissions=tuple(permissions),
        amended_by=tuple(amended_by),
        amending_means=amending_means,
        cosigned=tuple(cosigned),
        ended=ended,
        followed=followed,
        on_screen=on_screen,
        note=note,
        awaited=awaited,
        own=own,
        numbered=numbered,
    )
    if _kinds.setdefault(kind, made) != made:
        raise ValueError(f"two kinds of document are called {kind}")
    return made


def kind_named(name: str) -> Kind:
    """Return the kind `name`; raises UnknownKindError."""
    try:
        return _kinds[name]
    except KeyError:
        raise UnknownKindError(f"no app has registered documents of the kind {name}") from None


def is_own(kind: str) -> bool:
    """Whether documents of `kind` are about whoever sealed them."""
    found = _kinds.get(kind)
    return found is not None and found.own


def kinds() -> list[Kind]:
    """Return all kinds, in order of their names."""
    return [_kinds[name] for name in sorted(_kinds)]
