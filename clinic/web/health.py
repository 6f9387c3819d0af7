"""Whether the clinic works, for whoever watches over it."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from clinic.accounts.access import anonymous
from clinic.checkpoints.noticing import look_while_running
from clinic.outbox.health import health


@anonymous
@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when every part is well, 503 otherwise, with the state of each; nothing about anybody."""
    look_while_running()
    found = health()
    return JsonResponse(found, status=200 if found["ok"] else 503)
