"""The demo clinic's patients: who they are and how far they came. All of them are invented."""

from dataclasses import dataclass
from datetime import date
from enum import Enum

from demo.staff import NORTH, SOUTH


class Way(Enum):
    """The point that a patient has reached."""

    REGISTERED = "registered, no intake yet"
    SURGICAL = "for surgical assessment"
    CLEARANCE_ASKED = "checklist begun, waits for a clearance"
    STOPPED = "checklist says no"
    NO_CONSENT = "checklist signed, consent missing"
    PHOTOS_OPEN = "consent given, photographs begun"
    PLANNED_TODAY = "first session due today, nothing signed yet"
    READY_TODAY = "session due today, checklist signed"
    OPEN_SESSION = "in the treatment room"
    LOADING = "between loading sessions"
    DID_NOT_PROCEED = "last session did not proceed"
    AUDIT_DUE = "month-6 audit due, photographs taken"
    AUDIT_OVERDUE = "month-6 audit overdue, photographs missing"
    MAINTENANCE = "audit signed, in maintenance"
    ENDED = "audit signed, treatment stopped"


@dataclass(frozen=True, slots=True)
class DemoPatient:
    """An invented patient: `weeks_ago` the first session (or the visit) was, `given` loading sessions were given."""

    given_name: str
    family_name: str
    birth_date: date
    sex: str
    scale: str
    stage: str
    way: Way
    weeks_ago: int = 0
    given: int = 0
    formulation: str = "A"
    site: str = NORTH


def _d(year: int, month: int, day: int) -> date:
    return date(year, month, day)


PATIENTS = (
    DemoPatient("Alma", "Demo", _d(1988, 4, 2), "female", "ludwig", "I", Way.READY_TODAY, 8, 2),
    DemoPatient("Bruno", "Demo", _d(1979, 3, 14), "male", "norwood", "III", Way.CLEARANCE_ASKED),
    DemoPatient("Clara", "Exempel", _d(1991, 12, 1), "female", "ludwig", "II", Way.AUDIT_OVERDUE, 29, 4, "B"),
    DemoPatient("Deniz", "Muster", _d(1985, 7, 30), "male", "norwood", "III-vertex", Way.LOADING, 6, 2),
    DemoPatient("Élodie", "Fictive", _d(1990, 1, 19), "female", "ludwig", "I", Way.AUDIT_DUE, 26, 4),
    DemoPatient("Farid", "Probe", _d(1983, 9, 5), "male", "norwood", "IV", Way.MAINTENANCE, 40, 4),
    DemoPatient("Greta", "Beispiel", _d(1977, 2, 28), "female", "ludwig", "II", Way.MAINTENANCE, 36, 4, "B"),
    DemoPatient("Hugo", "Muster", _d(1969, 11, 11), "male", "norwood", "VI", Way.SURGICAL),
    DemoPatient("Ines", "Ejemplo", _d(1994, 5, 23), "female", "ludwig", "I", Way.NO_CONSENT),
    DemoPatient("Jakub", "Przykład", _d(1986, 8, 8), "male", "norwood", "II", Way.PHOTOS_OPEN),
    DemoPatient("Kaya", "Demo", _d(1992, 10, 10), "female", "ludwig", "II", Way.PLANNED_TODAY, 0, 0, "B"),
    DemoPatient("Liang", "示例", _d(1989, 6, 6), "male", "norwood", "IIIa", Way.OPEN_SESSION, 4, 1),
    DemoPatient("Maja", "Primer", _d(1981, 3, 3), "female", "ludwig", "II", Way.LOADING, 10, 3),
    DemoPatient("Nils", "Eksempel", _d(1975, 12, 24), "male", "norwood", "IV", Way.DID_NOT_PROCEED, 5, 1),
    DemoPatient("Oksana", "Приклад", _d(1987, 1, 7), "female", "ludwig", "I", Way.REGISTERED),
    DemoPatient("Pia", "Demo", _d(1993, 4, 17), "female", "ludwig", "I", Way.STOPPED),
    DemoPatient("Quentin", "Exemple", _d(1980, 5, 29), "male", "norwood", "III", Way.ENDED, 33, 4),
    DemoPatient("Rosa", "Esempio", _d(1978, 9, 21), "female", "ludwig", "III", Way.SURGICAL),
    DemoPatient("Samir", "مثال", _d(1984, 2, 2), "male", "norwood", "V", Way.AUDIT_DUE, 27, 4, "A", SOUTH),
    DemoPatient("Tove", "Eksempel", _d(1996, 6, 15), "female", "ludwig", "I", Way.LOADING, 3, 1, "A", SOUTH),
    DemoPatient("Uwe", "Beispiel", _d(1972, 7, 7), "male", "norwood", "IV", Way.MAINTENANCE, 34, 4, "A", SOUTH),
    DemoPatient("Vera", "Příklad", _d(1990, 11, 30), "female", "ludwig", "II", Way.PLANNED_TODAY, 0, 0, "A", SOUTH),
    DemoPatient("Wim", "Voorbeeld", _d(1982, 10, 1), "male", "norwood", "IIa", Way.REGISTERED, site=SOUTH),
    DemoPatient("Xenia", "Παράδειγμα", _d(1988, 8, 18), "female", "ludwig", "I", Way.NO_CONSENT, site=SOUTH),
)
