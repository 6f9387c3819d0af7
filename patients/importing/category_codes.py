"""Codes of medical terminologies that speak to a category. Looked up exactly, or by the range they lie in.

Sources: ICD-10 (WHO, with the further digits of ICD-10-CM, ICD-10-GM and other national editions), chapters and blocks
by their three characters; ATC (WHO Collaborating Centre for Drug Statistics Methodology), groups by their prefix;
RxNorm (US National Library of Medicine), ingredients and the oral products of the value set "Anticoagulants for All
Indications" (VSAC 2.16.840.1.113762.1.4.1248.22); SNOMED CT, single concepts, because a hierarchy can't be asked
without a terminology server; LOINC and SNOMED CT answers as in the HL7 International Patient Summary guide 1.1 and its
code system "Absent and Unknown Data".

Change a list only together with `categories.VERSION`.
"""

import re
from functools import lru_cache

from patients.importing.categories import Category

SYSTEMS = (
    ("snomed", re.compile(r"snomed|2\.16\.840\.1\.113883\.6\.96$")),
    ("icd10", re.compile(r"icd-?10(?!.*pcs)|cid-?10|2\.16\.840\.1\.113883\.6\.(3|90)$")),
    ("atc", re.compile(r"whocc\.no/atc|[/:]atc$|2\.16\.840\.1\.113883\.6\.73$")),
    ("rxnorm", re.compile(r"rxnorm|2\.16\.840\.1\.113883\.6\.88$")),
    ("loinc", re.compile(r"loinc\.org|2\.16\.840\.1\.113883\.6\.1$")),
    ("absent", re.compile(r"absent-unknown|absentunknown|2\.16\.840\.1\.113883\.5\.1150\.1$")),
)
SYSTEM_NAMES = {
    "snomed": "SNOMED CT",
    "icd10": "ICD-10",
    "atc": "ATC",
    "rxnorm": "RxNorm",
    "loinc": "LOINC",
    "absent": "IPS",
}

# First matching range wins: (first, last, category), compared with as many characters as the bound has.
ICD10_RANGES: tuple[tuple[str, str, Category | None], ...] = (
    ("A46", "A46", Category.SKIN_INFECTION),
    ("B00.0", "B00.1", Category.SKIN_INFECTION),
    ("B02", "B02", Category.SKIN_INFECTION),
    ("B07", "B07", Category.SKIN_INFECTION),
    ("B08.1", "B08.1", Category.SKIN_INFECTION),
    ("B35.0", "B35.0", Category.SCALP_INFECTION),
    ("B35", "B36", Category.SKIN_INFECTION),
    ("B37.2", "B37.2", Category.SKIN_INFECTION),
    ("B85.0", "B85.0", Category.SCALP_INFECTION),
    ("B85", "B86", Category.SKIN_INFECTION),
    ("C00", "C97", Category.MALIGNANCY),
    ("C7A", "C7B", Category.MALIGNANCY),
    ("D00", "D09", Category.CARCINOMA_IN_SITU),
    ("D37", "D49", Category.NEOPLASM_UNSPECIFIED),
    ("D65", "D67", Category.BLEEDING_DISORDER),
    ("D68.5", "D68.6", Category.COAGULATION_OTHER),
    ("D68", "D68", Category.BLEEDING_DISORDER),
    ("D69.0", "D69.0", Category.COAGULATION_OTHER),
    ("D69.2", "D69.2", Category.COAGULATION_OTHER),
    ("D69", "D69", Category.BLEEDING_DISORDER),
    ("L02.811", "L02.811", Category.SCALP_INFECTION),
    ("L03.811", "L03.811", Category.SCALP_INFECTION),
    ("L66.2", "L66.3", Category.SCALP_INFECTION),
    ("L00", "L08", Category.SKIN_INFECTION),
    ("L64", "L65", None),  # the loss that the clinic treats
    ("L10", "L99", Category.SKIN_DISEASE),
    ("O00", "O00", Category.PREGNANCY_RELATED),
    ("O01", "O08", Category.PREGNANCY_ENDED),
    ("O09", "O09", Category.PREGNANCY),
    ("O10", "O48", Category.PREGNANCY_RELATED),
    ("O60", "O84", Category.PREGNANCY_ENDED),
    ("O85", "O90", Category.PREGNANCY_ENDED),
    ("O91", "O92", Category.BREASTFEEDING),
    ("T78.0", "T78.0", Category.ALLERGY),
    ("T78.2", "T78.2", Category.ALLERGY),
    ("T78.4", "T78.4", Category.ALLERGY),
    ("Z32.01", "Z32.01", Category.PREGNANCY),
    ("Z33.2", "Z33.2", Category.PREGNANCY_ENDED),
    ("Z33", "Z36", Category.PREGNANCY),
    ("Z37", "Z37", Category.PREGNANCY_ENDED),
    ("Z39.1", "Z39.1", Category.BREASTFEEDING),
    ("Z39", "Z39", Category.PREGNANCY_ENDED),
    ("Z3A", "Z3A", Category.PREGNANCY),
    ("Z79.01", "Z79.01", Category.ANTICOAGULANT_USE),
    ("Z79.02", "Z79.02", Category.ANTIPLATELET_USE),
    ("Z79.82", "Z79.82", Category.ASPIRIN_OTHER_DOSE),
    ("Z80", "Z80", Category.FAMILY_HISTORY_OF_CANCER),
    ("Z85", "Z85", Category.MALIGNANCY),
    ("Z88", "Z88", Category.ALLERGY),
    ("Z91.0", "Z91.0", Category.ALLERGY),
    ("Z92.1", "Z92.1", Category.ANTICOAGULANT_USE),
)
# Codes of a history: the code stands for the past, whatever the status of the record says.
ICD10_HISTORY = ("Z85", "Z92.1")

# The longest prefix wins.
ATC_PREFIXES: dict[str, Category] = {
    "B01AA": Category.ANTICOAGULANT_USE,
    "B01AB": Category.ANTICOAGULANT_USE,
    "B01AC": Category.ANTIPLATELET_USE,
    "B01AD": Category.THROMBOLYTIC,
    "B01AE": Category.ANTICOAGULANT_USE,
    "B01AF": Category.ANTICOAGULANT_USE,
    "B01AX05": Category.ANTICOAGULANT_USE,
    "D11AX10": Category.FIVE_ARI_USE,
    "G04CB": Category.FIVE_ARI_USE,
    "L01": Category.CANCER_TREATMENT,
    "L02": Category.CANCER_TREATMENT,
    "N02BA01": Category.ASPIRIN_OTHER_DOSE,
    "N02BA51": Category.ASPIRIN_OTHER_DOSE,
    "N02BA71": Category.ASPIRIN_OTHER_DOSE,
}

_ANTICOAGULANTS_RXNORM = """
    11289 114194 855288 855296 855302 855312 855318 855324 855332 855338 855344
    1114195 1114198 1114202 1232082 1232084 1232086 1232088 1549682 1549683
    1364430 1364435 1364445 1992427 1037042 1037045 1037179 1723476 1599538 1599543 1599551 1599555
    5224 235473 314659 67108 67109 321208
"""
_ANTIPLATELETS_RXNORM = (
    "32968 309362 613391 855812 855818 1116632 1116635 1666332 10594 3521 21107 243670 308416 318272"
)
RXNORM: dict[str, Category] = {
    **dict.fromkeys(_ANTICOAGULANTS_RXNORM.split(), Category.ANTICOAGULANT_USE),
    **dict.fromkeys(_ANTIPLATELETS_RXNORM.split(), Category.ANTIPLATELET_USE),
    **dict.fromkeys(("1191", "212033"), Category.ASPIRIN_OTHER_DOSE),
    **dict.fromkeys(("25025", "228790"), Category.FIVE_ARI_USE),
}

# 107691000119101 stands without a display in real bundles; it is on the published cancer code list of the phenotype
# CCU002_01 of Health Data Research UK.
_SNOMED_LISTS: dict[Category, str] = {
    Category.PREGNANCY: "77386006 72892002 255409004 47200007 16356006 65147003",
    Category.PREGNANCY_POSSIBLE: "152231000119106 102874004",
    Category.PREGNANCY_RELATED: "118185001 11687002 398254007 48194001 34801009",
    Category.PREGNANCY_ENDED: "19169002 156073000 17369002 86569001",
    Category.BREASTFEEDING: "169750002",
    Category.ANTICOAGULANT_USE: "711150003 48603004 372756006 84812008 372877000 442031002",
    Category.ANTIPLATELET_USE: "108979001 386952008",
    Category.ASPIRIN_OTHER_DOSE: "7947003 387458008",
    Category.BLEEDING_DISORDER: "64779008 90935002 28293008 41788008 128105004 302215000 32273002",
    Category.COAGULATION_OTHER: "234467004",
    Category.MALIGNANCY: """
        363346000 254837009 254637007 424132000 93761005 109838007 254900004 100721000119109 107691000119101
        372244006 118600007 93143009 109989006 363406005 399068003
    """,
    Category.MALIGNANCY_SUSPECTED: "162573006",
    Category.CARCINOMA_IN_SITU: "92691004",
    Category.NEOPLASM_UNSPECIFIED: "126906006",
    Category.FAMILY_HISTORY_OF_CANCER: "312824007",
    Category.SCALP_INFECTION: "5441008",
    Category.SKIN_INFECTION: "128045006",
    Category.SKIN_DISEASE: "24079001 200965009 43116000 9014002 135841008 402276007",
    Category.ALLERGY: "300916003 91934008 419474003",
    Category.STATED_NONE_KNOWN: "716186003 409137002 428607008 429625007 160244002 160245001 787481004",
}
SNOMED: dict[str, Category] = {code: category for category, listed in _SNOMED_LISTS.items() for code in listed.split()}
SNOMED_NOT_PREGNANT = "60001007"

# Questions that an Observation can ask. The answer decides how the fact stands.
OBSERVED: dict[tuple[str, str], Category] = {
    ("loinc", "82810-3"): Category.PREGNANCY,
    ("loinc", "63895-7"): Category.BREASTFEEDING,
    ("loinc", "11778-8"): Category.EXPECTED_DELIVERY_DATE,
    ("loinc", "11779-6"): Category.EXPECTED_DELIVERY_DATE,
    ("loinc", "11780-4"): Category.EXPECTED_DELIVERY_DATE,
    ("snomed", "161714006"): Category.EXPECTED_DELIVERY_DATE,
    ("snomed", "413712001"): Category.BREASTFEEDING,
}
# What the codes are called that bundles often carry without a display.
WORDS: dict[tuple[str, str], str] = {
    ("loinc", "82810-3"): "Pregnancy status",
    ("loinc", "63895-7"): "Breastfeeding status",
    ("loinc", "11778-8"): "Delivery date estimated",
    ("snomed", "77386006"): "Pregnant",
    ("snomed", "60001007"): "Not pregnant",
    ("snomed", "152231000119106"): "Pregnancy not yet confirmed",
    ("loinc", "LA15173-0"): "Pregnant",
    ("loinc", "LA26683-5"): "Not pregnant",
    ("loinc", "LA4489-6"): "Unknown",
}
YES = {"77386006", "la15173-0", "373066001", "la33-6", "y", "yes", "true", "169750002"}
NO = {"60001007", "la26683-5", "373067005", "la32-8", "n", "no", "false"}
MAYBE = {"152231000119106", "102874004"}

# "Absent and Unknown Data": `no-known-...` says that there is none, `no-...-info` says that nothing is known.
ABSENT_NONE = re.compile(r"no-known-(allergies|(medication|environmental|food)-allergies|problems|medications)$")
ABSENT_NO_INFORMATION = re.compile(r"no-(allergy|problem|medication)-info$")


@lru_cache(maxsize=1024)
def system_family(system: str) -> str:
    """Which terminology a code system's address or OID means: `snomed`, `icd10`, ..., or "" when we read none of it."""
    name = system.strip().casefold()
    return next((family for family, pattern in SYSTEMS if pattern.search(name)), "")


def bare_code(system: str, code: str) -> str:
    """What to call a code that came without words: its name if we know it, else its system and itself."""
    family = system_family(system)
    known = WORDS.get((family, code))
    return known or f"{SYSTEM_NAMES.get(family, '')} {code}".strip()
