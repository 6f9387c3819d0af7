"""How a signed week is laid out on its document."""

from typing import Any

from django.utils.translation import gettext as _

from clinic.checkpoints.texts import short_form_in_words
from clinic.dates import day_text
from clinic.documents.snapshots import fields, paragraphs, table
from clinic.statistics import FEWEST


def sections(content: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the sections of a signed week's document."""
    figures = content["figures"]
    shown = [
        fields(
            _("Week %(week)s, %(site)s") % {"week": content["week"], "site": content["site"]},
            [
                (_("From Monday to Sunday"), f"{day_text(content['from'])} – {day_text(content['to'])}"),
                (_("Preparations"), str(figures["preparations"])),
                (_("Of them rejected"), str(figures["rejected"])),
                (
                    _("With a deviation"),
                    _share(figures),
                ),
                *_outside(figures),
            ],
        ),
        *_by_the_rules(content.get("rules")),
        table(
            _("By preparer"),
            [
                _("Preparer"), _("Prepared"), _("Rejected"), _("With a deviation"), _("95 %% interval") % (),
                _("Deviations"),
            ],
            [
                [
                    row["name"], str(row["preparations"]), str(row["rejected"]), str(row["with_deviation"]),
                    _interval(row), str(row["deviations"]),
                ]
                for row in figures["preparers"]
            ],
            numeric=(1, 2, 3, 4, 5),
            wide=None,
        ),
        table(
            _("Deviations and decisions"),
            [_("When"), _("Preparation"), _("Deviation"), _("Decision")],
            [
                [
                    row["finished"], f"{row['preparation']}, {row['preparer']}", _with_reason(row),
                    f"{row['verdict']}: {row['text']} ({row['decided_by']})",
                ]
                for row in content["deviations"]
            ],
            narrow=[0],
            wide=3,
        ),
    ]  # fmt: skip
    if content.get("outside_volume"):
        title = _("Volume per site outside of the protocol")
        shown.append(_sessions(title, _("What was given, and why"), content["outside_volume"]))
    if content.get("entered_late"):
        title = _("Entered after the session was stopped")
        shown.append(_sessions(title, _("When it was injected and entered, and why"), content["entered_late"]))
    if content["note"]:
        shown.append(paragraphs(_("Note"), [content["note"]]))
    # A week that was signed before this was printed has none.
    if trail := content.get("trail"):
        shown.append(fields(_("End of the record trail when this was signed"), short_form_in_words(trail)))
    return shown


def _sessions(title: str, column: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return table(
        title,
        [_("Day"), _("Record"), _("Session"), column],
        [
            [
                day_text(row["on"]), row["record_number"], f"{row['planned']}, {row['operator']}",
                " ".join(row["details"]),
            ]
            for row in rows
        ],
        wide=3,
    )  # fmt: skip


def _by_the_rules(rules: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Return how the figures stand to the limits in force, and of which version; a week signed before has none."""
    if rules is None:
        return []
    if not rules["version"]:
        return [paragraphs(_("Not judged by audit rules"), [rules["why_not"]])]
    shown = [
        table(
            _("By %(version)s, %(approved)s") % {"version": rules["version"], "approved": rules["approved"]},
            [_("Indicator"), _("This week"), _("Limit"), _("How it stands")],
            [[line["label"], line["figure"], line["limit"], _standing(line)] for line in rules["lines"]],
            marks=[line["mark"] for line in rules["lines"]],
            wide=3,
        ),
        paragraphs(_("What counts as consistent"), [rules["consistency"]]),
    ]
    if rules["uncounted"]:
        shown.append(paragraphs(_("Limits that this page doesn't count"), [" · ".join(rules["uncounted"])]))
    return shown


def _standing(line: dict[str, Any]) -> str:
    return f"{line['words']}. {line['chart']}".strip() if line["chart"] else str(line["words"])


def _outside(figures: dict[str, Any]) -> list[tuple[str, str]]:
    # A week that was signed before sessions were counted has no such figure.
    if "outside_volume" not in figures:
        return []
    share = _("%(part)s of %(whole)s") % {"part": figures["outside_volume"], "whole": figures["sessions"]}
    shown = [(_("Sessions with a volume per site outside of the protocol"), share)]
    if late := figures.get("entered_late"):
        share = _("%(part)s of %(whole)s") % {"part": late, "whole": figures["sessions"]}
        shown.append((_("Sessions with points entered after a stop"), share))
    return shown


def _with_reason(row: dict[str, Any]) -> str:
    detail: str = row["detail"]
    return _("%(detail)s. Reason given: %(reason)s") % row if row["reason"] else detail


def _interval(row: dict[str, Any]) -> str:
    if row["preparations"] < FEWEST:
        return _("n = %(number)s, too few to judge") % {"number": row["preparations"]}
    return f"{row['low_percent']}–{row['high_percent']} %"


def _share(figures: dict[str, Any]) -> str:
    if not figures["preparations"]:
        return _("nothing was prepared")
    if figures["preparations"] < FEWEST:
        return _("%(part)s of %(whole)s: too few to judge") % {
            "part": figures["with_deviation"],
            "whole": figures["preparations"],
        }
    return _("%(part)s of %(whole)s: %(percent)s %%, 95 %% interval %(low)s to %(high)s %%") % {
        "part": figures["with_deviation"],
        "whole": figures["preparations"],
        "percent": figures["share_percent"],
        "low": figures["low_percent"],
        "high": figures["high_percent"],
    }
