"""`notifier orders import` as a process, on a database of its own."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from notifier.core.contact import Contact
from notifier.core.order import Order
from notifier.store.sqlite.store import SqliteStore
from tests import factories
from tests.cli.conftest import Done, Shop

NUMBER = "Total=attributes.total:number"
TABLE = """\
Order Number;First Name;Last Name;E-Mail;Phone;Country;Language;Marketing;Channels;Total
41;Jane;Example;jane@example.org;06 12345678;NL;nl_NL;yes;email sms;49,90
42;Zoë;Ünal;zoe@bücher.example;;DE;de;;;12.50
"""
MIXED = """\
ref,email,country
1,a@example.org,NL
2,secret-address@,NL
3,c@example.org,Atlantis
4,d@example.org,NL
1,e@example.org,NL
5,"broken,NL
6,f@example.org,NL,extra
7,g@example.org,NL
"""


def write(shop: Shop, name: str, text: str | bytes) -> None:
    (shop.folder / name).write_bytes(text.encode() if isinstance(text, str) else text)


@contextlib.contextmanager
def opened(shop: Shop) -> Iterator[SqliteStore]:
    store = SqliteStore(shop.database)
    store.migrate()
    try:
        yield store
    finally:
        store.close()


def order(shop: Shop, ref: str) -> Order | None:
    with opened(shop) as store:
        return store.orders.get(ref)


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("NOTIFIER_")}


def imported(shop: Shop, *words: str, **settings: str) -> Done:
    return shop.run("orders", "import", *words, **settings)


def test_a_table_is_understood_told_and_registered(shop: Shop) -> None:
    write(shop, "orders.csv", TABLE)
    done = imported(shop, "orders.csv", "--map", NUMBER)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "COLUMN\tIS",
        "Order Number\tref",
        "First Name\tcontact.first_name",
        "Last Name\tcontact.last_name",
        "E-Mail\tcontact.email",
        "Phone\tcontact.phone",
        "Country\tcontact.country",
        "Language\tcontact.locale",
        "Marketing\tcontact.marketing",
        "Channels\tcontact.channels",
        "Total\tattributes.total:number",
        "2 orders registered, 2 of them new; 0 lines refused",
    ]
    jane = order(shop, "41")
    assert jane
    assert jane.contact == Contact(
        "Jane Example",
        "jane@example.org",
        "+31612345678",
        "nl-NL",
        "NL",
        channels=frozenset({"email", "sms"}),
        marketing=True,
    )
    assert jane.attributes == {"total": 49.9}
    zoe = order(shop, "42")
    assert zoe
    assert zoe.contact
    assert (zoe.contact.name, zoe.contact.email) == ("Zoë Ünal", "zoe@xn--bcher-kva.example")


def test_what_was_held_for_an_order_is_decided(shop: Shop) -> None:
    with opened(shop) as store:
        store.updates.record([factories.received(ref=ref) for ref in ("41", "43", "44", "99")], factories.T0)
    write(shop, "orders.csv", TABLE)
    done = imported(shop, "orders.csv", "--map", NUMBER)
    assert done.stdout.endswith(" 0 lines refused; 1 waiting update is decided now\n")
    write(shop, "more.jsonl", '{"ref":"43"}\n{"ref":"44"}\n')
    assert imported(shop, "more.jsonl").stdout.endswith("; 2 waiting updates are decided now\n")
    with opened(shop) as store:
        assert store.updates.counts() == {"undecided": 3, "held": 1}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("o.jsonl", '{"ref":"41","items":[{"name":"Poster"}]}\n{"ref":42}\n', id="json lines"),
        pytest.param("o.json", '[{"ref":"41","items":[{"name":"Poster"}]},{"ref":42}]', id="list"),
        pytest.param(
            "o.txt", '{"orders":[{"ref":"41","items":[{"name":"Poster"}]},{"ref":42}]}', id="object"
        ),
    ],
)
def test_json_is_registered_too(shop: Shop, name: str, text: str) -> None:
    write(shop, name, text)
    done = imported(shop, name)
    assert done.stdout == "2 orders registered, 2 of them new; 0 lines refused\n"
    first = order(shop, "41")
    assert first
    assert [item.name for item in first.items] == ["Poster"]


def test_what_is_refused_is_told_by_line_and_reason_and_the_rest_is_registered(shop: Shop) -> None:
    write(shop, "o.csv", MIXED)
    done = imported(shop, "o.csv", "--strict", "--refused", "r.csv")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "error: o.csv:3: contact.email: There must be something after the @-sign",
        "error: o.csv:4: contact.country: must be a country code of two letters (ISO 3166), such as NL, or"
        " its name",
        "error: o.csv:7: has a quotation mark that does not fit",
        "error: o.csv:8: has 4 cells, and the heading has 3",
        "warning: o.csv:6: contact.email: is not what line 2 says of the same order; this one counts",
    ]
    assert "3 orders registered, 3 of them new; 4 lines refused" in done.stdout
    assert "secret-address" not in done.stdout + done.stderr
    last = order(shop, "1")
    assert last
    assert last.contact
    assert last.contact.email == "e@example.org"
    assert (order(shop, "2"), order(shop, "5")) == (None, None)


ODD = """\
Bestelnummer;Naam;E-mailadres;Telefoon;Land;Marketing;Totaal
="00041";Jane;jane@example.org;'+31612345678;Nederland;WAAR;1.234,50
42;Zoë;zoe@;n/a;UK;misschien;veel
2.02611E+14;Joe;joe@example.org;;NL;;1
43;Ann;ann@example.org;="0612345678";NLD;nee;2
"""


def test_one_odd_field_does_not_lose_a_customer(shop: Shop) -> None:
    write(shop, "o.csv", f"sep=;\n{ODD}".encode("cp1252"))
    done = imported(shop, "o.csv", "--map", "Totaal=attributes.total:number")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "error: o.csv:5: ref (Bestelnummer): the spreadsheet has shortened this number, and its last digits"
        " are lost; format the column as text there, fill in the numbers again, and save the file anew",
        "warning: o.csv:4: attributes.total (Totaal): must be a number such as 1249, 1249.90, 1249,90 or"
        " 1.249,90, without a currency; it is left out",
        "warning: o.csv:4: contact.email (E-mailadres): There must be something after the @-sign;"
        " it is left out",
        "warning: o.csv:4: contact.phone (Telefoon): it is not a phone number; it is left out",
        "warning: o.csv:4: contact.marketing (Marketing): must be true or false; it is left out",
    ]
    jane, zoe, ann = (order(shop, ref) for ref in ("00041", "42", "43"))
    assert jane
    assert jane.contact == Contact("Jane", "jane@example.org", "+31612345678", country="NL", marketing=True)
    assert jane.attributes == {"total": 1234.5}
    assert zoe
    assert zoe.contact
    assert (zoe.contact.name, zoe.contact.country, zoe.contact.marketing) == ("Zoë", "GB", False)
    assert set(zoe.contact.unusable) == {"email", "phone", "marketing"}
    assert ann
    assert ann.contact == Contact("Ann", "ann@example.org", "+31612345678", country="NL", marketing=False)


def test_all_that_cannot_be_used_is_told_as_json(shop: Shop) -> None:
    write(shop, "o.jsonl", '{"ref":"1","contact":{"phone":"n/a","email":"a@example.org"}}\n')
    told = json.loads(imported(shop, "o.jsonl", "--json").stdout)
    assert (told["accepted"], told["refused"]) == (1, [])
    assert told["unusable"] == [
        {"line": 1, "field": "contact.phone", "reason": "malformed", "message": "it is not a phone number"}
    ]


def test_what_is_refused_strictly_is_told_with_all_its_problems(shop: Shop) -> None:
    write(shop, "o.csv", "ref,email,phone\n1,jane@,n/a\n")
    done = imported(shop, "o.csv", "--strict")
    assert (done.returncode, done.stderr) == (
        1,
        "error: o.csv:2: contact.email: There must be something after the @-sign; contact.phone: it is not a"
        " phone number\n",
    )


def test_what_was_refused_is_mended_in_its_own_file_and_imported(shop: Shop) -> None:
    write(shop, "o.csv", MIXED)
    imported(shop, "o.csv", "--strict", "--refused", "r.csv")
    refused = shop.folder / "r.csv"
    assert refused.stat().st_mode & 0o777 == 0o600, "these are customers' data"
    again = imported(shop, "r.csv", "--strict")
    assert (again.returncode, len(again.stderr.splitlines())) == (1, 4), "nothing is mended by itself"
    mended = refused.read_text().replace("secret-address@", "b@example.org").replace("Atlantis", "NL")
    refused.write_text("".join(mended.splitlines(keepends=True)[:3]))
    assert imported(shop, "r.csv", "--strict").returncode == 0
    second = order(shop, "2")
    assert second
    assert second.contact
    assert second.contact.email == "b@example.org"


def test_a_file_from_excel_is_written_as_excel_reads_it(shop: Shop) -> None:
    write(shop, "o.csv", b"\xef\xbb\xbfBestelnummer;E-mailadres\r\n41;zo\xc3\xab@x\r\n42;b@example.org;x\r\n")
    done = imported(shop, "o.csv", "--strict", "--refused", "r.csv")
    reasons = [line.partition("csv:")[2] for line in done.stderr.splitlines()]
    assert reasons == [
        "2: contact.email (E-mailadres): Internationalized characters before the @-sign are not supported",
        "3: has 3 cells, and the heading has 2",
    ]
    first = (shop.folder / "r.csv").read_bytes()
    assert first == (
        b"\xef\xbb\xbfBestelnummer;E-mailadres;;refused\r\n"
        b"41;zo\xc3\xab@x;;" + reasons[0][3:].encode() + b"\r\n"
        b"42;b@example.org;x;has 3 cells, and the heading has 2\r\n"
    )
    again = imported(shop, "r.csv", "--strict", "--refused", "again.csv")
    assert [line.partition("csv:")[2] for line in again.stderr.splitlines()] == reasons
    assert (shop.folder / "again.csv").read_bytes() == first


def test_what_was_refused_is_written_through_no_link_and_the_rest_is_registered(shop: Shop) -> None:
    (shop.folder / "o.csv").write_text("ref,email\n1,jane@example.org\n,no reference\n")
    (shop.folder / "theirs").write_text("theirs")
    (shop.folder / "r.csv").symlink_to("theirs")
    done = imported(shop, "o.csv", "--refused", "r.csv")
    assert "warning: r.csv cannot be written: a symbolic link; name the file itself" in done.stderr
    assert "1 order registered, 1 of them new; 1 line refused" in done.stdout
    assert (shop.folder / "theirs").read_text() == "theirs"


def test_no_file_is_written_if_nothing_was_refused(shop: Shop) -> None:
    write(shop, "o.jsonl", '{"ref":"1"}')
    assert imported(shop, "o.jsonl", "--refused", "r.jsonl").returncode == 0
    assert not (shop.folder / "r.jsonl").exists()


SHOPIFY = """\
Name,Email,Total,Lineitem name,Billing Name,Billing Phone,Billing Country
#1001,jane@example.org,49.90,Mug,Jane Example,06 12345678,NL
#1001,,,Poster,,,
#1002,joe@example.org,12.50,Mug,Joe Payer,,BE
#1001,,,Shirt,,,
"""
MAPS = ["--map", "Name=ref", "--map", NUMBER, "--map", "Lineitem name=-"]


def test_a_line_for_each_item_takes_nothing_of_what_the_first_line_says(shop: Shop) -> None:
    write(shop, "o.csv", SHOPIFY)
    done = imported(shop, "o.csv", *MAPS)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("2 orders registered, 2 of them new; 0 lines refused\n")
    jane = order(shop, "#1001")
    assert jane
    assert jane.contact == Contact("Jane Example", "jane@example.org", "+31612345678", country="NL")
    assert jane.attributes == {"total": 49.9}


def test_an_order_is_refused_with_all_its_lines_and_mended_with_them(shop: Shop) -> None:
    write(shop, "o.csv", SHOPIFY.replace("jane@example.org", "jane@"))
    done = imported(shop, "o.csv", "--strict", *MAPS, "--refused", "r.csv")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "error: o.csv:2: contact.email (Email): There must be something after the @-sign",
        "error: o.csv:3: another line of the same order is refused",
        "error: o.csv:5: another line of the same order is refused",
    ]
    assert (order(shop, "#1001"), order(shop, "#1002") is None) == (None, False)
    refused = shop.folder / "r.csv"
    refused.write_text(refused.read_text().replace("jane@,", "jane@example.org,"))
    assert imported(shop, "r.csv", "--strict", *MAPS).returncode == 0
    jane = order(shop, "#1001")
    assert jane
    assert jane.contact
    assert jane.contact.email == "jane@example.org"


def test_orders_that_were_forgotten_and_come_back_are_named(shop: Shop) -> None:
    write(shop, "o.csv", "ref,email\n1,a@example.org\n2,b@example.org\n")
    imported(shop, "o.csv")
    with opened(shop) as store:
        store.orders.forget("2", factories.T0)
    done = imported(shop, "o.csv")
    assert done.stderr == "warning: 1 order had been forgotten and is known again: 2\n"
    assert json.loads(imported(shop, "o.csv", "--json").stdout)["brought_back"] == []


def test_a_dry_run_checks_everything_and_writes_nothing(shop: Shop) -> None:
    write(shop, "o.csv", MIXED)
    done = imported(shop, "o.csv", "--strict", "--dry-run", "--refused", "r.csv")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 5
    assert done.stdout.endswith("3 orders can be registered; 4 lines refused\n")
    assert not shop.database.exists()
    assert (shop.folder / "r.csv").exists()


def test_all_of_it_is_told_as_json(shop: Shop) -> None:
    write(shop, "o.csv", MIXED)
    done = imported(shop, "o.csv", "--strict", "--json")
    assert (done.returncode, done.stderr) == (1, "")
    told = json.loads(done.stdout)
    assert [entry["line"] for entry in told.pop("refused")] == [3, 4, 7, 8]
    assert told == {
        "dry_run": False,
        "columns": {"ref": "ref", "email": "contact.email", "country": "contact.country"},
        "accepted": 3,
        "new": 3,
        "released": 0,
        "brought_back": [],
        "unusable": [],
        "contradictions": [{"line": 6, "before": 2, "field": "contact.email"}],
    }


def test_only_the_first_twenty_refusals_are_shown(shop: Shop) -> None:
    write(shop, "o.csv", "ref,email\n" + "1,wrong\n" * 30)
    said = imported(shop, "o.csv", "--strict").stderr.splitlines()
    assert len(said) == 21
    assert said[-1] == "error: … and 10 more; --refused FILE or --json tells all of them"


@pytest.mark.parametrize(
    ("text", "words", "code", "message"),
    [
        pytest.param(
            "ref,Total\n",
            [],
            2,
            'Error: column Total is not understood: add --map "Total=attributes.total",'
            ' or --map "Total=-" to leave it out',
            id="column",
        ),
        pytest.param(
            "email\n",
            [],
            2,
            'Error: no column is the reference of the order: add --map "COLUMN=ref"',
            id="reference",
        ),
        pytest.param("ref\n", ["--map", "ref"], 2, 'Error: --map "ref": expected COLUMN=FIELD', id="map"),
        pytest.param(
            "ref\n",
            ["--format", "xml"],
            2,
            "Error: Invalid value for '--format': 'xml' is not one of 'csv', 'json', 'jsonl'.",
            id="format",
        ),
        pytest.param(
            "ref,name\n1,Dvořák\n".encode("cp1250"),
            [],
            1,
            "error: o.txt: line 2: is not UTF-8; in Excel save the file as CSV"
            " UTF-8, or convert it with iconv -f ENCODING -t UTF-8",
            id="Central Europe",
        ),
        pytest.param("", [], 1, "error: o.txt: line 1: must hold the names of the columns", id="empty"),
        pytest.param(
            "[1,", [], 1, "error: o.txt: the file is not JSON: Expecting value (line 1, column 4)", id="json"
        ),
    ],
)
def test_a_file_that_is_not_understood_is_left_alone(
    shop: Shop, text: str | bytes, words: list[str], code: int, message: str
) -> None:
    write(shop, "o.txt", text)
    done = imported(shop, "o.txt", *words)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (code, message)
    assert not shop.database.exists()


def test_a_file_that_is_not_there_is_said_so(shop: Shop) -> None:
    done = imported(shop, "none.csv")
    assert (done.returncode, done.stderr) == (
        66,
        "error: none.csv cannot be read: No such file or directory\n",
    )


def test_more_than_a_batch_is_registered_and_found_again(shop: Shop) -> None:
    write(shop, "o.csv", "ref,email\n" + "".join(f"{n},c{n}@example.org\n" for n in range(1234)))
    assert (
        imported(shop, "o.csv")
        .stdout.splitlines()[-1]
        .startswith("1,234 orders registered, 1,234 of them new")
    )
    assert (
        imported(shop, "o.csv").stdout.splitlines()[-1].startswith("1,234 orders registered, 0 of them new")
    )


def test_a_database_that_cannot_take_it_ends_the_import_with_a_word(shop: Shop) -> None:
    with opened(shop):
        pass
    write(shop, "o.jsonl", '{"ref":"1"}\n')
    impatient = "import notifier.store.sqlite.database as d; d.LOCK_WAIT = 0.3"
    with shop.database.with_name("notifier.db.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = shop.run("orders", "import", "o.jsonl", before=impatient)
    assert done.returncode == 75
    assert "the database's write lock was held for more than" in done.stderr


def test_standard_input_is_a_file_like_any_other(shop: Shop) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "notifier", "orders", "import", "-"],
        input=b'{"ref":"1"}\n{"contact":{}}\n',
        cwd=shop.folder,
        env=environment(),
        capture_output=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (1, b"error: -:2: ref: is missing\n")
    assert order(shop, "1")


@pytest.mark.parametrize("name", ["o.csv", "-"], ids=["file", "standard input"])
def test_on_a_terminal_there_is_a_bar_that_shows_how_far_it_is(shop: Shop, name: str) -> None:
    write(shop, "o.csv", "ref,email\n" + "".join(f"{n},c{n}@example.org\n\n" for n in range(5000)))
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "wb") as terminal, (shop.folder / "o.csv").open("rb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "notifier", "orders", "import", name],
            cwd=shop.folder,
            stdin=file,
            stdout=subprocess.DEVNULL,
            stderr=terminal,
            env=environment() | {"TERM": "xterm", "COLUMNS": "60"},
        )
    shown = b""
    with contextlib.suppress(OSError):  # Linux says EIO once nobody holds the other end
        while chunk := os.read(ours, 65_536):
            shown += chunk
    os.close(ours)
    assert process.wait(60) == 0
    screens = re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "", shown.decode()).split("\r")
    bars = [screen for screen in screens if "orders" in screen]
    assert re.search(r"orders \S+ +0/5000 -:--:--", bars[0])
    assert re.search(r"orders \S+ 5000/5000 0:00:00", bars[-1])


@pytest.mark.parametrize(("lines", "more"), [(22, "1 more contradiction;"), (23, "2 more contradictions;")])
def test_only_the_first_twenty_contradictions_are_shown(shop: Shop, lines: int, more: str) -> None:
    write(shop, "o.csv", "ref,email\n" + "".join(f"1,a{n}@example.org\n" for n in range(lines)))
    said = imported(shop, "o.csv").stderr.splitlines()
    assert len(said) == 21
    assert said[-1] == f"warning: … and {more} --json tells all"
