"""Addresses of jurisdiction tables."""

from django.utils.translation import gettext_lazy as _

from protocols.drafts.pages import document_urls
from protocols.jurisdiction.forms import JurisdictionForm, not_looked_up, rows_for
from protocols.starter import jurisdiction

urlpatterns = document_urls(
    "jurisdiction", JurisdictionForm, example=jurisdiction.opened, new_title=_("New jurisdiction table"),
    row_kwargs=rows_for, more_rows=not_looked_up,
)  # fmt: skip
