"""Fixtures for the launcher's tests: a console that writes into the test's folder, and this checkout."""

from pathlib import Path

import pytest

from launch.console import Console
from launch.places import ROOT, Project


@pytest.fixture
def console(tmp_path: Path) -> Console:
    return Console(tmp_path / "setup.log")


@pytest.fixture
def project() -> Project:
    return Project(ROOT)
