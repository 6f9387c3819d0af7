"""docker-compose.yml and the Dockerfile, without a Docker engine: valid, and in agreement with the settings."""

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from compose_spec import PyCompose

from launch.packages import Level
from launch.system import needs

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = (ROOT / "docker-compose.yml").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text()
SETTINGS = (ROOT / "clinic" / "settings.py").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
OUR_IMAGE = {"prepare", "web", "worker", "beat"}
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")

#: A filled-in .env.
FILLED = {
    "CLINIC_BASE_URL": "https://clinic.example",
    "CLINIC_ALLOWED_HOSTS": "clinic.example",
    "CLINIC_SECRET_KEY": "Every-secret-of-this-file-is-made-up-for-the-test-0123456789",
    "POSTGRES_PASSWORD": "5" * 64,
    "POSTGRES_APP_PASSWORD": "7" * 64,
    "REDIS_PASSWORD": "6" * 64,
}


def interpolated(values: Mapping[str, str]) -> dict[str, Any]:
    """The file as Docker would read it with `values` as its .env."""

    def fill(match: re.Match[str]) -> str:
        name, kind, rest = match.groups()
        if values.get(name):
            return values[name]
        assert kind == "-", f"{name} must be in .env"
        return str(rest)

    def walk(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: walk(value) for key, value in part.items()}
        if isinstance(part, list):
            return [walk(value) for value in part]
        return VARIABLE.sub(fill, part) if isinstance(part, str) else part

    found: dict[str, Any] = walk(yaml.safe_load(COMPOSE))
    return found


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """The services, with a filled-in .env."""
    found: dict[str, Any] = interpolated(FILLED)["services"]
    return found


def test_the_file_follows_the_compose_specification() -> None:
    parsed = PyCompose.from_yaml(yaml.safe_dump(interpolated(FILLED)))
    assert set(parsed.service_names()) == OUR_IMAGE | {"database", "redis"}


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("depends_on:", "depend_on:"), ("service_healthy", "healthy"), ("start_period: 60s", "start_period: soon")],
)
def test_the_specification_is_checked_in_earnest(right: str, wrong: str) -> None:
    assert right in COMPOSE
    with pytest.raises(ValueError, match=r"services\."):
        PyCompose.from_yaml(yaml.safe_dump(yaml.safe_load(COMPOSE.replace(right, wrong))))


def test_the_images_are_the_versions_that_the_clinic_is_made_for(services: dict[str, Any]) -> None:
    assert services["database"]["image"] == "postgres:18"
    assert services["redis"]["image"].startswith("redis:")
    assert len({services[name]["image"] for name in OUR_IMAGE}) == 1
    assert services["prepare"]["build"] == "."


def test_the_example_names_every_variable_that_the_file_asks_for() -> None:
    asked = {match[1] for match in VARIABLE.finditer(COMPOSE)} - {"BASELINE_VERSION"}
    explained = set(re.findall(r"^(\w+)=", EXAMPLE, re.MULTILINE))
    assert asked == explained


def test_a_secret_has_no_value_in_the_project_and_no_start_without_one() -> None:
    for name in ("CLINIC_SECRET_KEY", "POSTGRES_PASSWORD", "POSTGRES_APP_PASSWORD", "REDIS_PASSWORD"):
        assert re.search(rf"^{name}=$", EXAMPLE, re.MULTILINE)
        assert {match[2] for match in VARIABLE.finditer(COMPOSE) if match[1] == name} == {"?"}
    assert "ENV CLINIC_SECRET_KEY" not in DOCKERFILE
    assert "ARG" not in re.findall(r"^(\w+)", DOCKERFILE, re.MULTILINE)
    assert {".env", ".env.*", "var", ".git"} <= set((ROOT / ".dockerignore").read_text().split("\n"))


def test_every_variable_of_ours_is_one_that_the_clinic_reads(services: dict[str, Any]) -> None:
    code = "".join(path.read_text() for path in (ROOT / "clinic").glob("*.py"))
    given = set(services["web"]["environment"])
    lasting = OUR_IMAGE - {"prepare"}
    assert all(services[name]["environment"] == services["web"]["environment"] for name in lasting)
    assert {name for name in given if not name.startswith("AWS_") and f'"{name}"' not in code} == set()
    described = set(re.findall(r"^(CLINIC_\w+|DATABASE_URL|REDIS_URL)\b", code, re.MULTILINE))
    on_purpose = {
        "CLINIC_DATA", "CLINIC_DEBUG", "CLINIC_CLOCK_FILE", "CLINIC_ADMIN_DATABASE_URL", "CLINIC_DATABASE_OWNER",
        "CLINIC_AS_OWNER", "CLINIC_SIGNING_KEY", "CLINIC_SEAL_PKCS12_PASSPHRASE", "CLINIC_TRAIL_KEY",
        "CLINIC_STARTS_AFTER",
    }  # fmt: skip
    assert {name for name in described - on_purpose if name not in given} == set()


def test_every_variable_that_the_clinic_reads_is_listed_at_the_top_of_its_settings(services: dict[str, Any]) -> None:
    files = [path for folder in ("clinic", "launch") for path in (ROOT / folder).rglob("*.py")]
    read = {name for path in files for name in re.findall(r'"(CLINIC_[A-Z0-9_]*[A-Z0-9])"', path.read_text())}
    of_tests = {"CLINIC_TEST_BROWSER"}
    listed = set(re.findall(r"\b[A-Z]+_[A-Z0-9_]+\b", ast.get_docstring(ast.parse(SETTINGS)) or ""))
    assert read - of_tests - listed == set()
    assert set(services["web"]["environment"]) - listed == set()


def test_addresses_point_at_the_services_with_their_passwords(services: dict[str, Any]) -> None:
    environment = services["web"]["environment"]
    database, redis = urlsplit(environment["DATABASE_URL"]), urlsplit(environment["REDIS_URL"])
    assert (database.hostname, redis.hostname) == ("database", "redis")
    theirs = services["database"]["environment"]
    assert database.path == f"/{theirs['POSTGRES_DB']}"
    assert database.password == FILLED["POSTGRES_APP_PASSWORD"]
    command = services["redis"]["command"]
    assert redis.password == command[command.index("--requirepass") + 1] == FILLED["REDIS_PASSWORD"]


def test_only_the_service_that_prepares_knows_who_may_change_the_schema(services: dict[str, Any]) -> None:
    extra = dict(services["prepare"]["environment"])
    admin = urlsplit(extra.pop("CLINIC_ADMIN_DATABASE_URL"))
    assert extra == services["web"]["environment"]
    theirs = services["database"]["environment"]
    assert (admin.username, admin.password) == (theirs["POSTGRES_USER"], theirs["POSTGRES_PASSWORD"])
    assert (admin.hostname, admin.path) == ("database", f"/{theirs['POSTGRES_DB']}")
    assert urlsplit(extra["DATABASE_URL"]).username != admin.username
    for name, service in services.items():
        if name not in {"prepare", "database"}:
            assert FILLED["POSTGRES_PASSWORD"] not in json.dumps(service), name


def test_the_settings_take_the_environment_and_pass_their_own_deployment_check(
    services: dict[str, Any], tmp_path: Path
) -> None:
    code = (
        "import json; from django.conf import settings as s; import django; django.setup()\n"
        "from django.core.checks import run_checks, WARNING\n"
        "found = [each for each in run_checks(include_deployment_checks=True) if each.level >= WARNING]\n"
        "found = [str(each) for each in found if not each.is_silenced()]\n"
        "db = s.DATABASES['default']\n"
        "print(json.dumps([s.DEBUG, s.BASE_URL, s.ALLOWED_HOSTS, db['HOST'], db['NAME'], s.REDIS_URL, found]))"
    )
    clean = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    environment = {**clean, **services["web"]["environment"], "CLINIC_DATA": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**environment, "DJANGO_SETTINGS_MODULE": "clinic.settings"},
    )
    assert json.loads(done.stdout.splitlines()[-1]) == [
        False,
        "https://clinic.example",
        ["clinic.example"],
        "database",
        "clinic",
        services["web"]["environment"]["REDIS_URL"],
        [],
    ]


def test_redis_writes_down_what_it_takes_and_evicts_nothing(services: dict[str, Any]) -> None:
    command = " ".join(services["redis"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command
    assert services["redis"]["volumes"] == ["redis:/data"]


def test_postgres_18_keeps_its_data_where_the_volume_is(services: dict[str, Any]) -> None:
    assert services["database"]["volumes"] == ["database:/var/lib/postgresql"]


def test_whatever_is_kept_is_in_a_volume_that_is_declared(services: dict[str, Any]) -> None:
    used = {volume.split(":")[0] for service in services.values() for volume in service.get("volumes", ())}
    assert used == set(interpolated(FILLED)["volumes"])
    assert services["web"]["volumes"] == services["worker"]["volumes"] == ["files:/data", "checkpoints:/checkpoints"]
    assert "ENV CLINIC_DATA=/data" in DOCKERFILE
    assert services["web"]["environment"]["CLINIC_CHECKPOINT_FOLDERS"] == "/data/checkpoints,/checkpoints"
    assert "install -d -o clinic -g clinic -m 0700 /data /checkpoints" in DOCKERFILE


def test_every_lasting_service_is_watched_and_started_again(services: dict[str, Any]) -> None:
    for name in services.keys() - {"prepare"}:
        assert services[name]["healthcheck"]["test"][0] == "CMD", name
        assert services[name]["restart"] == "unless-stopped", name


def test_nothing_of_ours_starts_before_the_database_is_ready_for_it(services: dict[str, Any]) -> None:
    for name in OUR_IMAGE - {"prepare"}:
        assert services[name]["depends_on"]["prepare"] == {"condition": "service_completed_successfully"}
    assert services["prepare"]["depends_on"]["database"] == {"condition": "service_healthy"}
    assert services["prepare"]["command"] == ["python", "manage.py", "prepare"]


def test_only_the_proxy_on_the_same_machine_reaches_the_web_server(services: dict[str, Any]) -> None:
    assert services["web"]["ports"] == ["127.0.0.1:8000:8000"]
    assert [name for name, service in services.items() if "ports" in service] == ["web"]


def test_our_containers_have_no_privileges(services: dict[str, Any]) -> None:
    user = re.findall(r"^USER (\w+)$", DOCKERFILE, re.MULTILINE)[-1]
    uid = re.search(rf"useradd .*--uid (\d+) .*{user}", DOCKERFILE)
    assert uid
    assert int(uid[1]) > 0
    for name in OUR_IMAGE:
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["security_opt"] == ["no-new-privileges:true"]


def test_the_image_has_what_the_launcher_asks_of_a_machine() -> None:
    asked = {name for need in needs(Level.BASE, own_redis=False) for name in need.apt if "venv" not in name}
    assert {name for name in asked if name not in DOCKERFILE} == set()


def test_the_image_has_a_supported_python_and_locked_packages() -> None:
    version = re.search(r"^FROM python:3\.(\d+)-slim", DOCKERFILE, re.MULTILINE)
    assert version
    assert int(version[1]) >= 12
    assert "--require-hashes -r requirements/base.txt" in DOCKERFILE
    assert re.search(r"npm-cli\.js\" ci ", DOCKERFILE)
