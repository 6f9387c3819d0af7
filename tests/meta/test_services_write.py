"""Only services write: no view, form, query or rule does."""

import ast
from pathlib import PurePosixPath

import pytest

from tests.meta.project import our_files

#: Drawers that write, or are run by what writes.
WRITING_FOLDERS = {"services", "management", "migrations"}
WRITING_FILES = {"services.py"}

#: Other files that write, and why it isn't theirs to decide: a service's own unit calls them, or they are the machinery
#: under the services.
MACHINERY = {
    "clinic/accounts/actors.py": "makes the clinic's own account when it is first needed",
    "clinic/accounts/models.py": "the manager that makes accounts",
    "clinic/frozen.py": "saves facts",
    "patients/registry/record_numbers.py": "draws a record number inside the unit of registration",
    "patients/screening/clearances.py": "signs a clearance inside the unit of the service that gave it",
}

ALWAYS = {"create", "get_or_create", "update_or_create", "bulk_create", "bulk_update", "acreate", "asave", "aupdate"}
OF_ROWS = {"objects", "_default_manager", "_base_manager", "filter", "exclude", "all", "for_site", "current"}


def writes(tree: ast.AST) -> list[tuple[int, str]]:
    """The line and name of every call that writes rows.

    Positional arguments tell a picture's or a store's `save(file)` and `delete(name)` from a row's.
    """
    found = []
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        name = node.func.attr
        if (
            (name in ALWAYS)
            or (name in {"save", "delete"} and not node.args)
            or (name in {"update", "delete"} and _names(node.func.value) & OF_ROWS)
        ):
            found.append((node.lineno, name))
    return found


def _names(node: ast.AST) -> set[str]:
    return {inner.attr for inner in ast.walk(node) if isinstance(inner, ast.Attribute)}


def may_write(path: str) -> bool:
    """Whether this file is one of the drawers that write."""
    parts = PurePosixPath(path).parts
    return bool(WRITING_FOLDERS & set(parts[:-1])) or parts[-1] in WRITING_FILES or path in MACHINERY


def test_only_services_write() -> None:
    found = [
        f"{path}:{line} {name}()" for path, tree in our_files() if not may_write(path) for line, name in writes(tree)
    ]
    assert not found


def test_no_view_form_or_query_is_among_the_exceptions() -> None:
    drawers = {PurePosixPath(path).name for path in MACHINERY}
    assert not drawers & {"views.py", "forms.py", "queries.py", "urls.py", "work.py"}


def test_every_exception_still_writes() -> None:
    writing = {path for path, tree in our_files() if writes(tree)}
    assert set(MACHINERY) <= writing


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("row.save()", ["save"]),
        ("row.save(update_fields=['a'])", ["save"]),
        ("Patient.objects.filter(pk=1).update(name='x')", ["update"]),
        ("Patient.objects.create(name='x')", ["create"]),
        ("patient.intakes.all().delete()", ["delete"]),
        ("row.delete()", ["delete"]),
        ("image.save(out, 'PNG')", []),
        ("context.update(more)", []),
        ("storage.delete(name)", []),
    ],
)
def test_it_knows_a_write_when_it_sees_one(code: str, expected: list[str]) -> None:
    assert [name for _line, name in writes(ast.parse(code))] == expected
