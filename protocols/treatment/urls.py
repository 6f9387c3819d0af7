"""Addresses of treatment protocols."""

from django.utils.translation import gettext_lazy as _

from protocols.drafts.pages import document_urls
from protocols.starter import documents
from protocols.treatment.forms import TreatmentForm

urlpatterns = document_urls(
    "treatment", TreatmentForm, example=documents.technique_opened, new_title=_("New treatment protocol")
)
