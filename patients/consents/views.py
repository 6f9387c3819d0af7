"""Pages of the consent."""

from dataclasses import replace

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clinic import clock
from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.models import Site
from clinic.accounts.permissions import Permission
from clinic.amending.beside import amending_of
from clinic.canonical import sha256
from clinic.dates import day_text
from clinic.documents.queries import documents_about, newest_of_each_kind
from clinic.trail.unit import record_read
from clinic.web.forms import posted
from patients.consents.forms import ConsentForm, WithdrawForm
from patients.consents.models import Consent
from patients.consents.queries import (
    consent_in_force,
    gone_of,
    is_in_force,
    judged,
    latest_consent,
    surgical_words,
)
from patients.consents.services import digest_of, take_consent, withdraw_consent
from patients.registry.birth_dates import until_of_age
from patients.registry.following import next_or_under_way
from patients.registry.identity import born_at_latest, under_age
from patients.registry.models import Patient
from protocols.consents.models import ConsentScriptVersion
from protocols.consents.queries import in_language, scripts_in_force
from protocols.decisions.difference import difference
from protocols.decisions.showing import shown
from protocols.formulations.queries import consent_lines
from protocols.languages import language_name
from protocols.risk.queries import formulations_changed_since


@access(Permission.TAKE_CONSENT)
@require_http_methods(["GET", "HEAD", "POST"])
def consent_new(request: ClinicRequest, patient_id: int) -> HttpResponse:
    """Take the consent of a patient to the script in force; one that was replaced meanwhile is read anew."""
    site = request.actor.site
    patient = get_object_or_404(Patient.objects.for_site(site), pk=patient_id)
    if request.method != "POST":
        record_read(by=request.actor, subject=patient, patient=patient)
    offered = scripts_in_force(site)
    read = _script_read(request)
    language = read.language if read is not None else request.GET.get("language", "")
    script = in_language(offered, language)
    read = read or script
    if read is None:
        return render(request, "patients/consents/no_script.html", {"patient": patient})
    legal_lines = consent_lines(site)
    form = ConsentForm(
        posted(request), script=read, lines_read=digest_of(legal_lines), initial={"signed_name": patient.full_name}
    )
    if request.method == "POST":
        made = form.carry_out(
            lambda: take_consent(
                by=request.actor,
                patient=patient,
                script_version=read,
                statements=form.cleaned_data["statements"],
                drawing_strokes=form.data.get("signature_strokes", ""),
                drawing_png=form.cleaned_data["signature_image"],
                signed_name=form.cleaned_data["signed_name"],
                relation=form.cleaned_data["relation"],
                photos_for_record=form.cleaned_data["photos_for_record"],
                photos_for_teaching=form.cleaned_data["photos_for_teaching"],
                lines_read=form.cleaned_data["lines_read"],
                submission_key=form.key,
                at=clock.now(),
            )
        )
        if made is not None:
            return redirect("consent", made.pk)
    if form.stale:
        script = in_language(scripts_in_force(site), language)  # it was replaced in this very moment
    if script is None:
        return render(request, "patients/consents/no_script.html", {"patient": patient}, status=409)
    status, changes = form.status, None
    if read != script or form.stale:
        # Nothing that was confirmed or signed of the older words counts for the new ones; what isn't about it stays.
        legal_lines = consent_lines(site)
        form, status = form.for_script(script, digest_of(legal_lines)), 409
        changes = difference(shown(read), shown(script))
    in_force = consent_in_force(patient)
    since = formulations_changed_since(site, in_force.signed_at) if in_force is not None else []
    context = {
        "patient": patient, "script": script, "legal_lines": legal_lines,
        "others": [(each.language, language_name(each.language)) for each in offered if each != script],
        "form": form, "in_force": in_force, "changes": changes,
        "not_for": ", ".join(change.title for change in since),
        "may_print": request.actor.may(Permission.HANDLE_PAPER),
        "referral": surgical_words(patient), "under_age": under_age(patient, site=site, on=clock.today(site)),
        "until_of_age": until_of_age(born_at_latest(patient), site.minimum_age_years),
    }  # fmt: skip
    return render(request, "patients/consents/new.html", context, status=status)


def _script_read(request: ClinicRequest) -> ConsentScriptVersion | None:
    """Return the script that the page sent was about; None when it names none of this site's."""
    number = request.POST.get("script", "")
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        return None
    scripts = ConsentScriptVersion.objects.for_site(request.actor.site).filter(approved_at__isnull=False)
    return scripts.prefetch_related("statements").filter(pk=int(number)).first()


@access(Permission.TAKE_CONSENT, Permission.VIEW_DOCUMENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: ClinicRequest, pk: int) -> HttpResponse:
    """One consent, as it was given; and its withdrawal."""
    found = get_object_or_404(
        judged(Consent.objects.for_site(request.actor.site)).select_related(
            "patient", "script_version", "withdrawal", "witnessed_by", "paper_entry__form"
        ),
        pk=pk,
    )
    form = WithdrawForm(posted(request))
    if request.method == "POST":
        request.actor.require(Permission.TAKE_CONSENT)
        done = form.carry_out(
            lambda: withdraw_consent(
                by=request.actor, consent=found, reason=form.cleaned_data["reason"], at=clock.now()
            )
        )
        if done is not None:
            return redirect("consent", found.pk)
    else:
        record_read(by=request.actor, subject=found, patient=found.patient)
    latest = latest_consent(found.patient)
    in_force = latest is not None and latest == found and is_in_force(latest)
    today = clock.today(request.actor.site)
    fresh = clock.local(found.signed_at, request.actor.site).date() == today
    documents = list(documents_about(found))
    amending = amending_of(request.actor, found, documents)
    return render(
        request,
        "patients/consents/consent.html",
        {
            "consent": found,
            "patient": found.patient,
            "withdrawal": getattr(found, "withdrawal", None),
            "paper": found.paper_entry.form if hasattr(found, "paper_entry") else None,
            "documents": newest_of_each_kind(documents),
            "amending": replace(amending, gone=[*amending.gone, *gone_of(found)]),
            "form": form,
            "superseded": _superseded(found, latest, request.actor.site),
            "later": latest if latest != found else None,
            "in_force": in_force,
            "following": next_or_under_way(request.actor, found.patient_id, today, fresh=in_force and fresh),
            "may_withdraw": request.actor.may(Permission.TAKE_CONSENT)
            and latest == found
            and not hasattr(found, "withdrawal"),
        },
        status=form.status,
    )


def _superseded(given: Consent, latest: Consent | None, site: Site) -> dict[str, str]:
    """Return what took the place of the consent `given`, in words and with its address; nothing when nothing did."""
    if latest is None or latest == given:
        return {}
    before, since = (day_text(clock.local(each.signed_at, site).date()) for each in (given, latest))
    return {
        "version": _("the consent of %(day)s") % {"day": before},
        "text": _("the consent of %(day)s") % {"day": since},
        "url": reverse("consent", args=[latest.pk]),
    }


@access(Permission.TAKE_CONSENT, Permission.VIEW_DOCUMENTS)
@require_safe
def consent_drawing(request: ClinicRequest, pk: int) -> HttpResponse:
    """The drawn signature of a consent, as it was drawn."""
    found = get_object_or_404(Consent.objects.for_site(request.actor.site), pk=pk)
    try:
        with found.drawing.open("rb") as drawing:
            content = drawing.read()
    except FileNotFoundError as error:
        raise Http404("the drawing isn't in the store") from error
    if sha256(content) != found.drawing_sha256:
        raise Http404("the stored picture isn't the one that was drawn")
    kind = "image/jpeg" if (found.drawing.name or "").endswith(".jpg") else "image/png"
    return HttpResponse(content, content_type=kind)
