"""`notifier silence`: made with a reason and an end, listed, and ended."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from notifier.core.alert import FOREVER
from notifier.service import silencing
from notifier.store.sqlite.store import SqliteStore
from tests.cli.conftest import Shop
from tests.cli.operating import open_alert

NOW = time.time()
WHY = ("--reason", "strike, we know")


@pytest.fixture
def store(shop: Shop, worker: None) -> Iterator[SqliteStore]:
    store = SqliteStore(shop.database)
    store.migrate()
    yield store
    store.close()


def test_one_says_what_it_stops_until_when_and_what_it_covers_now(shop: Shop, store: SqliteStore) -> None:
    open_alert(store, "41", NOW - 60)
    done = shop.run("silence", "add", "rule=lost", "carrier=PostNL,dhl", "--for", "2h", *WHY, "--by", "Jo")
    assert done.returncode == 0, done.stderr
    first, *rest = done.stdout.splitlines()
    assert first.startswith(
        "silence 1: messages to operators with rule lost and carrier PostNL or dhl stay unsaid until 20"
    )
    assert "Europe/Amsterdam)" in first
    assert rest == ["  open now, and quiet: alert 1 (lost, order 41)", "  customers are told as ever"]
    (made,) = store.silences.current(NOW)
    assert made.matchers == {"rule": ("lost",), "carrier": ("PostNL", "dhl")}
    assert (made.reason, made.author, made.customers) == ("strike, we know", "Jo", False)
    assert 7100 < made.ends_at - time.time() <= 7200


def test_customers_are_silenced_only_when_that_is_said(shop: Shop, store: SqliteStore) -> None:
    done = shop.run("silence", "add", "--everything", "--for", "1h", *WHY, "--customers", USER="jo")
    assert "all messages to operators and customers stay unsaid" in done.stdout
    assert "customers are told as ever" not in done.stdout
    (made,) = store.silences.current(NOW)
    assert (made.matchers, made.customers, made.author) == ({}, True, "jo")


def test_json_gives_the_silence(shop: Shop, store: SqliteStore) -> None:
    done = shop.run("silence", "add", "ref=41", "--for", "3d", *WHY, "--by", "Jo", "--json")
    assert json.loads(done.stdout)["matchers"] == {"ref": ["41"]}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--for", "1h", *WHY), "say what to keep quiet, such as rule=problem, or --everything"),
        (
            ("rule=lost", "--everything", "--for", "1h", *WHY),
            "--everything and FIELD=VALUE exclude each other",
        ),
        (("rule=lost", *WHY), "say how long: --for 2h, or --until 18:00"),
        (("rule=lost", "--for", "1h", "--until", "18:00", *WHY), "say how long"),
        (("rule=lost", "--for", "1h"), "Missing option '--reason'"),
        (("rule=lost", "--for", "1h", "--reason", " "), "--reason: is empty"),
        (("rule=lost", "--for", "2", *WHY), "--for: needs a unit"),
        (("rule=lost", "--until", "2099-01-01", *WHY), "--until: is more than ten years off"),
        (("rule=lost", "--until", "yesterday", *WHY), "--until: is no time"),
        (("carier=dhl", "--for", "1h", *WHY), "carier: is not a field; did you mean `carrier`?"),
        (("carrier", "--for", "1h", *WHY), "carrier: must be FIELD=VALUE"),
        (("rule=", "--for", "1h", *WHY), "rule: is empty"),
        (("severity=hgih", "--for", "1h", *WHY), "severity: is no severity"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_nothing_is_made(
    shop: Shop, store: SqliteStore, words: tuple[str, ...], said: str
) -> None:
    done = shop.run("silence", "add", *words, "--by", "Jo")
    assert (done.returncode, done.stdout) == (2, "")
    assert said in " ".join(done.stderr.split())
    assert store.silences.newest(10) == []


def test_a_rule_that_there_is_not_is_a_warning(shop: Shop, store: SqliteStore) -> None:
    done = shop.run("silence", "add", "rule=problm", "--for", "1h", *WHY, "--by", "Jo")
    assert done.returncode == 0
    assert "there is no rule `problm`; did you mean `problem`?" in done.stderr


def test_rules_that_cannot_be_read_keep_nobody_from_a_silence(shop: Shop, store: SqliteStore) -> None:
    shop.folder.joinpath("broken.yaml").write_text("version: 1\nrules: 5\n")
    done = shop.run(
        "silence", "add", "rule=x", "--for", "1h", *WHY, "--by", "Jo", NOTIFIER_RULES="broken.yaml"
    )
    assert done.returncode == 0
    assert "rules.yaml cannot be used" in done.stderr
    assert len(store.silences.current(NOW)) == 1


def test_they_are_listed_with_author_and_reason(shop: Shop, store: SqliteStore) -> None:
    assert shop.run("silence", "list").stdout == "nothing is silenced\n"
    store.silences.add({"rule": ("lost", "problem")}, "a strike", "Jo", NOW - 9, NOW + 3600)
    store.silences.add({}, "moved", "Al", NOW - 9, NOW - 5, customers=True)

    (heading, *rows) = [line.split("\t") for line in shop.run("silence", "list").stdout.splitlines()]
    assert heading == ["ID", "STATE", "WHAT", "TO", "FROM", "UNTIL", "BY", "REASON"]
    assert [row[:4] + row[6:] for row in rows] == [
        ["1", "in force", "rule=lost,problem", "operators", "Jo", "a strike"]
    ]
    every = [line.split("\t") for line in shop.run("silence", "list", "--all").stdout.splitlines()[1:]]
    assert [row[:4] for row in every] == [
        ["2", "over", "everything", "everybody"],
        ["1", "in force", "rule=lost,problem", "operators"],
    ]
    shown = json.loads(shop.run("silence", "list", "--all", "--json").stdout)
    assert [one["state"] for one in shown] == ["over", "in force"]
    code, screen = shop.watch("silence", "list", "--all")
    assert code == 0
    assert all(len(line) <= 80 for line in screen.splitlines())


def test_one_is_ended(shop: Shop, store: SqliteStore) -> None:
    store.silences.add({"rule": ("lost",)}, "a strike", "Jo", NOW - 9, NOW + 3600)
    done = shop.run("silence", "end", "1")
    assert done.returncode == 0
    assert done.stdout == "silence 1 is over: messages to operators with rule lost go out again\n"
    assert store.silences.current(time.time()) == []
    again = shop.run("silence", "end", "1")
    assert (again.returncode, "is over already" in again.stderr) == (1, True)
    assert shop.run("silence", "end", "9").returncode == 66


@pytest.mark.parametrize(
    ("begun", "offered"),
    [("ca", ["carrier="]), ("severity=w", ["severity=warning"]), ("rule=lo", ["rule=lost"]),
     ("rule=lost,pro", ["rule=lost,problem"]), ("status=en", ["status=en_route"])],
)  # fmt: skip
def test_the_shell_completes_fields_and_what_is_known_of_them(
    shop: Shop, begun: str, offered: list[str]
) -> None:
    done = shop.run(
        _NOTIFIER_COMPLETE="bash_complete", COMP_WORDS=f"notifier silence add {begun}", COMP_CWORD="3"
    )
    assert [line.partition(",")[2] for line in done.stdout.splitlines()] == offered


def test_one_can_begin_later_and_get_another_end(shop: Shop, store: SqliteStore) -> None:
    add = ("silence", "add", "rule=lost", "--from", "2030-03-04 09:00", "--for", "2h", *WHY, "--by", "Jo")
    done = shop.run(*add)
    assert done.returncode == 0, done.stderr
    assert "stay unsaid from 2030-03-04 " in done.stdout
    (made,) = store.silences.current(NOW)
    assert made.ends_at - made.starts_at == 7200
    assert made.starts_at > NOW
    longer = shop.run("silence", "extend", "1", "--for", "1h")
    assert (longer.returncode, "Mon 12:00 Europe" in longer.stdout) == (0, True), longer.stderr
    sooner = shop.run("silence", "extend", "1", "--until", "2030-03-04 10:00")
    assert (sooner.returncode, "Mon 10:00 Europe" in sooner.stdout) == (0, True), sooner.stderr
    assert "to come" in shop.run("silence", "list").stdout
    assert shop.run("silence", "extend", "1", "--until", "2030-03-04 08:00").returncode == 2
    assert shop.run("silence", "extend", "1").returncode == 2
    assert shop.run("silence", "extend", "9", "--for", "1h").returncode == 66
    assert shop.run("silence", "end", "1").returncode == 0
    assert shop.run("silence", "extend", "1", "--for", "1h").returncode == 1


def test_one_that_recurs_is_listed_with_its_hours_and_when_it_is_next(shop: Shop, store: SqliteStore) -> None:
    done = shop.run("silence", "add", "rule=stuck", "--every", "sun 01:00-03:00", *WHY, "--by", "Jo")
    assert done.returncode == 0, done.stderr
    assert "with rule stuck stay unsaid sun 01:00-03:00\n" in done.stdout
    (made,) = store.silences.current(NOW)
    assert made.hours is not None
    assert (made.hours.days, made.hours.spans, made.hours.zone) == (
        frozenset({6}), ((60, 180),), "Europe/Amsterdam",
    )  # fmt: skip
    listed = shop.run("silence", "list").stdout
    # Times are shown in UTC until a worker has told the shop's zone.
    hours = "sun 01:00-03:00 (Europe/Amsterdam)"
    assert f"{hours} next 20" in listed or f"{hours} in force until 20" in listed
    (told,) = json.loads(shop.run("silence", "list", "--json").stdout)
    assert told["every"] == "sun 01:00-03:00"
    assert told["state"] in ("to come", "in force")


def test_hours_that_are_none_are_refused_with_an_example(shop: Shop) -> None:
    done = shop.run("silence", "add", "rule=stuck", "--every", "sundays", *WHY)
    assert done.returncode == 2
    assert 'write for example "sun 01:00-03:00"' in done.stderr


def test_one_can_be_edited_and_who_did_it_is_on_record(shop: Shop, store: SqliteStore) -> None:
    shop.run("silence", "add", "rule=problem", "--for", "2h", *WHY, "--by", "Jo")
    words = ("rule=problem,lost", "--every", "01:00-03:00", "--reason", "longer", "--by", "Al")
    done = shop.run("silence", "edit", "1", *words)
    assert done.returncode == 0, done.stderr
    (one,) = store.silences.current(NOW)
    assert one.matchers == {"rule": ("problem", "lost")}
    assert (one.reason, one.author, one.edited_by) == ("longer", "Jo", "Al")
    assert one.hours is not None
    listed = shop.run("silence", "list").stdout
    assert "Jo, changed by Al" in listed
    shop.run("silence", "edit", "1", "--reason", "much longer", "--by", "Ed")
    assert "Jo, changed by Ed" in shop.run("silence", "list").stdout

    assert shop.run("silence", "edit", "1").returncode == 2
    assert shop.run("silence", "edit", "7", "--reason", "x").returncode == 66
    shop.run("silence", "end", "1")
    assert shop.run("silence", "edit", "1", "--reason", "x").returncode == 1


def test_its_times_can_be_edited_and_it_can_be_made_to_recur_no_more(shop: Shop, store: SqliteStore) -> None:
    shop.run("silence", "add", "rule=problem", "--every", "sun 01:00-03:00", *WHY)
    (one,) = store.silences.current(NOW)
    assert one.ends_at == FOREVER
    assert json.loads(shop.run("silence", "list", "--json").stdout)[0]["ends_at"] is None
    endless = shop.run("silence", "edit", "1", "--once")
    assert (endless.returncode, "--for: is missing, and so is --until" in endless.stderr) == (2, True)
    moved = shop.run(
        "silence", "edit", "1", "--once", "--from", "2030-03-04 09:00", "--until", "2030-03-04 11:00"
    )
    assert moved.returncode == 0, moved.stderr
    assert "(Mon 09:00 Europe/Amsterdam) until" in moved.stdout
    (one,) = store.silences.current(NOW)
    assert (one.hours, one.ends_at - one.starts_at) == (None, 7200)
    assert shop.run("silence", "edit", "1", "--for", "1h").returncode == 0
    (one,) = store.silences.current(NOW)
    assert one.ends_at - one.starts_at == 3600
    late = shop.run("silence", "edit", "1", "--from", "2030-03-05 09:00")
    assert (late.returncode, "--from: is after its end" in late.stderr) == (2, True)


@pytest.mark.parametrize(
    "words", [(), ("--by", "Al"), ("--once", "--every", "01:00-02:00"), ("rule=lost", "--everything"),
              ("--for", "1h", "--until", "18:00")],
)  # fmt: skip
def test_an_edit_that_cannot_be_meant_is_refused(
    shop: Shop, store: SqliteStore, words: tuple[str, ...]
) -> None:
    shop.run("silence", "add", "rule=problem", "--for", "2h", *WHY)
    before = store.silences.newest(1)
    assert shop.run("silence", "edit", "1", *words).returncode == 2
    assert store.silences.newest(1) == before


def test_an_endless_one_cannot_be_prolonged_but_be_given_an_end(shop: Shop, store: SqliteStore) -> None:
    shop.run("silence", "add", "rule=problem", "--every", "sun 01:00-03:00", *WHY)
    longer = shop.run("silence", "extend", "1", "--for", "1h")
    assert (longer.returncode, "it has no end" in longer.stderr) == (2, True)
    assert shop.run("silence", "extend", "1", "--until", "2030-03-04 11:00").returncode == 0
    assert store.silences.current(NOW)[0].ends_at < FOREVER


def test_hours_made_in_another_zone_are_shown_with_it(shop: Shop, store: SqliteStore) -> None:
    hours = silencing.every("sun 01:00-03:00", "Asia/Tokyo")
    store.silences.add({}, "backup", "Jo", NOW - 9, FOREVER, hours=hours)
    store.rulesets.take_up("f", ["lost"], NOW, "Europe/Amsterdam")
    assert "sun 01:00-03:00 (Asia/Tokyo)" in shop.run("silence", "list").stdout


def test_of_many_open_alerts_that_it_covers_ten_are_listed(shop: Shop, store: SqliteStore) -> None:
    for number in range(13):
        open_alert(store, f"n{number}", NOW - 60)
    done = shop.run("silence", "add", "--everything", "--for", "1h", *WHY)
    assert done.stdout.count("open now, and quiet") == 10
    assert "  and 3 more: notifier alerts" in done.stdout
