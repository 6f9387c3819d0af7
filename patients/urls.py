"""The addresses of this room."""

from django.urls import include, path

urlpatterns = [
    path("", include("patients.registry.urls")),
    path("", include("patients.intake.urls")),
    path("", include("patients.screening.urls")),
    path("", include("patients.consents.urls")),
    path("", include("patients.photos.urls")),
    path("", include("patients.paper.urls")),
]
