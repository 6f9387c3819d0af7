"""The frame of a page: header, patient banner, cards, buttons, action bar, dialog, tabs, print header."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import Model
from django.template import Library
from django.utils.safestring import SafeString

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.components.alerts import Alert, alerts_about
from clinic.components.rendering import is_blank, marks_of, render
from clinic.dates import whole_years

register = Library()

BUTTON_KINDS = ("primary", "plain", "danger", "quiet")


class PatientLike(Protocol):
    """Who the banner shows."""

    birth_date: dt.date | None
    birth_date_text: str
    record_number: str

    @property
    def full_name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Tab:
    """One page of several about the same thing."""

    label: str
    url: str
    current: bool = False
    count: int | None = None


def checked_button(kind: str) -> str:
    """Return `kind`; ValueError unless buttons come in it."""
    if kind not in BUTTON_KINDS:
        raise ValueError(f"{kind!r} is no button; one of {', '.join(BUTTON_KINDS)}")
    return kind


@register.simple_block_tag
def page_header(
    content: str, title: str, *, eyebrow: str = "", subtitle: str = "", back_url: str = "", back_label: str = ""
) -> SafeString:
    """Name the page; the slot holds its actions, the primary one last."""
    return render(
        "page_header", actions="" if is_blank(content) else content, title=title, eyebrow=eyebrow, subtitle=subtitle,
        back_url=back_url, back_label=back_label,
    )  # fmt: skip


@register.simple_block_tag(takes_context=True)
def patient_banner(
    context: dict[str, object], content: str, patient: PatientLike, url: str = "", age_years: int | None = None,
    *, known: Iterable[Alert] | None = None,
) -> SafeString:  # fmt: skip
    """Keep the identity of the patient in sight, with the allergies on record; the slot is for further warnings.

    What the rooms registered as alerts is asked for here, so that no page can forget it, unless the view fetched it
    with the patient and gives it as `known`; so is the age of today, unless `age_years` is given.
    """
    actor = context.get("actor")
    if age_years is None and patient.birth_date and isinstance(actor, Actor):
        age_years = whole_years(patient.birth_date, clock.today(actor.site))
    if known is None:
        known = _known(context, patient)
    return render(
        "patient_banner", name=patient.full_name, born=patient.birth_date, born_text=patient.birth_date_text,
        record_number=patient.record_number, url=url, age_years=age_years, known=known,
        alerts="" if is_blank(content) else content,
    )  # fmt: skip


@register.simple_block_tag(takes_context=True)
def patient_alerts(context: dict[str, object], content: str, patient: PatientLike) -> SafeString:
    """Put what the patient's banner warns of in its place on a page that is open already; the slot as the banner's."""
    known = _known(context, patient)
    return render("patient_alerts", known=known, alerts="" if is_blank(content) else content, in_place=True)


def _known(context: dict[str, object], patient: PatientLike) -> list[Alert]:
    actor = context.get("actor")
    return alerts_about(actor, patient) if isinstance(actor, Actor) and isinstance(patient, Model) else []


@register.simple_block_tag
def card(
    content: str, title: str = "", *, id: str = "", subtitle: str = "", link_url: str = "", link_label: str = "",
    level: int = 2, flush: bool = False,
) -> SafeString:  # fmt: skip
    """Group what belongs together. `flush` lets a table reach the edges; `level` is that of the heading."""
    if bool(link_url) != bool(link_label):
        raise ValueError("a card's link has an address and a label")
    return render(
        "card", content=content, title=title, id=id, subtitle=subtitle, link_url=link_url, link_label=link_label,
        heading=f"h{level}", flush=flush,
    )  # fmt: skip


@register.simple_tag
def link_button(text: str, url: str, kind: str = "plain", icon: str = "", *, after_autosave: str = "") -> SafeString:
    """Lead to another page with the weight of a button.

    `after_autosave` is the id of a form that saves itself: the link waits until all of it is saved.
    """
    return render(
        "link_button", text=text, url=url, kind=checked_button(kind), icon=icon, after_autosave=after_autosave
    )


@register.simple_tag
def submit_button(
    text: str, kind: str = "primary", *, name: str = "", value: str = "", form: str = "", icon: str = ""
) -> SafeString:
    """Send the form around it, or the form with the id `form`."""
    return render("submit_button", text=text, kind=checked_button(kind), name=name, value=value, form=form, icon=icon)


@register.simple_block_tag(takes_context=True)
def post_button(
    context: dict[str, object], content: str, url: str, text: str, *, kind: str = "plain", icon: str = ""
) -> SafeString:
    """Do one thing by POST without a page of its own; the slot may hold hidden inputs."""
    return render(
        "post_button", **marks_of(context), fields=content, url=url, text=text,
        kind=checked_button(kind), icon=icon,
    )  # fmt: skip


@register.simple_block_tag
def action_bar(content: str, status: str = "", detail: str = "") -> SafeString:
    """Keep the page's actions at the lower edge, where the thumb is; `status` says how far it is."""
    return render("action_bar", actions=content, status=status, detail=detail)


@register.simple_block_tag
def dialog(content: str, id: str, title: str, *, open: bool = False) -> SafeString:
    """A question in front of the page. `open` shows it at once: a form in it came back with errors."""
    return render("dialog", content=content, id=id, title=title, open=open)


@register.simple_tag
def dialog_button(text: str, dialog: str, kind: str = "plain", icon: str = "") -> SafeString:
    """Open the dialog with the id `dialog`."""
    return render("dialog_button", text=text, dialog=dialog, kind=checked_button(kind), icon=icon)


@register.simple_tag
def tabs(items: Iterable[Tab | tuple[Any, ...]], label: str) -> SafeString:
    """Lead to the other pages about the same thing; `items` are `Tab` or (label, url, current[, count])."""
    return render("tabs", items=[item if isinstance(item, Tab) else Tab(*item) for item in items], label=label)


@register.simple_tag
def print_header(title: str, subtitle: str = "", number: str = "") -> SafeString:
    """Head a printed page; not shown on the screen."""
    return render("print_header", title=title, subtitle=subtitle, number=number)


@register.simple_tag
def print_footer(text: str) -> SafeString:
    """Foot a printed page; not shown on the screen."""
    return render("print_footer", text=text)
