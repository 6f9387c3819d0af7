"""Addresses of consent scripts."""

from django.utils.translation import gettext_lazy as _

from protocols.consents.forms import ConsentScriptForm
from protocols.drafts.pages import document_urls
from protocols.starter import documents

urlpatterns = document_urls(
    "consents", ConsentScriptForm, example=documents.consent_opened, new_title=_("New consent script")
)
