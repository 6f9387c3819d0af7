"""Addresses of the audit rules."""

from django.utils.translation import gettext_lazy as _

from protocols.audit_rules.forms import AuditRulesForm
from protocols.drafts.pages import document_urls
from protocols.starter import audit_rules

urlpatterns = document_urls("audit-rules", AuditRulesForm, example=audit_rules.opened, new_title=_("New audit rules"))
