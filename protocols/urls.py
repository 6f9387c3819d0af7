"""The addresses of this room."""

from django.urls import include, path

SLICES = ("overview", "formulations", "treatment", "checklists", "consents", "photos", "decisions")

urlpatterns = [path("protocols/", include(f"protocols.{name}.urls")) for name in SLICES]
