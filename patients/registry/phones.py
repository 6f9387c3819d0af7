"""Telephone numbers as they are searched and checked. Pure.

A number stays as it was given; only its digits are compared. One number has several spellings (0043 1 5550100,
+43 1 5550100, 01 5550100), which end alike, so they are compared by their last digits. Checked by length only: seven
digits are the shortest subscriber numbers that we expect, fifteen the longest number there is (ITU-T E.164).
"""

import re
import unicodedata

from django.utils.translation import gettext as _

FEWEST_DIGITS = 7
MOST_DIGITS = 15
TAIL_DIGITS = 8

#: The country codes of the time zones that sites lie in, as far as their people dial a nought within the country.
CALLING_CODES = {
    "Europe/Amsterdam": "31", "Europe/Athens": "30", "Europe/Belgrade": "381", "Europe/Berlin": "49",
    "Europe/Bratislava": "421", "Europe/Brussels": "32", "Europe/Bucharest": "40", "Europe/Budapest": "36",
    "Europe/Busingen": "49", "Europe/Dublin": "353", "Europe/Helsinki": "358", "Europe/Istanbul": "90",
    "Europe/Kyiv": "380", "Europe/Ljubljana": "386", "Europe/London": "44", "Europe/Paris": "33", "Europe/Rome": "39",
    "Europe/Sarajevo": "387", "Europe/Skopje": "389", "Europe/Sofia": "359", "Europe/Stockholm": "46",
    "Europe/Tirane": "355", "Europe/Vienna": "43", "Europe/Zagreb": "385", "Europe/Zurich": "41",
    "Africa/Cairo": "20", "Africa/Casablanca": "212", "Africa/Johannesburg": "27", "Asia/Dubai": "971",
    "Asia/Jerusalem": "972", "Asia/Kolkata": "91", "Asia/Seoul": "82", "Asia/Tokyo": "81", "Australia/Melbourne": "61",
    "Australia/Sydney": "61", "Pacific/Auckland": "64",
}  # fmt: skip

EXTENSION = re.compile(r"\s*(ext\.?|extension|x|#|;ext=)\s*\d{1,6}\s*$", re.IGNORECASE)
TRUNK_ZERO = re.compile(r"\(\s*0\s*\)")
ALLOWED = re.compile(r"\+?[\d\s().\-–/\u00a0]+")


def phone_digits(text: str) -> str:
    """The digits of a number, in any script's digits, without extension, international prefix mark and "(0)"."""
    plain = EXTENSION.sub("", _ascii_digits(text).strip())
    international = plain.startswith(("+", "00"))
    digits = re.sub(r"[^0-9]", "", TRUNK_ZERO.sub("", plain) if international else plain)
    return digits[2:] if plain.startswith("00") else digits


def national_spellings(digits: str, time_zone: str) -> set[str]:
    """What `digits`, typed as within the country of the site's time zone, begin with when kept with the country's code.

    "0305550" in Berlin is 49 30 5550; where the nought belongs to the number, as in Italy, it stays as well.
    """
    code = CALLING_CODES.get(time_zone, "")
    if not code or not digits.startswith("0"):
        return set()
    return {code + digits[1:], code + digits}


def phone_tail(text: str) -> str:
    """The last eight digits, by which two spellings of one number are recognised; fewer digits give all of them."""
    return phone_digits(text)[-TAIL_DIGITS:]


def phone_error(text: str) -> str:
    """What is wrong with a telephone number, in words, or "" when nothing is."""
    plain = EXTENSION.sub("", _ascii_digits(text).strip())
    if not ALLOWED.fullmatch(plain):
        return _("A telephone number is written with digits, spaces and + ( ) - . / only.")
    if not FEWEST_DIGITS <= len(phone_digits(text)) <= MOST_DIGITS:
        return _("A telephone number has %(fewest)d to %(most)d digits.") % {
            "fewest": FEWEST_DIGITS,
            "most": MOST_DIGITS,
        }
    return ""


def _ascii_digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text[:200])
