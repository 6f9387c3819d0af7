"""Patients out of CSV files as spreadsheets and practice systems write them."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from patients.importing.limits import Limits
from patients.importing.records import Identifier, Sex
from patients.importing.sources import Format
from tests.patients.importing.samples import Reading, read_all

HEADER = "record_number,family_name,given_name,birth_date,sex,phone,email"


@pytest.fixture
def read_rows(tmp_path: Path) -> Callable[..., Reading]:
    """Read text (or bytes) as a CSV file; rows without a header get the usual one."""

    def read_it(rows: str | bytes, *, header: str = HEADER, limits: Limits | None = None) -> Reading:
        file = tmp_path / "patients.csv"
        if isinstance(rows, str):
            rows = f"{header}\n{rows}".encode()
        file.write_bytes(rows)
        return read_all(file, limits=limits)

    return read_it


Read = Callable[..., Reading]


def test_a_row_becomes_a_patient(read_rows: Read) -> None:
    (found,) = read_rows("A-7,O'Demo,Alma María,1980-04-03,female,+49 30 5550100,alma@example.org\n").patients
    assert (found.name.family, found.name.given) == ("O'Demo", ("Alma María",))
    assert found.birth_date is not None
    assert (found.birth_date.first_day, found.sex) == (date(1980, 4, 3), Sex.FEMALE)
    assert [(contact.system, contact.value) for contact in found.contacts] == [
        ("phone", "+49 30 5550100"),
        ("email", "alma@example.org"),
    ]
    assert found.identifiers == (Identifier("csv:record_number", "A-7"),)
    assert (found.place.file, found.place.where) == ("patients.csv", "line 2")


def test_without_a_record_number_the_same_person_is_known_by_name_and_birth_date(read_rows: Read) -> None:
    rows = ",Demo,Alma,1980-04-03,,,\n,DEMO,Álma,03.04.1980,,,\n,Demo,Alma,1980-04-04,,,\n"
    first, again, other = (found.identifiers for found in read_rows(rows).patients)
    assert first == again != other
    assert first[0].system == "csv:person"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_encodings_and_line_ends_of_real_programs(
    read_rows: Read, delimiter: str, encoding: str, end: str
) -> None:
    lines = ["Family Name,given-name,BIRTH_DATE,favourite colour", "Müller,Zoë,1980-04-03,blue", ""]
    content = end.join(lines).replace(",", delimiter).encode(encoding)
    (found,) = read_rows(content).patients
    assert found.name.full == "Zoë Müller"
    assert found.place.where == "line 2"


@pytest.mark.parametrize(
    "content",
    [
        "family_name,given_name,birth_date\nИванов,Иван,1980-01-01\n".encode("cp1251"),
        "family_name,given_name,birth_date\nŁoś,Błażej,1980-01-01\n".encode("cp1250"),
        b"family_name,given_name,birth_date\nx\x81,y,1980-01-01\n",
        "family_name,given_name,birth_date\nDemo,Alma,1980-01-01\n".encode("utf-16-le"),
    ],
)
def test_an_encoding_that_cannot_be_told_for_sure_is_refused_before_names_are_spoilt(
    read_rows: Read, content: bytes
) -> None:
    reading = read_rows(content)
    assert not reading.patients
    assert "CSV UTF-8" in reading.reasons


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",,,1980-04-03,,,", "There is no name"),
        (',"?","!",1980-04-03,,,', "There is no name"),
        (",Demo,Alma,,,,", "There is no birth date"),
        (",Demo,Alma,03/04/1980,,,", "“03/04/1980” can't be read"),
        (",Demo,Alma,1980-02-30,,,", "not in the calendar"),
        (",Demo,Alma,2026-11-23,,,", "can't be right"),
        (",Demo,Alma,0198-04-03,,,", "can't be right"),
        (",Demo,Alma,1980-04-03,frau,,", "“frau” is not one of"),
        (",Demo,Alma,1980-04-03,,12345,", "7 to 15 digits"),
        (",Demo,Alma,1980-04-03,,call me,", "digits, spaces"),
        (",Demo,Alma,1980-04-03,,,nobody", "“nobody” can't be right"),
        (",Demo,Alma,1980-04-03,,,,surplus", "8 cells, but 7 columns"),
        (f",{'x' * 201},Alma,1980-04-03,,,", "family_name is longer than 200"),
        (',"Demo,Alma,1980-04-03,,,', "quotation marks"),
        (',"De"mo,Alma,1980-04-03,,,', "quotation marks"),
        (f",Demo,{'x' * 200_000},1980-04-03,,,", "far too long"),
    ],
)
def test_a_bad_row_is_refused_by_its_line_and_the_others_go_in(read_rows: Read, row: str, reason: str) -> None:
    good = ",Demo,Bo,1970-01-01,,,\n"
    reading = read_rows(f"{good}{row}\n{good}")
    assert [found.place.where for found in reading.patients] == ["line 2", "line 4"]
    assert reading.reasons.startswith("patients.csv line 3: ")
    assert reason in reading.reasons


def test_a_cell_may_hold_separators_line_breaks_and_quotation_marks(read_rows: Read) -> None:
    first, second = read_rows(',"Demo, ""the\nelder""",Alma,1980-04-03,,,\n,Demo,Bo,1980-04-03,,,\n').patients
    assert first.name.family == 'Demo, "the elder"'
    assert (first.place.where, second.place.where) == ("line 2", "line 4")


def test_formulas_stay_text(read_rows: Read) -> None:
    (found,) = read_rows(',"=HYPERLINK(""x"")",@SUM(A1),1980-04-03,,,\n').patients
    assert found.name.full == '@SUM(A1) =HYPERLINK("x")'


def test_missing_and_double_columns_are_named(read_rows: Read) -> None:
    assert "Missing: given_name, birth_date" in read_rows("x\n", header="family_name").reasons
    assert "“sex” stands twice" in read_rows("", header=f"{HEADER},sex").reasons
    assert "The file is empty" in read_rows(b"\n\n").reasons


def test_blank_lines_and_short_rows_do_no_harm(read_rows: Read) -> None:
    reading = read_rows("\n,,,\n,Demo,Alma,1980-04-03\n\n")
    assert [found.place.where for found in reading.patients] == ["line 4"]
    assert not reading.refusals


def test_limits_are_kept_and_named(read_rows: Read) -> None:
    reading = read_rows(",Demo,Alma,1980-04-03\n" * 5, limits=Limits(csv_rows=3))
    assert len(reading.patients) == 3
    assert "more than 3 lines" in reading.reasons
    assert "bigger than 50 bytes" in read_rows("x" * 60, limits=Limits(csv_bytes=50)).reasons


def test_a_spreadsheet_is_refused_with_advice(read_rows: Read) -> None:
    assert "packed" in read_rows(b"PK\x03\x04\x00\x00").reasons


def test_the_format_can_be_told_whatever_the_name(tmp_path: Path) -> None:
    file = tmp_path / "export.dat"
    file.write_text("family_name,given_name,birth_date\nDemo,Alma,1980-04-03\n")
    assert len(read_all(file, Format.CSV).patients) == 1
    assert "not valid JSON" in read_all(file, Format.FHIR).reasons


def test_sexes_as_they_are_written(read_rows: Read) -> None:
    rows = "".join(f",Demo,Alma,1980-04-03,{sex},,\n" for sex in ("F", "w", "M", "x", "", "Unknown"))
    assert [found.sex for found in read_rows(rows).patients] == [
        Sex.FEMALE, Sex.FEMALE, Sex.MALE, Sex.OTHER, Sex.UNKNOWN, Sex.UNKNOWN,
    ]  # fmt: skip
