"""The people of a site."""

from django.db.models import Prefetch, QuerySet

from clinic.accounts.models import Membership, Site, User


def staff_of(site: Site) -> QuerySet[User]:
    """Return who works at `site` now, each with their memberships there as `here`; two queries when it is read."""
    current = Membership.objects.current().filter(site=site)
    return User.objects.filter(pk__in=current.values("user"), is_service=False).prefetch_related(
        Prefetch("memberships", queryset=current.select_related("granted_by").order_by("pk"), to_attr="here")
    )
