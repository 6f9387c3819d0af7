"""The example questions of a checklist. A physician must approve them."""

from django.utils.translation import gettext as _

from protocols.checklists.models import Rule
from protocols.checklists.services import ItemDraft


def checklist_items() -> list[ItemDraft]:
    """Return the questions of an example: the founding list but for stage and age, which the record answers."""
    return [
        ItemDraft(
            "CI-01",
            _("Is there an infection, open wound, folliculitis or active herpes on the scalp?"),
            Rule.SCALP_INFECTION,
            _("Look at the whole field in good light, and ask about pain, pus and crusts."),
        ),
        ItemDraft(
            "CI-02",
            _("Does the patient have a bleeding disorder?"),
            Rule.BLEEDING_DISORDER,
            _("Ask about haemophilia, low platelets, liver disease and long bleeding, and whether it is treated."),
        ),
        ItemDraft(
            "CI-03",
            _("Does the patient take an anticoagulant or antiplatelet medicine?"),
            Rule.ANTICOAGULANT,
            _("Go through today's medicines by name, aspirin included."),
        ),
        ItemDraft(
            "CI-04",
            _("Does the patient have an active malignancy, or is cancer being treated?"),
            Rule.MALIGNANCY,
            _("Also ask about cancer treatment that has ended within the last year."),
        ),
        ItemDraft(
            "CI-05",
            _("Is the patient pregnant, possibly pregnant, planning a pregnancy, or breastfeeding?"),
            Rule.PREGNANCY,
            _("Ask everyone for whom it is possible, at every session."),
        ),
        ItemDraft(
            "CI-06",
            _("Has the patient ever reacted to a component, a local anaesthetic, an antiseptic, latex or a metal?"),
            Rule.HYPERSENSITIVITY,
            _("Read the ingredients of today's formulation aloud. Write down the substance and the reaction."),
        ),
        *_later_items(),
    ]


def _later_items() -> list[ItemDraft]:
    """Return the questions that a checklist may ask besides, with what an example says of its own."""
    return [
        ItemDraft(
            "CI-07",
            _("Was there a reaction after the last session that lasted, or left something behind?"),
            Rule.LAST_REACTION,
            _("Longer than 72 hours, swelling of forehead or eyes, lump, bald patch, scar, fever. Look at the field."),
        ),
        ItemDraft(
            "CI-08",
            _("Is there anything new since the last session: medicine, illness, operation, vaccination, dental work?"),
            Rule.NEWS,
            _("Before a first session, ask about the last three months."),
            listed=("medicine", "illness", "surgery"),
        ),
        ItemDraft(
            "CI-09",
            _("Is the patient immunosuppressed, is diabetes uncontrolled, or do gums bleed and bruises come easily?"),
            Rule.HEALING,
            _("Ask about cortisone, biologics, transplanted organs and the last long-term sugar value."),
        ),
        ItemDraft(
            "CI-10",
            _("Is there a keloid tendency, a scarring or inflammatory scalp disease, or patchy or sudden hair loss?"),
            Rule.SCALP_DISEASE,
            _("Look at old scars, and for redness, scales, pustules and lost follicle openings."),
        ),
        ItemDraft(
            "CI-11",
            _("Has the patient ever fainted at an injection, not eaten today, or is very anxious?"),
            Rule.FAINTING,
            _("Offer something to drink and to eat first."),
        ),
        ItemDraft(
            "CI-12",
            _("Does the patient take a beta-blocker, have severe asthma, or has there been an anaphylaxis?"),
            Rule.EMERGENCY_RISK,
            _("Ask about tablets for blood pressure and heart, and eye drops against glaucoma."),
        ),
        ItemDraft(
            "CI-14",
            _("Was hair transplanted within the last 26 weeks?"),
            Rule.TRANSPLANT,
            _("Ask for the surgeon's letter: from which day on, and which zones."),
            weeks=26,
        ),
        ItemDraft(
            "CI-16",
            _(
                "Does the patient agree to give no blood until six months after the last dose, and understand the "
                "advice on fertility and on the PSA value?"
            ),
            Rule.FIVE_ARI,
            _("Six months hold for dutasteride. Whether the injected route asks for it, the physician decides."),
        ),
        ItemDraft(
            "CI-17",
            _("Is a block or infiltration with a local anaesthetic planned today?"),
            Rule.BLOCK_WEIGHT,
            _("Weigh the patient today; the ceiling of the anaesthetic is reckoned by it."),
        ),
        ItemDraft(
            "CI-18",
            _("Is the consent current, were the expectations confirmed again, and is the use of photographs decided?"),
            Rule.CONSENT_CURRENT,
            _("Say again: it slows loss, modestly improves visible density, and does not regrow lost follicles."),
        ),
        ItemDraft(
            "CI-19",
            _("If platelet-rich plasma is planned: is there a platelet disorder, sepsis, antiplatelet use or anaemia?"),
            Rule.PRP,
            _("Without platelet-rich plasma today the answer is no."),
        ),
    ]
