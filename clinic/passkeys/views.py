"""What a browser asks before it makes or uses a passkey, and one's own passkeys."""

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from clinic import clock
from clinic.accounts.access import ClinicRequest, signed_in
from clinic.certifying.pages import signature_page
from clinic.errors import Refused
from clinic.passkeys.ceremony import check_place, options_to_add, options_to_sign
from clinic.passkeys.forms import AddPasskeyForm, RemovePasskeyForm
from clinic.passkeys.identify import asked, taken
from clinic.passkeys.models import Passkey
from clinic.passkeys.services import add_passkey, remove_passkey, standing_of
from clinic.signing.services import prove_identity


@signed_in
@require_POST
@never_cache
def passkey_options(request: ClinicRequest) -> HttpResponse:
    """What a passkey is asked for the signature at hand."""
    options, state = options_to_sign(standing_of(request.actor.user), request.get_host())
    asked(request, state)
    return JsonResponse(options)


@signed_in
@require_POST
@never_cache
@sensitive_post_parameters()
def passkey_new_options(request: ClinicRequest) -> HttpResponse:
    """What a browser is asked to make a passkey by, once the password is right: no device keeps one in vain."""
    user = request.actor.user
    try:
        check_place(request.get_host())
        prove_identity(by=request.actor, password=request.POST.get("password", ""))
    except Refused as refused:
        return JsonResponse({"refused": refused.message}, status=422)
    options, state = options_to_add(user, standing_of(user), request.get_host())
    asked(request, state)
    return JsonResponse(options)


@signed_in
@require_POST
@sensitive_post_parameters()
def passkey_add(request: ClinicRequest) -> HttpResponse:
    """Keep a passkey that the browser made."""
    form = AddPasskeyForm(request.POST)

    def add() -> Passkey:
        proof = prove_identity(by=request.actor, password=form.cleaned_data["password"])
        return add_passkey(
            by=request.actor, name=form.cleaned_data["name"], answer=form.cleaned_data["credential"],
            state=taken(request), host=request.get_host(), confirmed=proof, at=clock.now(),
        )  # fmt: skip

    made = form.carry_out(add)
    if made is None:
        return signature_page(request, adding=form)
    messages.success(request, _("The passkey “%(name)s” is kept. Your signatures ask for it.") % {"name": made})
    return redirect("certify_signature")


@signed_in
@require_POST
@sensitive_post_parameters()
def passkey_remove(request: ClinicRequest) -> HttpResponse:
    """Take a passkey of one's own away."""
    form = RemovePasskeyForm(request.POST)
    done = form.carry_out(
        lambda: remove_passkey(
            by=request.actor,
            passkey=get_object_or_404(Passkey.objects.filter(user=request.actor.user), pk=form.cleaned_data["which"]),
            confirmed=prove_identity(by=request.actor, password=form.cleaned_data["password"]), at=clock.now(),
        )
    )  # fmt: skip
    if done is None:
        return signature_page(request, removing=form)
    messages.success(request, _("The passkey “%(name)s” is removed.") % {"name": done})
    return redirect("certify_signature")
