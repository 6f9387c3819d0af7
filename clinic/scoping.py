"""Rows of one site: another site's row doesn't exist for whoever works here."""

from typing import Any, Self

from django.db import models

from clinic.accounts.models import Site
from clinic.frozen import FrozenQuerySet


class SiteQuerySet(models.QuerySet[Any]):
    """Rows that carry their site."""

    def for_site(self, site: Site | int) -> Self:
        """Only the rows of `site`."""
        return self.filter(site=site)


class FrozenSiteQuerySet(FrozenQuerySet):
    """Facts that carry their site."""

    def for_site(self, site: Site | int) -> Self:
        """Only the rows of `site`."""
        return self.filter(site=site)
