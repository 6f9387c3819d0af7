"""Addresses of aftercare leaflets."""

from django.utils.translation import gettext_lazy as _

from protocols.aftercare.forms import LeafletForm
from protocols.drafts.pages import document_urls
from protocols.starter import leaflet

urlpatterns = document_urls("aftercare", LeafletForm, example=leaflet.opened, new_title=_("New aftercare leaflet"))
