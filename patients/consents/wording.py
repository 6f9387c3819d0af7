"""Sentences that the form and the service both say."""

from django.utils.translation import gettext_lazy as _

NO_TREATMENT_WITHOUT_PHOTOGRAPHS = _(
    "Without photographs for the record the result can't be audited, so there is no treatment without them."
)
