"""The languages in which a site may give patients something to read."""

from django.utils.translation import get_language_info

#: ISO 639-1 codes, of what clinics ask for most.
CODES = (
    "en", "ar", "bg", "cs", "da", "de", "el", "es", "fa", "fi", "fr", "he", "hi", "hr", "hu", "it", "ja", "ko", "nb",
    "nl", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "th", "tr", "uk", "vi",
)  # fmt: skip
#: Each by the name that its speakers give it.
LANGUAGES = tuple((code, str(get_language_info(code)["name_local"])) for code in CODES)


def language_name(code: str) -> str:
    """Return the language's own name for itself."""
    return dict(LANGUAGES).get(code, code)
