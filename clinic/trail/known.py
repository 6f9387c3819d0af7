"""What the ground floor keeps on record, as people know it."""

from django.utils.translation import gettext_lazy as _

from clinic.trail.kinds import known_as

known_as(
    {
        "documents": (_("Documents and PDFs"), ("clinic.SealedDocument", "clinic.Rendering")),
        "amendments": (_("Amendments and second signatures"), ("clinic.Amendment", "clinic.CoSignature")),
        "staff": (
            _("Staff: accounts, roles, passkeys"),
            ("clinic.User", "clinic.Membership", "clinic.Passkey", "clinic.Certification"),
        ),
        "sites": (_("Sites"), ("clinic.Site",)),
        "alerts": (_("Alerts and deferred work"), ("clinic.Alert", "clinic.OutboxEntry")),
    }
)
