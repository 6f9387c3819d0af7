"""Addresses of complication responses."""

from django.utils.translation import gettext_lazy as _

from protocols.drafts.pages import document_urls
from protocols.responses.forms import ResponseForm
from protocols.starter import responses

urlpatterns = document_urls(
    "responses", ResponseForm, example=responses.opened, new_title=_("New complication response")
)
