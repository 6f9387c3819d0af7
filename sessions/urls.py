"""The addresses of this room."""

from django.urls import include, path

urlpatterns = [
    path("", include("sessions.preparation.urls")),
    path("", include("sessions.stock.urls")),
    path("", include("sessions.plans.urls")),
    path("", include("sessions.treatment.urls")),
]
