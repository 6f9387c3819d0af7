"""What signing itself prints."""

from django.utils.translation import gettext_lazy as _

from clinic.accounts.permissions import Permission
from clinic.documents.registry import register

register(
    "signature_certification",
    title=_("Certification of a signature"),
    permissions=(Permission.VIEW_DOCUMENTS,),
    own=True,
)
