"""What comes after a signature: amendments, and second signatures."""

from clinic.amending.services.amending import amend, may_amend
from clinic.amending.services.cosigning import co_sign, confirm_other, late_words, meanings_of, roles_for

__all__ = ["amend", "co_sign", "confirm_other", "late_words", "may_amend", "meanings_of", "roles_for"]
