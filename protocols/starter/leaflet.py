"""The example of an aftercare leaflet. A physician must approve it; sources disagree on many of its times."""

from typing import Any

from django.utils.translation import gettext as _

from protocols.aftercare.models import Advice


def opened(language: str = "", *, telephone: str = "") -> dict[str, Any]:
    """Return how a new leaflet opens: in English, since its text is; another language is typed over it."""
    return {
        "initial": {
            "language": language or "en",
            "title": _("After your treatment: the first 48 hours"),
            "telephone": telephone,
        },
        "rows_initial": [{"advice": str(advice), "text": text} for advice, text in paragraphs()],
    }


def paragraphs() -> list[tuple[Advice, str]]:
    """Return the paragraphs in their order."""
    return [
        (
            Advice.NORMAL,
            _("Redness, tenderness, small bumps or bruises and itching for some hours to two days."),
        ),
        (
            Advice.NORMAL,
            _("Swelling of the forehead can come on day 1 to 4. It settles; cool it and keep your head up."),
        ),
        (Advice.DO, _("Sleep on a clean pillowcase, drink water, and keep this leaflet with you.")),
        (Advice.DO, _("For pain take paracetamol, as the packet says.")),
        (Advice.DO_NOT, _("Don't touch, scratch or massage the scalp.")),
        (Advice.DO_NOT, _("Don't wash your hair for 12 hours; then use a mild shampoo and lukewarm water.")),
        (Advice.DO_NOT, _("No hard exercise and no alcohol for 24 to 48 hours.")),
        (Advice.DO_NOT, _("No sauna, steam, pool or hot shower for 48 to 72 hours.")),
        (Advice.DO_NOT, _("No sun on the scalp, tight hat or helmet for 48 hours.")),
        (Advice.DO_NOT, _("No styling products, dye or minoxidil until the next day, or until your doctor says so.")),
        (Advice.DO_NOT, _("No other treatment of the scalp for 7 to 14 days.")),
        (Advice.DO_NOT, _("Don't take aspirin or similar painkillers unless they are prescribed for you.")),
        (
            Advice.CALL,
            _(
                "Redness that spreads, pus, fever above 38 °C, pain that gets worse after 48 hours, swollen eyelids or "
                "trouble seeing, hives, or fainting."
            ),
        ),
        (
            Advice.EMERGENCY,
            _("Trouble breathing, swelling of tongue or throat, collapse: call the emergency number at once."),
        ),
        (Advice.LATER, _("A lump, an ulcer or a new bald patch, even weeks later: tell us at once.")),
        (Advice.LATER, _("Shedding may rise at first. The result is judged at month 6, by photographs.")),
    ]
