"""The page on which somebody certifies their signature, before they first sign."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from clinic import clock
from clinic.accounts.access import ClinicRequest, signed_in
from clinic.accounts.resume import own_path
from clinic.certifying.pages import signature_page
from clinic.certifying.services import certify
from clinic.passkeys.identify import counted
from clinic.signing.services import prove_identity
from clinic.web.forms import SignatureForm, posted


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def certify_signature(request: ClinicRequest) -> HttpResponse:
    """Read the statement and certify it with the password; then back to what was to be signed."""
    form = SignatureForm(posted(request))
    after = own_path(request.GET.get("next", "/"))
    if request.method == "POST":
        done = form.carry_out(
            lambda: certify(
                by=request.actor,
                confirmed=counted(request, prove_identity(by=request.actor, password=form.cleaned_data["password"])),
                at=clock.now(),
            )
        )  # fmt: skip
        if done is not None:
            messages.success(request, _("Your signature is certified. You can sign now."))
            return redirect(after)
    return signature_page(request, form=form)
