"""What this room prints."""

from django.utils.translation import gettext_lazy as _

from clinic.accounts.permissions import Permission
from clinic.documents.registry import register
from clinic.signing.models import Meaning

register(
    "photo_audit", title=_("Month-6 photo audit"), permissions=(Permission.VIEW_AUDIT,),
    amended_by=(Permission.GRADE_PHOTOS,),
    cosigned=((Meaning.CHECKED, Permission.GRADE_PHOTOS), (Meaning.REVIEWED, Permission.VIEW_AUDIT)),
)  # fmt: skip
register(
    "week_review", title=_("Weekly audit"), permissions=(Permission.VIEW_AUDIT,), amended_by=(Permission.SIGN_WEEK,),
    cosigned=((Meaning.CHECKED, Permission.SIGN_WEEK), (Meaning.REVIEWED, Permission.VIEW_AUDIT)),
)  # fmt: skip
