"""Addresses of combined protocols."""

from django.utils.translation import gettext_lazy as _

from protocols.combined.forms import CombinedForm
from protocols.drafts.pages import document_urls
from protocols.starter import combined

urlpatterns = document_urls(
    "combined", CombinedForm, example=combined.opened, new_title=_("New combined PRP and mesotherapy protocol")
)
