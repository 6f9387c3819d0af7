"""How far something is: stepper, timeline, progress, countdown, autosave."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from django.template import Library
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.components.icons import icon
from clinic.components.rendering import is_blank, render
from clinic.components.status import ICONS, checked_kind

register = Library()

#: What is said of a step in each state, and what is drawn in the place of its number.
STEP_WORDS = {
    "done": gettext_lazy("done"), "current": gettext_lazy("now"), "stopped": gettext_lazy("stopped"),
    "todo": gettext_lazy("still to come"),
}  # fmt: skip
STEP_ICONS = {"done": icon("check"), "stopped": icon("cross")}


class Step(NamedTuple):
    """One step of a way; `state` is done, current, todo or stopped."""

    label: str
    state: str
    url: str = ""


@register.simple_tag
def stepper(steps: Iterable[Step | tuple[str, ...]], label: str) -> SafeString:
    """Show the way through something and where on it we stand; `steps` are `Step` or (label, state[, url])."""
    rows = []
    for number, step in enumerate(steps, start=1):
        made = Step(*step)
        if made.state not in STEP_WORDS:
            raise ValueError(f"{made.state!r} is no step's state; one of {', '.join(STEP_WORDS)}")
        rows.append(
            {
                "label": made.label, "state": made.state, "url": made.url, "current": made.state == "current",
                "word": STEP_WORDS[made.state], "mark": STEP_ICONS.get(made.state, number),
            }
        )  # fmt: skip
    return render("stepper", rows=rows, label=label)


@register.simple_block_tag
def timeline(content: str, label: str) -> SafeString:
    """Tell what happened in order; the slot holds `event`s."""
    return render("timeline", content=content, label=label)


@register.simple_block_tag
def event(
    content: str, at: dt.datetime, title: str, *, who: str = "", kind: str = "plain",
    recorded_at: dt.datetime | None = None, url: str = "",
) -> SafeString:  # fmt: skip
    """One thing that happened `at`; `recorded_at` shows itself when it was written down more than 15 minutes later."""
    late = recorded_at is not None and recorded_at - at > dt.timedelta(minutes=15)
    return render(
        "event", body="" if is_blank(content) else content, at=at, title=title, who=who, kind=checked_kind(kind),
        icon=ICONS[kind], recorded_at=recorded_at if late else None, url=url,
    )  # fmt: skip


@register.simple_tag
def progress(value: int, maximum: int, label: str) -> SafeString:
    """Show `value` of `maximum`, in words and as a bar."""
    return render("progress", value=value, maximum=maximum, label=label)


@register.simple_tag
def countdown(until: dt.datetime, now: dt.datetime, expired: str, warn_minutes: int = 30) -> SafeString:
    """Show the time left until `until`, by the server's clock `now`; counts on in the browser.

    Past it, the chip stops and says `expired`; within `warn_minutes` it asks for attention.
    """
    left = until - now
    minutes = max(0, int(left.total_seconds() // 60))
    kind = "stop" if left <= dt.timedelta(0) else "ask" if minutes < warn_minutes else "wait"
    text = expired if kind == "stop" else duration(minutes)
    return render(
        "countdown", until=until, seconds=int(left.total_seconds()), kind=kind, icon=ICONS[kind], text=text,
        expired=expired, warn_minutes=warn_minutes,
    )  # fmt: skip


def duration(minutes: int) -> str:
    """Say a number of minutes as `4 h 12 min`, or in days from two days on."""
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} d {hours % 24} h"
    return f"{hours} h {rest} min" if hours else f"{rest} min"


@register.simple_tag
def autosave_status(saved_at: dt.datetime | None = None, form: str = "") -> SafeString:
    """Say when the form was last saved; `form` is its id when this stands outside of it."""
    return render("autosave_status", saved_at=saved_at, form=form)


@register.simple_block_tag
def judged(content: str, form: str, fields: str = "", *, text: str = "") -> SafeString:
    """Hold what was made of the saved answers of `form`, the id of a form that saves itself.

    While something on the screen isn't saved, `text` stands in its place: of the whole form, or of `fields` (names up
    to their first hyphen, with a space between).
    """
    return render("judged", content=content, form=form, fields=fields, text=text or _("Not judged yet: not saved."))
