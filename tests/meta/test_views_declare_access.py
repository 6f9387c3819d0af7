"""Every view says who may open it, and few are open to anybody."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, override_settings
from django.urls import path

from clinic.accounts.access import access_of
from clinic.checks import every_view_declares_access, walk_urls
from clinic.web.middleware import access

#: Views that a stranger may open, by name.
PUBLIC = {"account_login", "account_logout", "resume", "ping", "healthz", "check_document", "first_password"}


def undeclared(request: HttpRequest) -> HttpResponse:
    """A view that doesn't say who may open it."""
    return HttpResponse("open")


urlpatterns = [path("forgotten/", undeclared)]


def test_every_view_declares_access() -> None:
    silent = [route for route, pattern in walk_urls() if access_of(pattern.callback) is None]
    assert not silent


def test_only_the_known_views_are_public() -> None:
    def public() -> Iterator[str]:
        for route, pattern in walk_urls():
            declared = access_of(pattern.callback)
            if declared is not None and declared.public:
                yield pattern.name or route

    assert set(public()) <= PUBLIC


@override_settings(ROOT_URLCONF=__name__)
def test_the_start_up_check_finds_a_view_that_declares_nothing() -> None:
    assert [(error.id, "/forgotten/" in error.msg) for error in every_view_declares_access()] == [("clinic.E001", True)]


def test_a_view_that_declares_nothing_opens_to_nobody(rf: RequestFactory) -> None:
    request = rf.get("/forgotten/")
    request.user = AnonymousUser()
    with pytest.raises(PermissionDenied, match="who may open it"):
        access(undeclared).process_view(request, undeclared, (), {})
