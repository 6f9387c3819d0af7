"""Addresses of PRP protocols."""

from django.utils.translation import gettext_lazy as _

from protocols.drafts.pages import document_urls
from protocols.prp.forms import PrpForm
from protocols.starter import prp

urlpatterns = document_urls("prp", PrpForm, example=prp.opened, new_title=_("New PRP protocol"))
