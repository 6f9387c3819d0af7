"""The page of one's own signature: what was certified, and one's passkeys."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from clinic.accounts.access import ClinicRequest
from clinic.accounts.resume import own_path
from clinic.certifying.services import statement_for
from clinic.documents.queries import documents_about
from clinic.passkeys.forms import AddPasskeyForm, RemovePasskeyForm
from clinic.passkeys.models import Passkey
from clinic.passkeys.services import standing_of
from clinic.signing.models import Certification
from clinic.web.forms import SignatureForm


def signature_page(
    request: ClinicRequest,
    *,
    form: SignatureForm | None = None,
    adding: AddPasskeyForm | None = None,
    removing: RemovePasskeyForm | None = None,
) -> HttpResponse:
    """Show it; a form that is given came back with errors."""
    mine = Certification.objects.filter(user=request.actor.user).first()
    certified_at = request.actor.user.signature_certified_at
    sent = next((each for each in (form, adding, removing) if each is not None), None)
    context = {
        "form": form or SignatureForm(),
        "statement": statement_for(request.actor),
        "certification": mine,
        "documents": documents_about(mine) if mine is not None else [],
        "after": own_path(request.GET.get("next", "/")),
        "passkeys": [_with_removal(each) for each in standing_of(request.actor.user)] if certified_at else [],
        "certified_at": certified_at,
        "adding": adding or AddPasskeyForm(),
        "refused": removing.errors if removing is not None else {},
    }
    return render(request, "signing/certify.html", context, status=sent.status if sent is not None else 200)


def _with_removal(passkey: Passkey) -> dict[str, Any]:
    """Return what the page shows of a passkey, with the form that takes it away."""
    form = RemovePasskeyForm(initial={"which": passkey.pk}, auto_id=f"id_remove_{passkey.pk}_%s")
    return {
        "name": passkey.name, "added_at": passkey.added_at, "used_at": passkey.used_at, "pk_text": str(passkey.pk),
        "removal": form,
    }  # fmt: skip
