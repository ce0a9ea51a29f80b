"""`notifier forget`: what is personal goes, when somebody really said so."""

from __future__ import annotations

import pytest

from notifier.contacts import lenient
from notifier.store.sqlite.store import SqliteStore
from tests import factories
from tests.cli.conftest import NOW, Shop

REFS = {"41", "43", "44", "45", "46"}
PHONE = "nothing is on record under this reference; a phone number begins with +, such as +31612345678"


@pytest.fixture
def people(story: Shop) -> Shop:
    """Order 41 is Jane's, and so is 43 by her address and 44 by her phone; 45 is somebody else's."""
    store = SqliteStore(story.database)
    jane = factories.JANE
    other = factories.Contact("Joe", "joe@example.org", "+31687654321")
    store.orders.register(
        [
            ("43", factories.finding(factories.Contact(email=jane.email))),
            ("44", factories.finding(factories.Contact(phone=jane.phone))),
            ("45", factories.finding(other)),
            ("46", factories.finding(lenient.contact({"email": '"taro..y"@Docomo.ne.jp'}))),
        ],
        NOW,
    )
    store.close()
    return story


def contacts(shop: Shop) -> set[str]:
    """Return the references of orders whose contact is still known."""
    store = SqliteStore(shop.database)
    known = {ref for ref in REFS if (order := store.orders.get(ref)) and order.contact}
    store.close()
    return known


@pytest.mark.parametrize(
    ("words", "forgotten"),
    [
        (["41"], {"41"}),
        (["jane@example.org"], {"41", "43"}),
        (["Jane@EXAMPLE.org"], {"41", "43"}),
        (["+31 6 1234 5678"], {"41", "44"}),
        (["taro..y@docomo.ne.jp"], {"46"}),
        (['"Taro..y"@DOCOMO.ne.jp'], {"46"}),
    ],
)
def test_forget_erases_an_order_or_all_of_a_person(
    people: Shop, words: list[str], forgotten: set[str]
) -> None:
    done = people.run("forget", *words, "--yes")

    assert done.returncode == 0
    assert set(done.stdout.splitlines()) == forgotten
    assert f"this erases all that is personal of {len(forgotten)} order" in done.stderr
    assert ("the address is their contact's" in done.stderr) is (words != ["41"])
    counted = f"{len(forgotten)} order{'s' * (len(forgotten) > 1)} forgotten"
    assert done.stderr.splitlines()[-1] == f"{counted}; backups made before still hold it"
    assert contacts(people) == REFS - forgotten
    for personal in ("jane", "Jane", "31612345678"):
        assert personal not in done.stdout + done.stderr


def test_of_an_order_with_another_contact_by_now_only_the_messages_are_erased_and_that_is_said(
    people: Shop,
) -> None:
    store = SqliteStore(people.database)
    store.orders.register([("41", factories.finding(factories.Contact(email="new@example.org")))], NOW)
    store.close()

    done = people.run("forget", "jane@example.org", "--yes")

    assert done.stdout.splitlines() == ["43"]
    assert done.stderr.splitlines() == [
        "this erases all that is personal of 1 order: 43, for good; registered or looked up, the address is"
        " their contact's",
        "this erases only the messages to this address of 1 order: 41, for good; the rest stays, it is"
        " not their contact's",
        "1 order forgotten, messages of 1 order erased; backups made before still hold it",
    ]
    assert contacts(people) == REFS - {"43"}


def test_an_address_in_old_messages_only_forgets_no_order(people: Shop) -> None:
    store = SqliteStore(people.database)
    for ref in ("41", "43"):
        store.orders.register([(ref, factories.finding(factories.Contact(email="new@example.org")))], NOW)
    store.close()

    done = people.run("forget", "jane@example.org", "--yes")

    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.splitlines() == [
        "this erases only the messages to this address of 1 order: 41, for good; the rest stays, it is"
        " not their contact's",
        "no order forgotten, messages of 1 order erased; backups made before still hold it",
    ]
    assert people.run("forget", "jane@example.org", "--yes").returncode == 66


def test_forget_does_nothing_where_nobody_can_be_asked(people: Shop) -> None:
    done = people.run("forget", "jane@example.org")
    assert (done.returncode, done.stdout) == (2, "")
    assert "this erases all that is personal of 2 orders: 41, 43, for good" in done.stderr
    assert "nothing was erased: there is nobody to ask, add --yes" in done.stderr
    assert contacts(people) == REFS


@pytest.mark.parametrize(("typed", "code", "left"), [("n\n", 1, REFS), ("y\n", 0, REFS - {"41"})])  # fmt: skip  # noqa: E501
def test_forget_asks_on_a_terminal(people: Shop, typed: str, code: int, left: set[str]) -> None:
    ended, screen = people.watch("forget", "41", typed=typed)
    assert ended == code
    assert "this erases all that is personal of 1 order: 41, for good\nGo on? [y/N]: " in screen
    assert contacts(people) == left


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["99"], "nothing is on record for order 99"),
        (["nobody@example.org"], "no order with no…@example.org is on record"),
        (["--ref", "+31612345678"], "nothing is on record for order +31612345678"),
        (["0612345678"], PHONE),
        (["06 12 34-56.78"], PHONE),
        (["(0031) 612345678"], PHONE),
        (["--ref", "0612345678"], "nothing is on record for order 0612345678"),
        (["1234567"], "nothing is on record for order 1234567"),
        (["A12345678"], "nothing is on record for order A12345678"),
    ],
)
def test_forgetting_what_is_not_there_is_66(people: Shop, words: list[str], said: str) -> None:
    done = people.run("forget", *words, "--yes")
    assert (done.returncode, done.stdout, done.stderr) == (66, "", f"error: {said}\n")


def test_a_reference_with_an_at_sign_is_forgotten_when_it_is_said_to_be_one(people: Shop) -> None:
    store = SqliteStore(people.database)
    store.orders.register([("jane@example.org", factories.finding(factories.Contact(name="Joe")))], NOW)
    store.close()
    assert people.run("forget", "--ref", "jane@example.org", "--yes").stdout == "jane@example.org\n"
    assert contacts(people) == REFS


@pytest.mark.parametrize("what", ["jane@", "+31", "+1 not a number"])
def test_what_is_no_address_is_wrong_usage(people: Shop, what: str) -> None:
    done = people.run("forget", what, "--yes")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage: notifier forget" in done.stderr
