"""How a photo audit is laid out on its document."""

from typing import Any

from django.utils.translation import gettext as _

from clinic.documents.snapshots import fields, paragraphs, table, verdict


def sections(content: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the sections of a signed audit's document; photographs stand by their hashes."""
    mark = "ok" if content["decision"] == "continue" else "stop"
    return [
        verdict(
            _("Decision: %(decision)s") % {"decision": content["decision_text"]}, mark=mark,
            reasons=[content["note"]] if content["note"] else [],
        ),
        fields(
            _("Photographs"),
            [
                (_("Baseline"), content["baseline_text"]),
                (_("Month 6"), content["month_6_text"]),
                (_("Audit due"), content["due_text"]),
                *([(_("Window"), content["outside_window"])] if content["outside_window"] else []),
            ],
        ),
        *([paragraphs(_("Compare with care"), content["comparability"])] if content.get("comparability") else []),
        table(
            _("Grades, −3 greatly decreased to +3 greatly increased"),
            [_("View"), _("Grade"), _("Baseline photograph"), _("Month-6 photograph")],
            [
                [view["name"], view["words"], view["before_sha256"][:12], view["after_sha256"][:12]]
                for view in content["views"]
            ],
            wide=1,
        ),
    ]  # fmt: skip
