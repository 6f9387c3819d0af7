"""Every address, by GET and POST, for every role, for a stranger and for another site: nothing opens that shouldn't.

The addresses come from the URLconf; a new one with arguments needs a sample in `tests/meta/routes.py`. Offences
are collected, so that one run names them all.
"""

import logging
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import include, path

from clinic.accounts.access import public
from clinic.accounts.permissions import ROLES, Permission, Role, permissions_of
from clinic.documents.registry import kind_named
from tests.factories import make_actor, make_user
from tests.meta.conftest import Stories
from tests.meta.routes import Route, routes, without_samples
from tests.meta.visiting import Answer, Visitor, names_asked
from tests.pages import carried_in

pytestmark = pytest.mark.django_db

#: What has no samples fails in a test of its own, once.
ROUTES = [route for route in routes() if route.has_samples]
ALL_ROLES = frozenset(Role)
_OF_THE_KIND = frozenset(kind_named("checklist").permissions)
#: Where a view asks for more than it declared: the method, the view, and permissions of which one is needed as well.
DECIDED_INSIDE: dict[tuple[str, str], frozenset[Permission]] = {
    ("POST", "checklist"): frozenset({Permission.SCREEN_PATIENTS}),  # who may read it doesn't answer it
    ("POST", "consent"): frozenset({Permission.TAKE_CONSENT}),  # nor withdraw it
    ("GET", "document"): _OF_THE_KIND,
    ("GET", "document_state"): _OF_THE_KIND,
    ("GET", "document_pdf"): _OF_THE_KIND,
    ("GET", "document_content"): _OF_THE_KIND,
    ("GET", "amend_document"): frozenset(kind_named("checklist").amended_by),
    ("POST", "amend_document"): frozenset(kind_named("checklist").amended_by),
    ("GET", "co_sign_document"): frozenset(kind_named("preparation").permissions),
    ("POST", "co_sign_document"): frozenset(kind_named("preparation").permissions),
}
#: Answers 503 while a service is away, as it is in a test.
SAYS_IT_IS_ILL = frozenset({"healthz"})


def everybody(stories: Stories) -> Visitor:
    """Somebody who holds every role at their own site."""
    actor = make_actor(stories.own.site, *Role)
    return Visitor("every role", actor.user, permissions_of(ALL_ROLES))


def by_both(visitor: Visitor, url: str, **headers: str) -> Iterator[tuple[str, Answer]]:
    """Open `url` and post nothing to it; yields what was done and the answer."""
    yield f"GET {url} as {visitor.who}", visitor.get(url, **headers)
    yield f"POST {url} as {visitor.who}", visitor.post(url, **headers)


def told(asked: str, answer: Answer, wanted: str) -> str:
    """One offence, in a line."""
    return f"{asked}: {answer}, not {wanted}"


def none_of(offences: list[str]) -> None:
    """Fail with every offence in a line of its own."""
    assert not offences, "\n".join(["", *offences])


@pytest.fixture(autouse=True)
def _without_log_lines() -> Iterator[None]:
    """Thousands of refusals are meant here; the log of them hides what fails."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_every_address_with_arguments_has_samples() -> None:
    none_of(without_samples())


@pytest.mark.parametrize("role", Role)
def test_a_role_opens_what_it_holds_the_permission_for_and_nothing_else(stories: Stories, role: Role) -> None:
    held = ROLES[role].permissions
    visitor = Visitor(role.value, make_actor(stories.own.site, role).user, held)
    offences = []
    for route in ROUTES:
        url = route.url(route.samples(stories.own)[0])
        for asked, answer in by_both(visitor, url):
            inside = DECIDED_INSIDE.get((asked.split()[0], route.name))
            allowed = route.access.public or (route.access.allows(held) and (inside is None or bool(inside & held)))
            if answer.status >= 500 and route.name not in SAYS_IT_IS_ILL:
                offences.append(told(asked, answer, "an answer"))
            elif allowed and not route.access.public and (answer.status in {401, 403} or answer.to_sign_in):
                offences.append(told(asked, answer, "open to who holds the permission"))
            elif not allowed and not (answer.status == 403 and answer.is_our_page):
                offences.append(told(asked, answer, "our page 403"))
            elif answer.status == 405 and not answer.is_our_page:
                offences.append(told(asked, answer, "our page 405"))
    none_of(offences)


def test_a_stranger_is_asked_to_sign_in(stories: Stories) -> None:
    stranger = Visitor("a stranger")
    offences = []
    for route in ROUTES:
        url = route.url(route.samples(stories.own)[0])
        opened, sent = stranger.get(url), stranger.post(url, {"name": "Typed"})
        for asked, answer in ((f"GET {url}", opened), (f"POST {url}", sent)):
            ill = answer.status >= 500 and route.name not in SAYS_IT_IS_ILL
            if ill or (route.access.public and route.name != "account_logout" and answer.to_sign_in):
                offences.append(told(asked, answer, "an answer"))
        if route.access.public:
            continue
        if not opened.to_sign_in:
            offences.append(told(f"GET {url}", opened, "a redirect to the sign-in"))
        if sent.status != 401 or ("name", "Typed") not in carried_in(sent.text).fields:
            offences.append(told(f"POST {url}", sent, "a sign-in that keeps what was typed"))
        for asked, answer in by_both(stranger, url, **{"HX-Request": "true"}):
            to = (answer.headers or {}).get("HX-Redirect", "")
            if answer.status != 401 or not to.startswith("/sign-in/"):
                offences.append(told(f"{asked} by htmx", answer, "401 with the way to the sign-in"))
    none_of(offences)


@pytest.mark.parametrize("why", ["works nowhere any more", "is switched off"])
def test_somebody_who_left_opens_nothing(stories: Stories, why: str) -> None:
    user = make_user(site=stories.own.site, roles=Role if why == "is switched off" else ())
    visitor = Visitor(why, user)
    if why == "is switched off":
        user.is_active = False
        user.save()
    offences = [
        told(asked, answer, "shut")
        for route in ROUTES
        if not route.access.public
        for asked, answer in by_both(visitor, route.url(route.samples(stories.own)[0]))
        if not ((answer.status == 403 and answer.is_our_page) or answer.status == 401 or answer.to_sign_in)
    ]
    none_of(offences)


def foreign(route: Route, stories: Stories) -> Iterator[str]:
    """The addresses of the other site's records: all arguments from there, then each alone among one's own."""
    for own, other in zip(route.samples(stories.own), route.samples(stories.other), strict=True):
        yield route.url(other)
        if len(route.records) > 1:
            for name in route.records:
                yield route.url({**own, name: other[name]})


def nowhere(asked: list[tuple[str, Answer]], *, leads_back: bool = True) -> list[str]:
    """What is wrong with the answers to GET and POST of a record that isn't there: 404, or 405 for one of the two."""
    offences = [
        told(line, answer, "404")
        for line, answer in asked
        if not (answer.status in {404, 405} and (answer.is_our_page or not leads_back))
    ]
    if all(answer.status == 405 for _line, answer in asked):
        offences.append(f"{asked[0][0]}: 405 by both methods")
    return offences


def test_another_sites_records_are_not_there(stories: Stories) -> None:
    visitor = everybody(stories)
    offences = []
    for route in ROUTES:
        for url in foreign(route, stories) if route.records else ():
            offences += nowhere(list(by_both(visitor, url)))
    none_of(offences)


#: Arguments that name nothing, by converter. 2^63 is the first number that a key of Postgres can't hold.
NOTHING = {
    "int": (str(2**40), str(2**63)),
    "str": ("ZZZZZZZZ", "\x00", "Z" * 3_000),
    "slug": ("no-such",),
}


def test_unknown_arguments_name_nothing(stories: Stories) -> None:
    visitor = everybody(stories)
    offences = []
    for route in ROUTES:
        sample = route.samples(stories.own)[0]
        for name, converter in route.arguments.items():
            for value in NOTHING[converter]:
                asked = [(line[:160], answer) for line, answer in by_both(visitor, route.url({**sample, name: value}))]
                offences += nowhere(asked, leads_back=not route.access.public)
    none_of(offences)


def test_a_wrong_method_gets_a_page_that_leads_back(stories: Stories) -> None:
    visitor = everybody(stories)
    offences = []
    for route in ROUTES:
        url = route.url(route.samples(stories.own)[0])
        for method in ("PUT", "DELETE"):
            answer = visitor.other(method, url)
            if not (answer.status == 405 and answer.is_our_page):
                offences.append(told(f"{method} {url}", answer, "our page 405"))
    none_of(offences)


def test_asking_for_the_head_alone_answers_as_opening_does(stories: Stories) -> None:
    visitor = everybody(stories)
    offences = []
    for route in ROUTES:
        url = route.url(route.samples(stories.own)[0])
        opened, head = visitor.get(url), visitor.other("HEAD", url)
        if head.status != opened.status or head.text:
            offences.append(told(f"HEAD {url}", head, f"{opened.status} without a body"))
    none_of(offences)


#: What a query never holds by way of our own pages; the last are broken cursors of a list.
DAMAGED = (
    "9" * 25, "\x00", "²", "9999-99-99", "x" * 6_000, b"\xff\xfe", "W1siYSJdXQ", "W3sidCI6IDF9XQ",
)  # fmt: skip
#: And what a field never holds.
DAMAGED_FIELDS = ("9" * 25, "\x00", "²")


def test_a_damaged_query_is_never_an_error(stories: Stories) -> None:
    visitor = everybody(stories)
    offences, asked = [], set()
    for route in ROUTES:
        url = route.url(route.samples(stories.own)[0])
        with names_asked() as names:
            visitor.get(url)
        asked |= names
        for value in DAMAGED if names else ("\x00",):
            query = urlencode(dict.fromkeys([*sorted(names), "page", "cursor", "week"], value))
            answer = visitor.get(f"{url}?{query}")
            if answer.status >= 500 and route.name not in SAYS_IT_IS_ILL:
                offences.append(told(f"GET {url}?{query}"[:300], answer, "an answer"))
    none_of(offences)
    assert {"q", "after", "before"} <= asked  # else nothing was damaged


def test_a_damaged_form_is_never_an_error(stories: Stories) -> None:
    visitor = everybody(stories)
    offences, asked = [], set()
    for route in ROUTES:
        url = route.url(route.samples(stories.own)[0])
        with names_asked() as names:
            opened = visitor.post(url)
        asked |= names
        for value in DAMAGED_FIELDS if names and opened.status != 405 else ():
            answer = visitor.post(url, dict.fromkeys(sorted(names), value))
            if answer.status >= 500:
                offences.append(told(f"POST {url} with {value!r:.40} in {sorted(names)}"[:400], answer, "an answer"))
    none_of(offences)
    assert {"row_version", "submission_key", "password", "reason"} <= asked


def fails(request: HttpRequest) -> HttpResponse:
    """A view that raises."""
    raise RuntimeError("it fell over")


urlpatterns = [path("", include("clinic.urls")), path("fails/", public(fails))]


@override_settings(ROOT_URLCONF=__name__)
def test_a_view_that_raises_is_seen(stories: Stories) -> None:
    answer = Visitor("a stranger").get("/fails/")
    assert (answer.status, answer.error) == (500, "RuntimeError('it fell over')")
