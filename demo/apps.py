"""The demo clinic: plainly fictional people at every point of the way."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DemoConfig(AppConfig):
    """Two commands, no tables."""

    name = "demo"
    verbose_name = _("Demo clinic")
