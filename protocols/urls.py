"""The addresses of this room."""

from django.urls import include, path

SLICES = (
    "overview", "formulations", "treatment", "checklists", "consents", "photos", "aftercare", "responses", "prp",
    "combined", "audit_rules", "jurisdiction", "risk", "opening", "decisions",
)  # fmt: skip

urlpatterns = [path("protocols/", include(f"protocols.{name}.urls")) for name in SLICES]
