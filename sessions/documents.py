"""What this room prints."""

from django.utils.translation import gettext_lazy as _

from clinic.accounts.permissions import Permission
from clinic.documents.registry import Page, register
from clinic.signing.models import Meaning

register(
    "preparation",
    title=_("Preparation record"),
    permissions=(Permission.VIEW_DOCUMENTS, Permission.VIEW_PREPARATIONS),
    amended_by=(Permission.PREPARE,),
    cosigned=((Meaning.CHECKED, Permission.PREPARE), (Meaning.WITNESSED, Permission.VIEW_PREPARATIONS)),
)
register(
    "label",
    title=_("Vial labels"),
    template="documents/label.html",
    page=Page.LABEL_50X25,
    permissions=(Permission.VIEW_DOCUMENTS, Permission.VIEW_PREPARATIONS),
    awaited=True,
)
register(
    "treatment_session", title=_("Treatment session"), permissions=(Permission.READ_SESSIONS,),
    amended_by=(Permission.TREAT,),
    cosigned=((Meaning.SUPERVISED, Permission.TREAT), (Meaning.WITNESSED, Permission.READ_SESSIONS)),
)  # fmt: skip
