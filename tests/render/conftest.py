"""What the tests of rendering share: a folder of templates made from a table, and one order to tell about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from notifier.core.expression import Facts
from notifier.core.shop import Shop
from notifier.render.compiling import load_templates
from notifier.render.sample import samples
from notifier.render.templates import Templates

Write: TypeAlias = Callable[[Mapping[str, str]], Path]
Load: TypeAlias = Callable[[Mapping[str, str]], Templates]

SHIPPED = Path(__file__).parents[2] / "templates"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes files below a new folder and returns the folder."""

    def write(files: Mapping[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / "templates" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path / "templates"

    return write


@pytest.fixture
def load(write: Write) -> Load:
    """Return a function that writes and loads templates."""
    return lambda files: load_templates(write(files))


@pytest.fixture(scope="session")
def shop() -> Shop:
    return Shop(
        name="Example Shop",
        timezone="Europe/Amsterdam",
        url="https://shop.example",
        support_email="help@shop.example",
    )


@pytest.fixture(scope="session")
def shipped() -> Templates:
    """The templates that notifier comes with."""
    return load_templates(SHIPPED)


@pytest.fixture
def order(shop: Shop) -> Facts:
    """Order 41 of Jane, with one parcel."""
    return samples(shop)["one-parcel"]
