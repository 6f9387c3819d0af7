"""Deciding on deviations, and signing the week."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from audit.weekly.documents import sections
from audit.weekly.judging import judge_week
from audit.weekly.models import DeviationDecision, Verdict, WeekReview
from audit.weekly.queries import (
    WeekFigures,
    deviations_of,
    entered_late_of,
    outside_volume_of,
    preparations_of,
    records_begin,
    review_of,
    week_figures,
)
from audit.weekly.weeks import Week
from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Permission
from clinic.canonical import sha256
from clinic.checkpoints.texts import short_form
from clinic.dates import day_text, second_text
from clinic.documents.services import seal
from clinic.errors import Refused, StaleWrite
from clinic.signing.models import Meaning
from clinic.signing.reserve import with_number
from clinic.signing.rows import RestsOn
from clinic.signing.services import Confirmed, manifestation, sign
from clinic.submissions import already_submitted
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work
from sessions.preparation.models import Deviation
from sessions.treatment.documents import points_entered_late
from sessions.treatment.models import TreatmentSession
from sessions.treatment.queries import deviations


@unit_of_work
def decide_deviation(
    *, by: Actor, deviation: Deviation, verdict: Verdict, text: str, submission_key: uuid.UUID, at: datetime,
    seen: int | None = None,
) -> DeviationDecision:  # fmt: skip
    """Decide on a deviation; an earlier decision stays beside the new one.

    `seen` is how many decisions the page showed: StaleWrite when there is another since. Raises Refused without an
    explanation, and once the week is signed.
    """
    by.require(Permission.SIGN_WEEK)
    if made := already_submitted(DeviationDecision, submission_key, site=by.site):
        return made
    if len(text.strip()) < 3:
        raise Refused(_("Write down what you found."), field="text")
    _hold_weeks(by.site)
    finished_at = deviation.preparation.finished_at or at
    _refuse_when_signed(by.site, Week.of(clock.local(finished_at, by.site).date()))
    before = list(DeviationDecision.objects.filter(deviation=deviation).select_related("decided_by").order_by("-id"))
    if seen is not None and len(before) != seen:
        raise StaleWrite(
            _("%(name)s decided on this meanwhile: %(verdict)s, “%(text)s”. Decide again if it is to stand no more.")
            % {
                "name": before[0].decided_by.full_name, "verdict": before[0].get_verdict_display(),
                "text": before[0].text,
            }
        )  # fmt: skip
    decision = DeviationDecision.add(
        deviation=deviation, site=by.site, verdict=verdict, text=text.strip(), decided_at=at, decided_by=by.user,
        submission_key=submission_key,
    )  # fmt: skip
    record(
        by=by, action=Action.CREATE, subject=decision, at=at,
        after={"deviation": deviation.pk, "of": deviation.preparation.number, "verdict": verdict, "text": text},
    )  # fmt: skip
    return decision


def _hold_weeks(site: Site) -> None:
    """Let decisions and signatures of a site's weeks wait for one another: what is signed is all that was decided."""
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)


def _refuse_when_signed(site: Site, week: Week) -> None:
    if review_of(site, week) is not None:
        raise Refused(_("This week is signed. What was decided stays as it is."))


def before_all_records(figures: WeekFigures, *, site: Site) -> str:
    """Return, in words, that there is nothing of the week because the site's records begin later; "" otherwise."""
    if figures.preparations or figures.sessions:
        return ""
    begin = records_begin(site)
    if begin is None or begin < figures.week.bounds(site.time_zone)[1]:
        return ""
    first = day_text(clock.local(begin, site).date())
    return _("There is nothing of this week: the records of this site begin on %(day)s.") % {"day": first}


def missing_for_signature(figures: WeekFigures, *, site: Site, at: datetime) -> list[str]:
    """Return, in words, what is missing before the week can be signed."""
    if nothing := before_all_records(figures, site=site):
        return [nothing]
    missing = []
    _start, end = figures.week.bounds(site.time_zone)
    if at < end:
        first = day_text(figures.week.sunday + timedelta(days=1))
        missing.append(_("The week isn't over yet. It can be signed from %(day)s.") % {"day": first})
    if figures.to_decide == 1:
        missing.append(_("One deviation waits for a decision."))
    elif figures.to_decide:
        missing.append(_("%(number)s deviations wait for a decision.") % {"number": figures.to_decide})
    return missing


def state_of(figures: WeekFigures, found: Iterable[Deviation]) -> str:
    """Return a hash of what a page shows of a week: its figures, and the latest decision on each deviation."""
    decided = {
        str(row.pk): rows[0].pk if (rows := row.decisions.all()) else None  # prefetched
        for row in found
    }
    return sha256(repr((figures, decided)))


@unit_of_work
def sign_week(
    *, by: Actor, week: Week, note: str, confirmed: Confirmed, submission_key: uuid.UUID, at: datetime,
    seen: str | None = None,
) -> WeekReview:  # fmt: skip
    """Sign a week of the actor's site as it stands, and seal its page.

    `seen` is what the page showed, by `state_of`: StaleWrite when the week says something else since. Raises Refused
    for a week before the site's first record, while the week isn't over, while a deviation waits for a
    decision, and when somebody else signed the week already; the same person's second signature finds the first.
    """
    by.require(Permission.SIGN_WEEK)
    if made := already_submitted(WeekReview, submission_key, site=by.site):
        return made
    _hold_weeks(by.site)
    signed = review_of(by.site, week)
    if signed is not None:
        if signed.signed_by_id == by.user.pk:
            return signed
        when = second_text(clock.local(signed.signed_at, by.site))
        raise Refused(
            _("%(name)s has signed this week already (%(at)s).") % {"name": signed.signed_by.full_name, "at": when}
        )
    figures = week_figures(by.site, week)
    if missing := missing_for_signature(figures, site=by.site, at=at):
        raise Refused(_("This week can't be signed yet."), reasons=missing)
    if seen is not None and seen != state_of(figures, deviations_of(by.site, week)):
        raise StaleWrite(
            _("The week changed since this page was opened: a decision or a record is new. Read it again, then sign.")
        )
    content = week_content(by.site, figures, note=note) | {
        "rules": judge_week(by.site, figures, at=at).to_json(),
        "trail": short_form(by.site.pk),
    }
    review = with_number(
        WeekReview(
            site=by.site, iso_year=week.year, iso_week=week.number, figures=content["figures"], note=note.strip(),
            signed_at=at, signed_by=by.user, submission_key=submission_key,
        )
    )  # fmt: skip
    deviating = tuple(each["id"] for each in content["deviations"])
    review.signature = sign(
        by=by, confirmed=confirmed, meaning=Meaning.REVIEWED, subject=review, content=content, at=at,
        rests_on=[RestsOn(DeviationDecision, "deviation", deviating)],
    )  # fmt: skip
    review.save()
    seal(
        by=by, kind="week_review", subject=review, at=at, title=_("Weekly audit %(week)s") % {"week": week},
        content={**content, "sections": sections(content), "signatures": [manifestation(review.signature)]},
    )  # fmt: skip
    return review


def week_content(site: Site, figures: WeekFigures, *, note: str) -> dict[str, Any]:
    """Return everything that the manager signs: the figures, each deviation, and what was decided on it."""
    return {
        "site": site.name,
        "week": str(figures.week),
        "from": figures.week.monday,
        "to": figures.week.sunday,
        "figures": {
            "preparations": figures.preparations,
            "rejected": figures.rejected,
            "with_deviation": figures.with_deviation,
            "deviations": figures.deviations,
            "sessions": figures.sessions,
            "outside_volume": figures.outside_volume,
            "entered_late": figures.entered_late,
            # Which they were: what is entered later can be told from them.
            "numbers": list(preparations_of(site, figures.week).order_by("number").values_list("number", flat=True)),
            "share_percent": figures.share.percent,
            "low_percent": figures.share.low_percent,
            "high_percent": figures.share.high_percent,
            "preparers": [
                {
                    "preparer": row.preparer_id,
                    "name": row.name,
                    "preparations": row.preparations,
                    "rejected": row.rejected,
                    "with_deviation": row.with_deviation,
                    "low_percent": row.share.low_percent,
                    "high_percent": row.share.high_percent,
                    "deviations": row.deviations,
                }
                for row in figures.preparers
            ],
        },
        "deviations": [_deviation(row, site) for row in deviations_of(site, figures.week)],
        "outside_volume": [_session(row, deviations(row)) for row in outside_volume_of(site, figures.week)],
        "entered_late": [_session(row, points_entered_late(row)) for row in entered_late_of(site, figures.week)],
        "note": note.strip(),
    }


def _session(row: TreatmentSession, details: list[str]) -> dict[str, Any]:
    return {
        "session": row.pk,
        "on": row.on,
        "record_number": row.patient.record_number,
        "planned": str(row.planned),
        "operator": row.operator.full_name,
        "details": details,
    }


def _deviation(row: Deviation, site: Site) -> dict[str, Any]:
    decision = row.decisions.all()[0] if row.decisions.all() else None
    preparation = row.preparation
    return {
        "id": row.pk,
        "preparation": preparation.number,
        "preparer": preparation.preparer.full_name,
        "finished": clock.local(preparation.finished_at, site).strftime("%a %H:%M") if preparation.finished_at else "",
        "kind": str(row.get_kind_display()),
        "detail": row.detail,
        "reason": preparation.deviation_reason,
        "verdict": str(decision.get_verdict_display()) if decision else "",
        "text": decision.text if decision else "",
        "decided_by": decision.decided_by.full_name if decision else "",
    }
