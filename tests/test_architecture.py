"""The plan of the house, held to by the imports of every module."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / "notifier").rglob("*.py"))
}

ADAPTERS = frozenset({"config", "sources", "contacts", "render", "store", "channels"})

MAY_IMPORT: dict[str, frozenset[str]] = {
    "": frozenset(),
    "errors": frozenset(),
    "logs": frozenset(),
    "files": frozenset(),
    "counting": frozenset({"errors"}),
    "core": frozenset({"errors"}),
    "addresses": frozenset({"core"}),
    "territories": frozenset(),
    **dict.fromkeys(ADAPTERS, frozenset({"errors", "files", "core", "addresses"})),
    "contacts": frozenset({"errors", "files", "core", "addresses", "territories"}),
    "render": frozenset({"errors", "files", "core", "addresses", "counting"}),
    "config": frozenset({"errors", "files", "core", "addresses", "counting", "territories"}),
    "service": ADAPTERS | {"errors", "core"},
    "web": ADAPTERS | {"errors", "core", "service"},
    "bootstrap": ADAPTERS | {"errors", "logs", "core", "service", "simulation", "web"},
    "simulation": ADAPTERS | {"errors", "core", "service"},
    "demo": frozenset({"errors", "core", "web"}),
    "preview": ADAPTERS | {"errors", "files", "core", "service"},
    "cli": ADAPTERS
    | {"", "addresses", "errors", "logs", "files", "core", "service"}
    | {"simulation", "web", "bootstrap", "demo", "preview"},
    "__main__": frozenset({"cli"}),
}
"""Each part of the package, and the other parts that it may import."""

PURE = frozenset(
    {
        "__future__",
        "base64",
        "collections",
        "collections.abc",
        "dataclasses",
        "datetime",
        "enum",
        "functools",
        "hashlib",
        "hmac",
        "itertools",
        "json",
        "math",
        "re",
        "typing",
        "unicodedata",
        "zoneinfo",
    }
)
"""What the core may import of the standard library: nothing that reads a clock, file, socket or chance.

The rules of time zones are constants that happen to be kept in files: the same
arguments give the same answer, so `zoneinfo` is let in for the sake of wall time.
"""

CLOCKS = frozenset({"now", "utcnow", "today", "open", "input", "print", "uuid4", "system", "__import__"})
"""Names of calls that no argument makes pure."""

SQL = re.compile(
    r"\b(SELECT\s.*\bFROM|INSERT\s+(OR\s+\w+\s+)?INTO|REPLACE\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM"
    r"|(CREATE|DROP|ALTER)\s+(UNIQUE\s+)?(TABLE|INDEX)|PRAGMA\s+\w|BEGIN\s+IMMEDIATE)",
    re.DOTALL,
)


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(), str(MODULES[module]))


def imports(module: str, within: ast.AST | None = None) -> Iterator[str]:
    """Yield the dotted name of every module that `module` imports, anywhere in it."""
    for node in ast.walk(within or tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno} imports relatively"
            assert node.module is not None
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else node.module


def part(module: str) -> str:
    """Return the part of the package that a module belongs to, '' for the package itself."""
    return [*module.split("."), ""][1]


def is_own(name: str) -> bool:
    return name.split(".")[0] == "notifier"


each_module = pytest.mark.parametrize("module", MODULES)


def test_every_part_of_the_package_has_its_place_in_the_plan() -> None:
    assert {part(module) for module in MODULES} == set(MAY_IMPORT)


@each_module
def test_imports_go_one_way(module: str) -> None:
    allowed = MAY_IMPORT[part(module)] | {part(module)}

    wrong = [name for name in imports(module) if is_own(name) and part(name) not in allowed]

    assert wrong == []


def test_the_plan_itself_goes_one_way() -> None:
    done: set[str] = set()
    left = dict(MAY_IMPORT)
    while left:
        ready = {name for name, needs in left.items() if needs <= done}
        assert ready, f"a circle among {sorted(left)}"
        done |= ready
        for name in ready:
            del left[name]


@each_module
def test_own_modules_are_imported_at_the_top(module: str) -> None:
    functions = [n for n in ast.walk(tree(module)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]

    assert [name for function in functions for name in imports(module, function) if is_own(name)] == []


@pytest.mark.parametrize("module", [m for m in MODULES if part(m) in ("core", "errors")])
def test_the_core_is_pure(module: str) -> None:
    foreign = {name for name in imports(module) if not is_own(name)}
    called = {
        function.attr if isinstance(function, ast.Attribute) else function.id
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Call) and isinstance(function := node.func, ast.Attribute | ast.Name)
    }

    assert foreign <= PURE
    assert called.isdisjoint(CLOCKS)


@pytest.mark.parametrize(
    ("library", "where"),
    [
        ("falcon", "web preview"),
        ("apprise", "channels"),
        ("sqlite3", "store"),
        ("sqlite_utils", "store"),
        ("pydantic", "config"),
        ("ruamel", "config"),
        ("holidays", "config"),
        ("httpx", "contacts"),
        ("httpcore", "contacts"),
        ("gunicorn", "web"),
        ("prometheus_client", "web"),
    ],
)
def test_a_library_is_known_in_one_place(library: str, where: str) -> None:
    users = {part(m) for m in MODULES for name in imports(m) if name.split(".")[0] == library}

    assert users == set(where.split())


@pytest.mark.parametrize("module", [m for m in MODULES if part(m) != "store"])
def test_only_the_store_speaks_sql(module: str) -> None:
    found = [
        node.value
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value)
    ]

    assert found == []


def test_sql_is_known_for_what_it_is() -> None:
    """The engine's own statements are found by the same look; else the test above proves nothing."""
    spoken = [
        module
        for module in MODULES
        if any(
            isinstance(n, ast.Constant) and isinstance(n.value, str) and SQL.search(n.value)
            for n in ast.walk(tree(module))
        )
    ]

    assert {part(m) for m in spoken} == {"store"}
    assert {m.rpartition(".")[2] for m in spoken} >= {"updates", "outbox", "orders", "channels", "schema"}


@pytest.mark.parametrize("module", [m for m in MODULES if part(m) not in ("web", "demo")])
def test_only_the_web_is_asynchronous(module: str) -> None:
    waits = ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith

    assert not any(isinstance(node, waits) for node in ast.walk(tree(module)))
    assert "asyncio" not in set(imports(module))


@each_module
def test_a_module_holds_one_idea(module: str) -> None:
    assert len(MODULES[module].read_text().splitlines()) < 300


@each_module
def test_a_module_says_what_it_is(module: str) -> None:
    assert (
        MODULES[module].stat().st_size == 0 or ast.get_docstring(tree(module)) or module.endswith("__main__")
    )


def loaded(modules: str) -> set[str]:
    """Return the top-level packages that a fresh process has after importing `modules`."""
    code = f"import {modules}; import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return {name.split(".")[0] for name in done.stdout.split()}


def test_the_web_process_loads_nothing_that_only_the_worker_needs() -> None:
    assert loaded("notifier.bootstrap.web, notifier.cli.web").isdisjoint(
        {
            "apprise",
            "pydantic",
            "jinja2",
            "ruamel",
            "babel",
            "requests",
            "httpx",
            "httpcore",
            "jmespath",
            "holidays",
        }
    )


def test_the_worker_process_loads_nothing_that_only_the_web_needs() -> None:
    assert loaded("notifier.bootstrap.worker, notifier.cli.worker").isdisjoint(
        {"falcon", "gunicorn", "uvloop", "prometheus_client"}
    )


def test_the_command_line_starts_with_little() -> None:
    assert loaded("notifier.cli.main").isdisjoint({"apprise", "pydantic", "falcon", "sqlite_utils"})
