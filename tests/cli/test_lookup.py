"""`notifier orders lookup`: the sources are asked with what is on record, and nothing is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, Done, Shop
from tests.shop_api import ShopApi


@pytest.fixture
def api() -> Iterator[ShopApi]:
    """Cottoncast's API, which has order 41 as 3AF7."""
    with ShopApi() as api:
        api.add("3AF7", ref="41", email="jane@example.org")
        yield api


def look_up(shop: Shop, api: ShopApi, *words: str) -> Done:
    """Run the command in a shop whose only remote source is Cottoncast."""
    rules = Path(shop.folder, "rules.yaml")
    rules.write_text(
        (ROOT / "rules.yaml").read_text().replace("sources: [registered]\n", "sources: [cottoncast]\n", 1)
        + f"sources: {{ cottoncast: {{ url: {api.url}, user: {api.user}, secret: {api.secret} }} }}\n"
    )
    return shop.run("orders", "lookup", *words, NOTIFIER_RULES=str(rules))


def rows(done: Done) -> list[list[str]]:
    return [line.split("\t") for line in done.stdout.splitlines()]


def test_the_id_on_record_is_asked_with(story: Shop, api: ShopApi) -> None:
    done = look_up(story, api, "41")

    assert (done.returncode, done.stderr) == (0, "")
    ((name, kind, said),) = rows(done)[1:]
    assert (name, kind) == ("cottoncast", "found")
    assert said.startswith("ja…@example.org")
    assert [one.path for one in api.asked] == ["/order/3AF7"]


def test_an_id_that_is_given_counts_more_than_the_one_on_record(story: Shop, api: ShopApi) -> None:
    done = look_up(story, api, "41", "--order-id", "OTHER")

    assert (done.returncode, rows(done)[1][1]) == (1, "not_found")
    assert [one.path for one in api.asked] == ["/order/OTHER"]


@pytest.mark.parametrize("is_recorded", [True, False])
def test_without_any_id_nobody_is_asked_and_the_option_is_named(
    request: pytest.FixtureRequest, shop: Shop, api: ShopApi, is_recorded: bool
) -> None:
    if is_recorded:
        request.getfixturevalue("story")  # with a database in which nothing is known of order 43

    done = look_up(shop, api, "43")

    assert done.returncode == 1
    ((name, kind, said),) = rows(done)[1:]
    assert (name, kind) == ("cottoncast", "not_asked")
    assert said.endswith("; add --order-id")
    assert json.loads(look_up(shop, api, "43", "--json").stdout)["cottoncast"]["answer"] == "not_asked"
    assert api.asked == []
    assert shop.database.exists() is is_recorded
