"""Patients out of a CSV file: one header line, one patient per line.

    record_number,family_name,given_name,birth_date,sex,phone,email

`record_number` is optional, and so are `sex`, `phone` and `email`; the order is free. Separated by comma, semicolon or
tabulator. Text in UTF-8 (with or without its mark), UTF-16 with its mark, or Windows-1252. `birth_date` is written
1980-04-03 or 03.04.1980; 03/04/1980 means two different days in two countries and is refused. A bad line is refused by
its number and the others go in. Cells stay text: "=1+1" is a name like another.
"""

import codecs
import csv
import hashlib
import io
import re
from collections.abc import Iterator
from datetime import date
from itertools import islice

from django.utils.translation import gettext as _

from patients.importing.fhir_patient import SEXES
from patients.importing.json_text import Unreadable, decode
from patients.importing.limits import Limits
from patients.importing.records import (
    Contact,
    Found,
    GivenDate,
    Identifier,
    ImportedPatient,
    PersonName,
    Place,
    Precision,
    Refusal,
    Sex,
)
from patients.importing.wording import clean
from patients.registry.names import search_tokens
from patients.registry.phones import phone_error

COLUMNS = ("record_number", "family_name", "given_name", "birth_date", "sex", "phone", "email")
REQUIRED = ("family_name", "given_name", "birth_date")
CELL_CHARS = 200
LINES_OF_A_ROW = 10
RECORD_NUMBER = "csv:record_number"
PERSON = "csv:person"

ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+")
MORE_SEXES = {"w": Sex.FEMALE, "": Sex.UNKNOWN, "u": Sex.UNKNOWN, "x": Sex.OTHER, "d": Sex.OTHER}
# Bytes of another 8-bit code page read as Windows-1252 give signs inside words, or runs of accented letters.
GARBLED = re.compile(r"[^\W\d_][¡-¿×÷†‡ˆ‰˜™]+|[À-ÿ]{3}")


class _BadRow(Exception):
    pass


def read_csv(content: bytes, file: str, *, on: date, limits: Limits) -> Iterator[Found]:
    """The patients of a CSV file and the lines that are refused. Raises `Unreadable` when the whole file is.

    `on` is the day of the import, after which nobody can be born.
    """
    text = decode_csv(content)
    lines = list(io.StringIO(text, newline=""))
    header_at = next((number for number, line in enumerate(lines) if line.strip()), None)
    if header_at is None:
        raise Unreadable(_("The file is empty."))
    delimiter = _delimiter(lines[header_at])
    header = _header(next(csv.reader([lines[header_at]], delimiter=delimiter), []))
    rows = _rows(lines[header_at + 1 :], delimiter, first_line=header_at + 2)
    for line, cells in islice(rows, limits.csv_rows):
        place = Place(file, _("line %(number)d") % {"number": line})
        if cells is None:
            yield Refusal(place, _("The quotation marks on this line don't match, or a cell is far too long."))
        elif any(cell.strip() for cell in cells):
            yield _row(header, cells, place, on)
    if next(rows, None) is not None:
        message = _("The file has more than %(most)d lines; the rest was not read. Import it in parts.")
        yield Refusal(Place(file), message % {"most": limits.csv_rows})


def decode_csv(content: bytes) -> str:
    """The text of a CSV file. Raises `Unreadable` when the encoding can't be told for sure."""
    marked = content.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if b"\0" in content and not marked and not content.startswith(b"PK"):
        raise Unreadable(_("This is not a text file. Save the sheet as “CSV UTF-8” and import that."))
    try:
        return decode(content)
    except Unreadable:
        if marked or content.startswith((b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"%PDF", b"<")):
            raise
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError as error:
        raise Unreadable(_unknown_encoding()) from error
    if GARBLED.search(text):
        raise Unreadable(_unknown_encoding())
    return text


def _unknown_encoding() -> str:
    return _("The file's character encoding isn't known, and names would be spoilt. Save it as “CSV UTF-8”.")


def _delimiter(header: str) -> str:
    return max(",;\t", key=header.count)


def _header(cells: list[str]) -> list[str]:
    names = [re.sub(r"[\s-]+", "_", clean(cell, limit=CELL_CHARS).strip("\"' ").casefold()) for cell in cells]
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise Unreadable(
            _("The first line has to name the columns. Missing: %(missing)s. Known: %(known)s.")
            % {"missing": ", ".join(missing), "known": ", ".join(COLUMNS)}
        )
    twice = sorted({name for name in names if name in COLUMNS and names.count(name) > 1})
    if twice:
        raise Unreadable(_("The column “%(name)s” stands twice.") % {"name": twice[0]})
    return names


def _rows(lines: list[str], delimiter: str, *, first_line: int) -> Iterator[tuple[int, list[str] | None]]:
    """Line number and cells of each row; None for cells that can't be told apart, after which the next line goes on."""
    at = 0
    while at < len(lines):
        reader = csv.reader(lines[at : at + LINES_OF_A_ROW], delimiter=delimiter, strict=True)
        try:
            cells: list[str] | None = next(reader)
            taken = reader.line_num
        except csv.Error:
            cells, taken = None, 1
        yield first_line + at, cells
        at += taken


def _row(header: list[str], cells: list[str], place: Place, on: date) -> Found:
    try:
        return _patient(header, cells, place, on)
    except _BadRow as error:
        return Refusal(place, str(error))


def _patient(header: list[str], cells: list[str], place: Place, on: date) -> ImportedPatient:
    if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
        raise _BadRow(
            _("%(cells)d cells, but %(columns)d columns. Put a cell that holds the separator in quotation marks.")
            % {"cells": len(cells), "columns": len(header)}
        )
    row = {name: _cell(name, cell) for name, cell in zip(header, cells, strict=False) if name in COLUMNS}
    family, given = row.get("family_name", ""), row.get("given_name", "")
    if not search_tokens(f"{family} {given}"):
        raise _BadRow(_("There is no name. Fill in family_name or given_name."))
    birth_date = _birth_date(row.get("birth_date", ""), on)
    number = row.get("record_number", "")
    return ImportedPatient(
        place=place,
        identifiers=(Identifier(RECORD_NUMBER, number) if number else _person(family, given, birth_date),),
        names=(PersonName(family=family, given=(given,) if given else (), use="official"),),
        sex=_sex(row.get("sex", "")),
        birth_date=birth_date,
        contacts=tuple(_contacts(row)),
    )


def _cell(name: str, cell: str) -> str:
    if len(cell) > CELL_CHARS:
        raise _BadRow(_("%(column)s is longer than %(most)d characters.") % {"column": name, "most": CELL_CHARS})
    return clean(cell, limit=CELL_CHARS)


def _person(family: str, given: str, birth_date: GivenDate) -> Identifier:
    """A line without a record number is known again by its name and birth date, however the name is spelt or cased."""
    tokens = " ".join(sorted(search_tokens(f"{family} {given}")))
    digest = hashlib.sha256(f"{tokens}|{birth_date.first_day.isoformat()}".encode()).hexdigest()
    return Identifier(PERSON, digest[:32])


def _birth_date(text: str, on: date) -> GivenDate:
    if parts := ISO.fullmatch(text):
        year, month, day = parts.groups()
    elif parts := DOTTED.fullmatch(text):
        day, month, year = parts.groups()
    else:
        message = _("The birth date “%(text)s” can't be read. Write it as 1980-04-03.")
        raise _BadRow(message % {"text": text} if text else _("There is no birth date. Write it as 1980-04-03."))
    try:
        day_of_birth = date(int(year), int(month), int(day))
    except ValueError as error:
        raise _BadRow(_("The birth date “%(text)s” is not in the calendar.") % {"text": text}) from error
    if not date(1880, 1, 1) <= day_of_birth <= on:
        raise _BadRow(_("The birth date %(text)s can't be right.") % {"text": text})
    return GivenDate(day_of_birth, Precision.DAY, text)


def _sex(text: str) -> Sex:
    sex = {**SEXES, **MORE_SEXES}.get(text.casefold())
    if sex is None:
        raise _BadRow(_("The sex “%(text)s” is not one of female, male, other, unknown.") % {"text": text})
    return sex


def _contacts(row: dict[str, str]) -> Iterator[Contact]:
    if phone := row.get("phone", ""):
        if wrong := phone_error(phone):
            raise _BadRow(wrong)
        yield Contact("phone", phone)
    if email := row.get("email", ""):
        if not EMAIL.fullmatch(email):
            raise _BadRow(_("The e-mail address “%(text)s” can't be right.") % {"text": email})
        yield Contact("email", email)
