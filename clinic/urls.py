"""Every address of the clinic."""

from allauth.account import views as allauth_views
from django.urls import include, path
from django.views.decorators.http import require_http_methods
from django.views.generic import RedirectView

from clinic.accounts.access import public, signed_in, signed_in_anywhere
from clinic.accounts.resume import beside, resume
from clinic.accounts.views import switch_site
from clinic.trail.views import trail_csv, trail_document, trail_list
from clinic.web.health import healthz
from clinic.web.ping import ping
from clinic.worklist.views import today

handler400 = "clinic.web.errors.bad_request"
handler403 = "clinic.web.errors.forbidden"
handler404 = "clinic.web.errors.not_found"
handler500 = "clinic.web.errors.server_error"

#: The views that aren't ours answer to every method; ours answer to what a browser sends.
to_read = require_http_methods(["GET", "HEAD"])
to_fill_in = require_http_methods(["GET", "HEAD", "POST"])

urlpatterns = [
    path("", signed_in(to_read(RedirectView.as_view(pattern_name="today"))), name="home"),
    path("healthz", healthz, name="healthz"),
    path("healthz/ping", ping, name="ping"),
    path("today/", today, name="today"),
    path("sign-in/", public(to_fill_in(allauth_views.login)), name="account_login"),
    path("sign-in/again/", resume, name="resume"),
    path("sign-in/beside/", beside, name="beside"),
    path("sign-out/", public(to_fill_in(allauth_views.logout)), name="account_logout"),
    path(
        "password/",
        signed_in_anywhere(to_fill_in(allauth_views.password_change)),
        name="account_change_password",
    ),
    path(
        "reauthenticate/", signed_in_anywhere(to_fill_in(allauth_views.reauthenticate)), name="account_reauthenticate"
    ),
    path("site/", switch_site, name="switch_site"),
    path("components/", include("clinic.gallery.urls")),
    path("alerts/", include("clinic.outbox.urls")),
    path("", include("clinic.staff.urls")),
    path("", include("clinic.certifying.urls")),
    path("", include("clinic.passkeys.urls")),
    path("trail/", trail_list, name="trail_list"),
    path("trail/csv/", trail_csv, name="trail_csv"),
    path("trail/document/", trail_document, name="trail_document"),
    path("", include("clinic.documents.urls")),
    path("", include("clinic.amending.urls")),
    path("patients/", include("patients.urls")),
    path("", include("protocols.urls")),
    path("", include("sessions.urls")),
    path("audit/", include("audit.urls")),
]
