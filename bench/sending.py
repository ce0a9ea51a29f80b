"""Sending: from pending rows to delivered rows, against Apprise as it comes and bare smtplib.

All three hand mails of the same size to the same aiosmtpd in the same run, in turn, so
that the ratios hold when the machine's speed drifts. Ours is `notifier worker` as a
process: it judges, renders, records, sends and settles; its time is that from the first
attempt to the last result in the database. The two baselines send a ready text.
"""

from __future__ import annotations

import smtplib
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path

import apprise

from bench.processes import ROOT, environment, free_port, running
from notifier.channels import mime
from notifier.config.rulefile import load_rules
from notifier.core.contact import REGISTERED, Contact, Finding
from notifier.core.facts import facts
from notifier.core.message import NewMessage, Send
from notifier.core.order import assemble
from notifier.core.plan import Plan
from notifier.core.update import RecordedUpdate, Shipment, Update
from notifier.render.compiling import load_templates
from notifier.store.protocol import Received
from notifier.store.sqlite.store import SqliteStore

ROUNDS = 3
CONCURRENCY = 8
OURS, BARE, STOCK = 3_000, 3_000, 60
"""Mails of a round: ours, smtplib's, Apprise's."""

NOW = 1_622_007_290.0

RULES = """\
version: 1
shop: { name: Example Shop }
channels:
  email: { url: "${env:EMAIL_URL}", to: "{{ contact.email }}" }
rules:
  - { id: shipped, when: shipped, send: { channel: email, template: measured } }
"""

TEXT = """\
Hello {{ contact.name }},

your order {{ order.ref }} of {{ shop.name }} is on its way.
{% for parcel in order.shipments %}
{{ parcel.carrier_name }} {{ parcel.tracking_code }}: {{ parcel.tracking_url }}
{% endfor %}
"""

HTML = (
    """\
<html><body><h1>Your order {{ order.ref }} is on its way</h1><p>Hello {{ contact.name }},</p>
{% for parcel in order.shipments %}
<p><a href="{{ parcel.tracking_url }}">{{ parcel.carrier_name }} {{ parcel.tracking_code }}</a></p>
{% endfor %}
"""
    + "<p>So that it has the size of a real mail, this one goes on for a while like this.</p>\n" * 26
)


@contextmanager
def sink() -> Iterator[int]:
    """Run the mail server and yield its port."""
    command = [sys.executable, "-m", "bench.mailsink"]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
    assert process.stdin
    assert process.stdout
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(30)


def measure() -> list[tuple[str, str]]:
    """Return rows of what was measured."""
    with sink() as port, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "templates/measured").mkdir(parents=True)
        for part, words in (
            ("subject.txt", "Order {{ order.ref }}"),
            ("email.txt", TEXT),
            ("email.html", HTML),
        ):
            (folder / "templates/measured" / part).write_text(words)
        (folder / "rules.yaml").write_text(RULES)
        mail = _ready_mail(folder)
        rounds = [
            (_ours(folder, port, n), _bare(port, mail, CONCURRENCY), _bare(port, mail, 1), _stock(port, mail))
            for n in range(ROUNDS)
        ]
    ours, bare, alone, stock = zip(*rounds, strict=True)
    return [
        (
            f"mails of {len(mail) / 1000:.1f} KB, pending to delivered, {CONCURRENCY} at a time, mails/s",
            _median(ours),
        ),
        (f"smtplib, kept connection, ready text, {CONCURRENCY} threads, mails/s", _median(bare)),
        ("… one thread", _median(alone)),
        ("Apprise().notify() as it comes, best of 1 and 8 threads, mails/s", _median(stock)),
        ("ours / smtplib, median (least to most)", _ratio(ours, bare)),
        ("ours / Apprise, median (least to most)", _ratio(ours, stock)),
    ]


def _ours(folder: Path, port: int, number: int) -> float:
    database = folder / f"{number}.db"
    _fill(database)
    url = f"mailto://127.0.0.1:{port}?from=shop@example.com"
    env = environment(folder, free_port(), EMAIL_URL=url, NOTIFIER_CONCURRENCY=str(CONCURRENCY)) | {
        "NOTIFIER_DATABASE": f"sqlite:///{database}",
        "NOTIFIER_TEMPLATES": str(folder / "templates"),
    }
    db = sqlite3.connect(database, isolation_level=None)
    try:
        with running(["-m", "notifier", "worker"], env, folder / "log"):
            deadline = time.monotonic() + 300
            while True:
                (left,) = db.execute("SELECT count(*) FROM messages WHERE state <> 'delivered'").fetchone()
                if not left:
                    break
                if time.monotonic() > deadline:
                    raise SystemExit(
                        f"{left} of {OURS} messages are not delivered: {(folder / 'log').read_text()}"
                    )
                time.sleep(0.25)
        first, last, tries = db.execute(
            "SELECT min(started_at), max(ended_at), count(*) FROM attempts"
        ).fetchone()
    finally:
        db.close()
    if tries != OURS:
        raise SystemExit(f"{tries} attempts for {OURS} messages")
    return OURS / float(last - first)


def _fill(database: Path) -> None:
    """Write a database in which OURS messages wait, each of an order of its own."""
    store = SqliteStore(database)
    store.migrate()
    said = [
        (str(n), Finding(REGISTERED, Contact(f"Customer {n}", f"c{n}@example.com"), 0.0)) for n in range(OURS)
    ]
    store.orders.register(said, 0.0)
    parcels = (Shipment("postnl", "PostNL", "3SCEBU123456789", "https://track.example/3SCEBU123456789"),)
    updates = [
        Received(Update("cottoncast", str(n), "C", "", 1_622_007_287.0, parcels), b"{}") for n in range(OURS)
    ]
    store.updates.record(updates, NOW)
    for n, update_id in enumerate(_undecided(store)):
        message = NewMessage(
            "shipped", Send("email", "measured"), "", f"shipped/status/{n}/C/0", f"m{n}", NOW
        )
        store.updates.record_plan(update_id, "bench", Plan((), (message,)), False, "", NOW)
    store.close()


def _update(ref: str) -> Update:
    parcel = Shipment("postnl", "PostNL", "3SCEBU123456789", "https://track.example/3SCEBU123456789")
    return Update("cottoncast", ref, "C", "", NOW - 3, (parcel,))


def _undecided(store: SqliteStore) -> Iterator[int]:
    with store.transaction():
        while claimed := store.updates.claim("bench", NOW, 600.0, 100):
            yield from claimed


def _ready_mail(folder: Path) -> bytes:
    """Return one of our mails as bytes: what the baselines send."""
    ruleset = load_rules(folder / "rules.yaml", {"EMAIL_URL": "mailto://127.0.0.1"}).ruleset
    templates = load_templates(folder / "templates")
    update = RecordedUpdate(1, NOW, _update("41"))
    jane = Finding(REGISTERED, Contact("Jane Example", "jane@example.com"), 0.0)
    told = facts(update, assemble("41", [update], [jane]), ruleset.shop, NOW)
    words = templates.render("measured", "email", told, "en", None)
    return mime.build(
        mime.letterhead(("Example Shop", "shop@example.com"), {}),
        recipient="jane@example.com",
        subject=words.subject,
        text=words.text,
        html=words.html,
        message_id="m1",
        now=datetime.now(UTC),
        headers={},
    )


def _stock(port: int, mail: bytes) -> float:
    """Send with Apprise and its own settings, an HTML text of the same size, by 1 and by 8 threads."""
    html = message_from_bytes(mail).get_payload()[1].get_payload(decode=True).decode()

    def send(count: int) -> None:
        for _ in range(count):
            # A new one each time: a kept one sleeps 5.5 s between two mails.
            sender = apprise.Apprise()
            sender.add(f"mailto://127.0.0.1:{port}?from=shop@example.com&to=jane@example.com")
            if not sender.notify(title="Order 41", body=html, body_format=apprise.NotifyFormat.HTML):
                raise SystemExit("Apprise could not send")

    return max(_rate(send, STOCK, 1), _rate(send, 4 * STOCK, CONCURRENCY))


def _bare(port: int, mail: bytes, threads: int) -> float:
    """Send with smtplib over one kept connection a thread."""

    def send(count: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost") as smtp:
            for _ in range(count):
                smtp.sendmail("shop@example.com", ["jane@example.com"], mail)

    return _rate(send, BARE, threads)


def _rate(send: Callable[[int], None], total: int, threads: int) -> float:
    """Return mails a second of `threads` threads that send `total` together."""
    workers = [threading.Thread(target=send, args=(total // threads,)) for _ in range(threads)]
    begun = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return (total // threads) * threads / (time.perf_counter() - begun)


def _median(numbers: tuple[float, ...]) -> str:
    return f"{statistics.median(numbers):,.0f}"


def _ratio(ours: tuple[float, ...], theirs: tuple[float, ...]) -> str:
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
