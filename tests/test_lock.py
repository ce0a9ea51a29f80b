"""requirements*.lock: what was tested, file by file, and nothing of where it came from."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock")

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUNTIME = PROJECT["project"]["dependencies"]
TOOLS = PROJECT["dependency-groups"]["dev"]

each_lock = pytest.mark.parametrize("name", LOCKS)


def entries(name: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each requirement of a lock with its hashes."""
    joined = (ROOT / name).read_text().replace("\\\n", " ")
    for line in joined.splitlines():
        requirement, *hashes = re.split(r"\s+--hash=", line.strip())
        yield requirement, hashes


def locked(name: str) -> dict[str, str]:
    """Return the release of each package in a lock."""
    found = {}
    for requirement, _ in entries(name):
        parsed = Requirement(requirement)
        (pin,) = parsed.specifier
        assert pin.operator == "==", requirement
        found[canonicalize_name(parsed.name)] = pin.version
    return found


@each_lock
def test_every_release_is_exact_and_has_the_hashes_of_its_files(name: str) -> None:
    assert len(locked(name)) > 40
    for requirement, hashes in entries(name):
        assert hashes, requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in hashes), requirement


@each_lock
def test_a_lock_names_no_host_and_no_folder(name: str) -> None:
    text = (ROOT / name).read_text()
    for unwanted in ("://", "@", "#", "--index", "--extra", "--find", "--trusted", "file:", "/"):
        assert unwanted not in text, unwanted


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("requirements.lock", RUNTIME),
        ("requirements-dev.lock", [*RUNTIME, *TOOLS, *PROJECT["build-system"]["requires"]]),
    ],
)
def test_a_lock_holds_all_that_pyproject_asks_for_in_a_release_that_it_allows(
    name: str, wanted: list[str]
) -> None:
    have = locked(name)
    for requirement in map(Requirement, wanted):
        version = have.get(canonicalize_name(requirement.name))
        assert version, f"{requirement} is not in {name}; run make lock"
        assert requirement.specifier.contains(version), f"{name}: not {requirement}; run make lock"


def test_the_tools_run_with_the_releases_that_the_product_runs_with() -> None:
    product, tools = map(locked, LOCKS)
    assert {package: tools.get(package) for package in product} == product


def test_apprise_is_bound_to_one_release() -> None:
    (apprise,) = [r for r in map(Requirement, RUNTIME) if r.name == "apprise"]
    assert str(apprise.specifier) == f"=={locked('requirements.lock')['apprise']}"
