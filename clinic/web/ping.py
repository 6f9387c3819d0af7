"""Whether the clinic can be reached at all: asked by a page before it sends what was typed."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from clinic.accounts.access import anonymous


@anonymous
@require_safe
@never_cache
def ping(request: HttpRequest) -> HttpResponse:
    """Answer with nothing."""
    return HttpResponse(status=204)
