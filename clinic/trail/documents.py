"""What the trail prints."""

from django.utils.translation import gettext_lazy as _

from clinic.accounts.permissions import Permission
from clinic.documents.registry import register

register("trail_extract", title=_("Extract of the record trail"), permissions=(Permission.VIEW_TRAIL,))
