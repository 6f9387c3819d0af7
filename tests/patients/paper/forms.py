"""Forms of paper in tests: where one stands, and a returned consent entered."""

import uuid
from collections.abc import Callable
from datetime import timedelta

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.documents.models import Rendering
from patients.consents.from_paper import take_over_consent
from patients.consents.models import Consent
from patients.paper.models import PaperForm
from patients.paper.queries import forms_of_day, standing_on
from patients.paper.standing import Standing

Blank = Callable[..., PaperForm]


def of_pages(form: PaperForm, pages: int) -> PaperForm:
    """Return `form` with a PDF of so many pages on record."""
    Rendering.add(
        document=form.document, file=f"{pages}-pages.pdf", sha256="0" * 64, bytes=1, pages=pages,
        rendered_at=clock.now(), renderer="a test's", signed=True,
    )  # fmt: skip
    return form


def stands(form: PaperForm, *, days_later: int = 0) -> Standing:
    """Return where the form stands."""
    (row,) = forms_of_day(form.site, form.printed_on).filter(pk=form.pk)
    return standing_on(row, form.printed_on + timedelta(days=days_later))


def entered(form: PaperForm, by: Actor, **changed: object) -> Consent:
    """Enter the returned consent `form`, everything ticked."""
    assert form.script_version is not None
    values = {
        "by": by, "form": form, "statements": [row.pk for row in form.script_version.statements.all()],
        "signed_name": form.patient.full_name, "photos_for_record": True, "photos_for_teaching": False,
        "submission_key": uuid.uuid4(), "at": clock.now(),
    } | changed  # fmt: skip
    return take_over_consent(**values)  # type: ignore[arg-type]
