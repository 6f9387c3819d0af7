"""Word stems that speak to a category, for facts without a code that we know.

Compared with folded text (`folded`): lower case, no accents, one space between words. The first row that matches
wins, so the narrow stands before the wide. English first, then the words of German, Dutch, French, Spanish, Italian
and Portuguese records, and Chinese where the word is unmistakable. Names of medicines are international
non-proprietary names (WHO) and the trade names of the same substances.

Change a list only together with `categories.VERSION`.
"""

import re
import unicodedata

from patients.importing.categories import Category

Row = tuple[Category, re.Pattern[str]]

MALIGNANT = (
    r"(?<!non )(?<!non-)\bmalign(?!ant (hyperth|hypert|otitis|neurolept))"
    r"|\bcancer(?! (screening|antigen|associated pain|related pain))|\bcancro\b|carcinom|adenocarcin|sarcoma\b"
    r"|lymphoma\b|lymphom\b|\bleuk(a)?emia|\bmelanom|myeloma\b|astrocytom|gliom|glioblast|neuroblastom|retinoblastom"
    r"|\bmetasta|mesotheliom|\bhodgkin|\bkrebs|krebs\b|\bkanker|kanker\b|\btumeur maligne|癌"
)
FAMILY = re.compile(r"\bfamily (history|hx)|^fh\b|\bfamilien(anamnese|geschichte)|antecedent(e)?s famili")
HISTORY = re.compile(r"\b(past |personal |previous )?history of\b|^h/o\b|\bhx of\b|\bzustand nach\b|^z\.? ?n\.? ")
# A denial right before the stem. Only these words may stand between: "without trauma due to haemophilia" denies
# nothing.
NEGATION = re.compile(
    r"\b(no|not|without|denies|denied|never had|kein|keine|keinen|geen|pas de|aucune?|sin|senza|nessuna?|negative for"
    r"|excluded|ruled out)(\W+(evidence|signs?|history|known|current|active|hinweis auf|of|for|any|an?|the))*\W+$"
)
NONE_KNOWN = re.compile(
    r"\b(no|nil|none) (current |active |significant )?(known|current|recorded)\b"
    r".*\b(allerg|medic|drug|problem|disab|condition|intoleranc)"
    r"|\bno (allerg|medication|problem)|\b(nka|nkda)\b|\bkeine (bekannten )?(allerg|medika|problem)"
    r"|\baucune? (allerg|traitement|medica)|\bgeen (bekende )?allerg|\bsin (alerg|medica)|\bnessuna? allerg"
)
NO_INFORMATION = re.compile(r"\bno information\b|\bkeine information|\binformation not (available|asked)|\bnot asked\b")

CONDITION_ROWS: tuple[Row, ...] = tuple(
    (category, re.compile("|".join(patterns)))
    for category, *patterns in (
        (
            Category.ALLERGY,
            r"\ballerg(y|ies|ie|ia|ien|isch) (to|against|gegen|voor|a|au|aux)\b|\ballergic to\b|\ballergy\b",
            r"\banaphyla|\ballergie\b|\balergia\b",
        ),
        (
            Category.MALIGNANCY_SUSPECTED,
            rf"\b(suspected|suspicion of|possible|probable|query|verdacht auf|v\.?a\.?)\b.*({MALIGNANT})",
        ),
        (Category.CARCINOMA_IN_SITU, r"\bin situ\b"),
        (
            Category.PREGNANCY_ENDED,
            r"miscarriage|\babort(ion|us)\b|stillbirth|\bpost ?partum|\bpuerper|fehlgeburt|fausse couche|miskraam",
        ),
        (
            Category.PREGNANCY_POSSIBLE,
            r"\b(possible|suspected|unconfirmed|probable) pregnan|\bpregnancy test positive|\bverdacht auf schwanger",
        ),
        (
            Category.PREGNANCY_RELATED,
            r"\b(in|during|of|related to|due to|complicating) (the )?pregnan|\bgestational|pre-? ?eclampsi",
            r"\bpregnancy[- ](induced|related)|\becto(pic|pe)|hyperemesis|schwangerschaftsdiabet|\bantepartum",
            r"\b(bevinding|bezwaar).*zwanger",
        ),
        (
            Category.PREGNANCY,
            r"\bpregnan(t|cy)\b(?!.*(test|contracept|prevent|planning))|\bgravid|schwanger|zwanger|\benceinte\b",
            r"\bgrossesse|\bembaraz|\bgravidanza|妊娠|怀孕|懷孕",
        ),
        (
            Category.BREASTFEEDING,
            r"breast[- ]?feed|\blactati(ng|on)\b|\bstillend|\bstillzeit|\ballait|\blactancia|\bborstvoeding",
            r"\baleitamento|\ballattament",
        ),
        (
            Category.COAGULATION_OTHER,
            r"thrombophili|factor v leiden|lupus anticoagulant|anti-?phospholipid|\bprotein [cs] deficien",
            r"antithrombin",
        ),
        (
            Category.BLEEDING_DISORDER,
            r"ha?emophili|hamophili|willebrand|bleeding ?(disorder|disease|tendency|diathesis)|thrombo(cyto)?penia",
            r"thrombozytopenie|coagulopath|ha?emorrhagic d(iathesis|isorder)|\bfactor (viii|ix|xi|vii|x) deficien",
            r"blutungsneigung|gerinnungsstorung|disorder of (coagulation|ha?emostasis)|\bblood coagulation disorder",
        ),
        (
            Category.ANTICOAGULANT_USE,
            r"\b(use of|on|taking|current|long[- ]term|treatment with|therapy with) .*anti-?coagul",
            r"\banti-?coagula(nt|tion) (therapy|treatment|use)|\bantikoagul|\banticoagulad",
        ),
        (Category.ANTIPLATELET_USE, r"\b(use of|on|taking|therapy with) .*anti-?platelet|\bthrombozytenaggregat"),
        (Category.CANCER_TREATMENT, r"chemotherap|radiotherap|\bradiation therapy"),
        (Category.MALIGNANCY, MALIGNANT),
        (
            Category.NEOPLASM_UNSPECIFIED,
            r"^(?!.*(benign|gutartig|goedaardig|benigno|polyp|non-?malign|pain)).*(\bneoplas|\btumou?r\b|neubildung)",
        ),
        (
            Category.SCALP_INFECTION,
            r"tinea capitis|\bkerion|folliculitis decalvans|(head lice|pediculosis capitis|kopflause|hoofdluis)",
            r"(infect|abscess|cellulit|folliculit|impetig|herpes|ringworm)\w*\b.*\b(scalp|capillit)",
            r"\b(scalp|kopfhaut)\b.*(infect|abscess|cellulit|folliculit|impetig|herpes|ringworm)",
        ),
        (
            Category.SKIN_INFECTION,
            r"\bimpetig|\bcellulitis\b|\berysipel|\bfolliculit|\bfurunc|\bcarbunc|\bherpes (simplex|zoster|labialis)",
            r"\bshingles\b|\bgurtelrose|\btinea\b|\bringworm|\bscabies|\bkratze\b|\bpediculosis|molluscum",
            r"\b(skin|wound|soft tissue) infection|infection of (the )?(skin|wound)|\babscess of (the )?skin",
            r"\bskin abscess|\bhautinfektion",
        ),
        (
            Category.SKIN_DISEASE,
            r"psoria|\beczema|ekzem|eczeem|eczema|dermatit|dermatos|neurodermi|\blichen (planus|planopilaris)",
            r"alopecia areata|scarring alopecia|cicatricial alopecia|frontal fibrosing|\brosacea|\bacne\b|\bkeloid",
            r"pemphig|vitiligo|(discoid|cutaneous) lupus|hidradenitis|\bseborr",
        ),
    )
)

ASPIRIN = re.compile(r"\baspirin|acetyl-?salicyl|acetylsalicyl|\bass\b(?= ?\d)|\basa\b(?= ?\d)|\bacetilsalic")
DOSE_MG = re.compile(r"\b(\d{2,4})([.,]\d+)? ?(mg|milligram)?\b")
LOW_ASPIRIN_MG = range(30, 163)  # daily antiplatelet doses: 75, 81, 100, 150 and 160 mg are the usual tablets

MEDICATION_ROWS: tuple[Row, ...] = tuple(
    (category, re.compile("|".join(patterns)))
    for category, *patterns in (
        (
            Category.ANTICOAGULANT_USE,
            r"warfarin|coumadin|\bmarev?an\b|mar(c|k)o?umar|phenprocoumon|fenprocoumon|acenoc(o|u)umar|\bsintrom",
            r"fluindion|dabigatran|pradaxa|rivaroxaban|xarelto|apixaban|eliquis|edoxaban|lixiana|savaysa",
            r"heparin(?!oid)|enoxaparin|clexane|lovenox|dalteparin|fragmin|tinzaparin|innohep|nadroparin|fraxipar",
            r"certoparin|fondaparinux|arixtra|argatroban|bivalirudin|danaparoid|desirudin",
        ),
        (
            Category.ANTIPLATELET_USE,
            r"clopidogrel|plavix|prasugrel|\beff?ient\b|ticagrelor|brili(que|nta)|ticlopidin|dipyridamol|cilostazol",
            r"vorapaxar|cangrelor|tirofiban|eptifibatid|abciximab",
        ),
        (Category.THROMBOLYTIC, r"\w+teplase\b|streptokinase|urokinase"),
        (Category.FIVE_ARI_USE, r"finasterid|dutasterid|propecia|proscar|avodart"),
        (
            Category.CANCER_TREATMENT,
            r"docetaxel|paclitaxel|\w+platin\b|cyclophosphamid|doxorubicin|epirubicin|fluorouracil|capecitabin",
            r"gemcitabin|vincristin|etoposid|irinotecan|tamoxifen|anastrozol|letrozol|exemestan|leuprol?(ide|relin)",
            r"goserelin|bicalutamid|enzalutamid|abirateron|trastuzumab|rituximab|bevacizumab|pembrolizumab|nivolumab",
            r"imatinib|\w{3,}tinib\b",
        ),
    )
)


def folded(text: str) -> str:
    """The text as the rows expect it: lower case, without accents, ß as ss, one space between words."""
    plain = text.casefold()
    if not plain.isascii():
        plain = "".join(char for char in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(char))
    return " ".join(plain.replace("‑", "-").split())
