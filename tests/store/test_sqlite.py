"""The SQLite engine: what makes a commit survive, and what happens when the machine says no."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlite_utils import Database as SqliteUtils

from notifier.core.alert import AlertChange, Change
from notifier.core.flaw import Flaw
from notifier.core.lookup import LookupState, Verdict
from notifier.core.message import Send, State
from notifier.core.occasion import UPDATE
from notifier.core.plan import Plan
from notifier.core.reason import Reason
from notifier.core.retry import Outcome, OutcomeKind, Transition
from notifier.core.situation import Decision
from notifier.core.standing import Wants
from notifier.core.timer import Stop, Timer, TimerKind
from notifier.core.trigger import Rate
from notifier.errors import NotAllowed, StoreBusy, StoreError, StoreFull
from notifier.store.protocol import Receipt, Received
from notifier.store.sqlite import compaction
from notifier.store.sqlite.compaction import EVERY
from notifier.store.sqlite.database import Database
from notifier.store.sqlite.schema import MIGRATIONS, migrations
from notifier.store.sqlite.store import SqliteStore
from tests.factories import JANE, T0, finding, new_message, plan, received, shipment, update
from tests.outbox import settle_one, start_attempt
from tests.store.conftest import await_contact, register

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "notifier.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path, lock_wait=0.2)
    store.migrate()
    register(store, "41")
    yield store
    store.close()


def large(n: int) -> Received:
    """Return an update whose body fills 25 pages."""
    return Received(update(at=T0 + n), os.urandom(100_000))


def test_every_connection_syncs_every_commit_to_a_write_ahead_log(path: Path) -> None:
    database = Database(path)
    found: list[tuple[str, int, int]] = []

    def look() -> None:
        found.append(
            tuple(
                database.read(f"PRAGMA {name}")[0][0]
                for name in ("journal_mode", "synchronous", "foreign_keys")
            )
        )

    look()
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    database.close()

    assert found == [("wal", 2, 1)] * 2  # 2 is FULL


def test_a_thread_has_its_own_connection_and_keeps_it(path: Path) -> None:
    database = Database(path)
    here = database.tables.conn
    there: list[object] = []
    thread = threading.Thread(target=lambda: there.append(database.tables.conn))
    thread.start()
    thread.join()

    assert database.tables.conn is here
    assert there[0] is not here
    database.close()


def test_no_lock_or_connection_is_left_open(path: Path, store: SqliteStore) -> None:
    def opened() -> int:
        links = [fd.readlink() for fd in Path("/proc/self/fd").iterdir() if fd.is_symlink()]
        return sum(str(link).startswith(str(path)) for link in links)

    thread = threading.Thread(target=store.updates.counts)
    thread.start()
    thread.join()
    assert opened() > 0

    store.close()

    assert opened() == 0


def test_only_the_owner_reads_the_lock_file(path: Path, store: SqliteStore) -> None:
    assert stat.S_IMODE(path.with_name("notifier.db.lock").stat().st_mode) == 0o600


def test_a_database_of_a_newer_version_is_refused_with_a_sentence(path: Path, store: SqliteStore) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(
            "INSERT INTO _sqlite_migrations(migration_set, name, applied_at)"
            " VALUES ('notifier', 'm9999_from_the_future', '2031-01-01')"
        )

    with pytest.raises(StoreError, match=r"newer notifier .*m9999_from_the_future.*install that version"):
        store.migrate()


@pytest.mark.parametrize(
    "made_by",
    [
        "CREATE TABLE orders(id INTEGER, total REAL); INSERT INTO orders VALUES (1, 2.5)",
        "CREATE TABLE _sqlite_migrations(migration_set TEXT, name TEXT, applied_at TEXT);"
        "INSERT INTO _sqlite_migrations VALUES ('another program', 'm0001', '2031-01-01')",
    ],
    ids=["tables", "migrations of others"],
)
def test_the_database_of_another_program_is_refused_and_left_as_it_is(path: Path, made_by: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.executescript(made_by)
    before = path.read_bytes()

    store = SqliteStore(path)
    with pytest.raises(StoreError, match=r"is no database of notifier .*NOTIFIER_DATABASE"):
        store.migrate()
    store.close()

    assert path.read_bytes() == before


def test_an_empty_file_becomes_a_database(path: Path) -> None:
    path.touch()
    store = SqliteStore(path)
    store.migrate()
    assert store.orders.get("41") is None
    store.close()


def test_a_file_that_is_no_database_is_refused_with_a_sentence(path: Path) -> None:
    path.write_bytes(b"not a database, but long enough to look at. " * 100)

    with pytest.raises(StoreError, match="not a database"):
        SqliteStore(path).migrate()


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=str(tmp_path / "nowhere")):
        SqliteStore(tmp_path / "nowhere" / "notifier.db").migrate()


# the write lock


@pytest.fixture
def other_process(path: Path, store: SqliteStore) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the write lock until its input ends."""
    code = (
        "import fcntl, sys; f = open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_EX);"
        " print('held', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, f"{path}.lock"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_write_waits_for_the_lock_and_then_gives_up(
    store: SqliteStore, other_process: subprocess.Popen[str]
) -> None:
    with pytest.raises(StoreBusy, match=r"0\.2 s"):
        store.updates.record([received()], T0)

    assert store.updates.counts() == {}  # reading needs no lock
    with pytest.raises(StoreBusy):
        store.check()
    other_process.communicate("")
    store.check()
    assert store.updates.record([received()], T0) == [Receipt.RECORDED]


def test_a_write_goes_through_once_the_lock_is_free(path: Path, other_process: subprocess.Popen[str]) -> None:
    patient = SqliteStore(path, lock_wait=60.0)
    receipts: list[Receipt] = []
    thread = threading.Thread(target=lambda: receipts.extend(patient.updates.record([received()], T0)))
    thread.start()
    assert receipts == []
    other_process.communicate("")
    thread.join()

    assert receipts == [Receipt.RECORDED]
    patient.close()


def test_every_write_transaction_is_under_the_lock(path: Path, store: SqliteStore) -> None:
    with path.with_name(f"{path.name}.lock").open() as lock:
        with store.transaction(), pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_program_that_ignores_our_lock_makes_the_store_busy(path: Path, store: SqliteStore) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match="locked by another program"):
            store.updates.record([received()], T0)

    assert store.updates.record([received()], T0) == [Receipt.RECORDED]


# a full disk


def limit_pages(store: SqliteStore, more: int) -> None:
    """Let this thread's connection grow the database by so many pages and no further."""
    pages = store._db.read("PRAGMA page_count")[0][0]
    store._db.read(f"PRAGMA max_page_count = {pages + more}")


def test_a_full_database_is_told_and_nothing_is_half_written(store: SqliteStore) -> None:
    limit_pages(store, 30)

    with pytest.raises(StoreFull, match="no space left"):
        store.updates.record([large(n) for n in range(3)], T0)

    assert store.updates.counts() == {}
    limit_pages(store, 100_000)
    assert store.updates.record([large(n) for n in range(3)], T0) == [Receipt.RECORDED] * 3


def test_a_database_that_is_full_within_a_nested_transaction_undoes_the_whole(store: SqliteStore) -> None:
    limit_pages(store, 30)

    with pytest.raises(StoreFull), store.transaction():  # noqa: PT012
        register(store, "42")
        with store.transaction():
            store.updates.record([large(n) for n in range(3)], T0)

    assert store.orders.get("42") is None
    limit_pages(store, 100_000)
    register(store, "42")


LIMITED = """
import resource, sys
from pathlib import Path
from notifier.errors import StoreError
from notifier.store.sqlite.store import SqliteStore
from tests.store.test_sqlite import T0, large, received

store = SqliteStore(Path(sys.argv[1]))
store.updates.record([received()], T0)
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (Path(sys.argv[1] + "-wal").stat().st_size + 150_000, hard))
refused = 0
for n in range(1, 4):
    try:
        store.updates.record([large(n), large(n + 100)], T0)
    except StoreError:
        refused += 1
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
receipts = store.updates.record([large(7)], T0)
print(refused, *receipts, dict(store.updates.counts()))
store.close()
"""


def test_a_disk_that_takes_no_more_is_told_and_the_store_works_again_afterwards(
    path: Path, store: SqliteStore
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)], cwd=ROOT, capture_output=True, text=True, timeout=60
    )

    assert done.stdout == "3 recorded {'undecided': 2}\n", done.stderr
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert store.updates.counts() == {"undecided": 2}


# what is left on the disk


TRACES = (b"Jane", b"jane@example.org", b"+31612345678", b"3SABCD001")


def found_in(folder: Path) -> set[tuple[str, bytes]]:
    """Return the files of a folder that hold a trace of the customer, each with the trace."""
    files = {file.name: file.read_bytes() for file in folder.iterdir()}
    return {(name, trace) for name, raw in files.items() for trace in TRACES if trace in raw}


def fill(store: SqliteStore) -> None:
    """Put a customer on record everywhere, her order looked up as well as registered."""
    await_contact(store, "41", shipments=(shipment(),), body=b'{"note": "jane@example.org"}')
    (lookup,) = store.lookups.claim("a", T0, 60.0, 1)
    store.lookups.settle(lookup, Verdict(LookupState.FOUND, finding(source="cottoncast")), True, T0)
    for update_id in store.updates.claim("a", T0, 60.0, 1):
        born = new_message("shipped/shipment/41/3SABCD001/0", message_id="m1", shipment="3SABCD001")
        store.updates.record_plan(update_id, "a", plan(born), False, "", T0)
    (message,) = store.outbox.claim("a", T0, 60.0, 1)
    start_attempt(store, message, "jane@example.org", "For Jane", "Dear Jane", T0)
    store.addresses.refuse("jane@example.org", "550", T0)


@pytest.mark.parametrize("how", ["by reference", "by address", "by age"])
def test_a_forgotten_customer_is_found_in_no_file_while_others_have_the_database_open(
    path: Path, store: SqliteStore, how: str
) -> None:
    other = SqliteStore(path)
    fill(store)
    assert other.updates.history("41") is not None
    threads = [threading.Thread(target=other.updates.counts) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert {trace for _, trace in found_in(path.parent)} == set(TRACES)

    if how == "by reference":
        store.orders.forget("41", T0)
    elif how == "by address":
        store.orders.forget_person("jane@example.org", T0)
    else:
        (message,) = store.outbox.newest((), 1)
        sent = replace(message, fence=1)
        settle_one(store, sent, Transition(State.DELIVERED), T0, outcome=Outcome(OutcomeKind.DELIVERED))
        assert store.orders.age_out(None, T0 + 1, 50, T0 + 1) == 1

    assert found_in(path.parent) == set()
    for thread in threads:
        thread.join()
    store.updates.record([received("D", at=T0 + 9)], T0)
    with closing(sqlite3.connect(path)) as db:
        db.execute("VACUUM INTO ?", (str(path.with_name("backup.db")),))
    assert found_in(path.parent) == set()
    other.close()


def forget_many(store: SqliteStore) -> None:
    """Forget customers whose rows have moved between pages, which leaves copies in unused corners."""
    refs = [f"r{n * 7919 % 400}" for n in range(400)]
    for n, ref in enumerate(refs):
        register(store, ref, JANE, attributes={"note": "Jane " * (n * 31 % 50)})
    for ref in refs:
        register(store, ref, JANE, attributes={"note": "Jane " * 60})
    assert len(store.orders.forget_person("jane@example.org", T0).orders) >= 400


def test_a_backup_of_many_forgotten_customers_holds_none_of_them(path: Path, store: SqliteStore) -> None:
    forget_many(store)

    with closing(sqlite3.connect(path)) as db:
        db.execute("VACUUM INTO ?", (str(path.with_name("backup.db")),))

    assert [trace for name, trace in found_in(path.parent) if name == "backup.db"] == []


def test_compacting_takes_forgotten_customers_out_of_every_file(path: Path, store: SqliteStore) -> None:
    forget_many(store)
    assert found_in(path.parent) != set()

    assert store.compact(T0)

    assert found_in(path.parent) == set()


def test_the_file_is_written_anew_once_a_day_and_only_after_something_was_erased(
    path: Path, store: SqliteStore
) -> None:
    register(store, "41")
    assert not store.compact(T0)
    store.orders.forget("41", T0)
    assert store.compact(T0)
    assert not store.compact(T0 + 10 * EVERY)

    register(store, "41")
    store.orders.forget("41", T0)
    assert not store.compact(T0 + EVERY - 1)
    assert store.compact(T0 + EVERY)


def test_a_rewrite_that_failed_is_done_another_day(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Database) -> None:
        raise StoreFull("no space left for the database")

    register(store, "41")
    store.orders.forget("41", T0)
    with monkeypatch.context() as full:
        full.setattr(Database, "rewrite", fail)
        with pytest.raises(StoreFull):
            store.compact(T0)

    assert not store.compact(T0 + EVERY - 1)
    assert store.compact(T0 + EVERY)


def test_a_large_file_is_left_to_its_owner(
    path: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.orders.register([("41", finding())], T0)
    store.orders.forget("41", T0)
    monkeypatch.setattr(compaction, "LARGEST", path.stat().st_size - 1)

    assert not store.compact(T0)


# from one version to the next


FIRST_VERSION = """
INSERT INTO orders VALUES ('41', 'NL-1', 'Jane', 'jane@example.org', '+31612345678', 'nl', 'NL', NULL,
    '{"total":12.5}', 5, 6);
INSERT INTO updates(id, identity, source, ref, order_id, code, event_at, received_at, shipments, body, state)
    VALUES (1, 'i1', 'cottoncast', '41', 'CC-1', 'L', 1622007287, 1622007288, '[]', x'7b7d', 'decided'),
           (2, 'i2', 'cottoncast', '41', 'CC-1', 'C', 1622007297, 1622007298,
            '[["PNL","PostNL","3S","https://x.example",true]]', x'7b7d', 'undecided'),
           (3, 'i3', 'cottoncast', 'gone', 'CC-2', 'C', 1622007297, 1622007299, '[]', NULL, 'decided'),
           (4, 'i4', 'cottoncast', 'held', 'CC-3', 'C', 1622007297, 1622007300, '[]', x'7b7d', 'held');
INSERT INTO messages(id, update_id, ref, rule, channel, template, recipient, once, message_id, state, due_at,
    created_at) VALUES (1, 1, '41', 'printed', 'email', 'told', 'jane@example.org', 'k1', 'm1', 'pending',
    1622007288, 1622007288);
"""


@pytest.fixture
def upgraded(tmp_path: Path) -> Iterator[SqliteStore]:
    """A database of the first version, brought to the present one."""
    path = tmp_path / "first.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        migrations.apply(SqliteUtils(db), stop_before="m0002_customers")
        db.executescript(FIRST_VERSION)
    store = SqliteStore(path)
    store.migrate()
    yield store
    store.close()


def test_a_database_of_the_first_version_keeps_all_that_it_holds(upgraded: SqliteStore) -> None:
    order = upgraded.orders.get("41")

    assert order is not None
    assert order.contact == replace(JANE, name="Jane", locale="nl")
    assert (order.id, order.attributes, order.items, order.code) == ("CC-1", {"total": 12.5}, (), "C")
    assert [p.tracking_code for p in order.shipments] == ["3S"]
    assert upgraded.updates.counts() == {"decided": 2, "undecided": 1, "held": 1}
    assert upgraded.updates.claim("a", T0, 60.0, 9) == [2]
    assert [m.once for m in upgraded.outbox.claim("a", T0 + 1, 60.0, 9)] == ["k1"]
    assert upgraded.updates.record([received("D", "other")], T0) == [Receipt.HELD]
    assert len(upgraded.key()) == 32


def test_what_was_noted_as_unusable_before_keeps_its_field_and_gets_a_kind(tmp_path: Path) -> None:
    path = tmp_path / "before.db"
    finding = '{"source":"cottoncast","at":1,"order_id":"","contact":{"name":"Jo","email":null,"phone":null,'
    finding += '"locale":null,"country":null,"timezone":null,"channels":null,"marketing":null,'
    finding += '"do_not_contact":false,"unusable":["email","phone"]},"attributes":{},"items":[]}'
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        migrations.apply(SqliteUtils(db), stop_before="m0012_flaws")
        db.execute(
            "INSERT INTO orders(ref, order_id, attributes, created_at, updated_at, unusable)"
            """ VALUES ('41', '', '{}', 0, 0, '["phone"]'), ('42', '', '{}', 0, 0, '[]')"""
        )
        db.execute(
            "INSERT INTO lookups(ref, order_id, state, due_at, started_at, finding)"
            " VALUES ('43', '', 'found', 0, 0, ?)",
            (finding,),
        )
    store = SqliteStore(path)
    store.migrate()
    known = {ref: store.orders.get(ref) for ref in ("41", "42", "43")}
    store.close()

    assert {ref: order and order.contact and order.contact.unusable for ref, order in known.items()} == {
        "41": {"phone": Flaw.MALFORMED},
        "42": {},
        "43": {"email": Flaw.MALFORMED, "phone": Flaw.MALFORMED},
    }


def test_what_was_deleted_in_the_first_version_is_forgotten_in_the_present_one(upgraded: SqliteStore) -> None:
    gone, held = upgraded.updates.history("gone"), upgraded.updates.history("held")

    assert gone is not None
    assert held is not None
    assert (gone.order.forgotten, held.order.forgotten) == (True, False)
    assert (
        upgraded.orders.age_out(T0 + 100, None, 50, T0 + 100) == 1
    )  # what is held; 41 has a message that waits


def test_every_migration_is_known_so_that_a_newer_database_is_told_apart(upgraded: SqliteStore) -> None:
    assert {m.name for m in migrations.applied(upgraded._db.tables)} == MIGRATIONS


BEFORE_TIMING = """
INSERT INTO updates(id, identity, source, ref, order_id, code, event_at, received_at, shipments, body, state)
    VALUES (1, 'i1', 'cottoncast', '41', '', 'L', 1622007287, 1622007288, '[]', x'7b7d', 'decided');
INSERT INTO messages(id, update_id, ref, rule, channel, template, recipient, once, message_id, state, due_at,
    created_at, fallbacks)
    VALUES (1, 1, '41', 'printed', 'sms', 'told', '+31612345678', 'k1', 'm1', 'pending', 1622007288,
            1622007288, '[["email","told"]]'),
           (2, 1, '41', 'printed', 'email', 'told', 'jane@example.org', 'k2', 'm2', 'dropped', 1622007288,
            1622007288, '[]');
INSERT INTO events(at, kind, subject, detail) VALUES (1622007288, 'channel_down', 'sms', '');
"""


@pytest.fixture
def timed(tmp_path: Path) -> Iterator[SqliteStore]:
    """A database from before there were timers, brought to the present version."""
    path = tmp_path / "before.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        migrations.apply(SqliteUtils(db), stop_before="m0006_timing")
        db.executescript(BEFORE_TIMING)
    store = SqliteStore(path)
    store.migrate()
    yield store
    store.close()


def test_messages_from_before_there_were_timers_read_and_go_out_as_they_did(timed: SqliteStore) -> None:
    (message,) = timed.outbox.claim("a", T0 + 9, 60.0, 9)

    assert message.send == Send("sms", "told")
    assert message.fallbacks == (Send("email", "told"),)
    assert (message.join, message.alert, message.shadow, message.into) == ("", "", False, None)
    assert message.occasion == UPDATE
    assert timed.standing(Wants("41"), T0).taken == {"k1"}
    assert timed.updates.counts() == {"decided": 1}
    assert timed.timers.last_received() == 1622007288


def test_events_from_before_there_were_rules_for_them_are_not_told_now(timed: SqliteStore) -> None:
    assert timed.events.untold(9) == []
    assert len(timed.events.newest(9)) == 1


def test_keys_of_messages_in_new_states_are_unique_after_the_migration(timed: SqliteStore) -> None:
    for state in (State.HELD, State.MERGED, State.SHADOWED):
        timed.updates.record([received("C", at=T0 + len(state))], T0)
        register(timed, "41")
        (update_id,) = timed.updates.claim("a", T0, 60.0, 9)
        timed.updates.record_plan(update_id, "a", plan(new_message(state, state=state)), False, "", T0)
        with pytest.raises(NotAllowed):
            timed.updates.amend(update_id, Decision("x", True, Reason.FIRED), [new_message(state)], "", T0)


# what it costs


def test_what_workers_ask_all_the_time_scans_no_table(store: SqliteStore, path: Path) -> None:
    asked: dict[str, None] = {}
    store._db.tables.conn.set_trace_callback(lambda sql: asked.setdefault(sql))
    store.updates.record([received(), received("C", "99")], T0)
    store.updates.set_aside_repeated(T0)
    for update_id in store.updates.claim("a", T0, 60.0, 9):
        store.updates.situation(update_id, "a")
        store.updates.record_plan(update_id, "a", Plan((), (), True), False, "", T0)
    for lookup in store.lookups.claim("a", T0, 60.0, 9):
        store.lookups.settle(lookup, Verdict(LookupState.MISSING), False, T0)
    store.updates.held(T0 + 1, 9)
    store.lookups.next_due()
    wants = Wants("41", frozenset({"k"}), frozenset({"j"}), {"p": T0}, frozenset({"r"}))
    store.standing(wants, T0)
    stop, timer = Stop("r", (TimerKind.STUCK,), "41"), Timer("r", TimerKind.AFTER, "41", "D", T0, "41", 1)
    opened = AlertChange("r", "41", Change.OPEN, ref="41")
    born = (new_message(join="j", person="p"), new_message("k2", rule="x", state=State.HELD))
    store.events.add("channel_down", "sms", "", T0)
    for event in store.events.untold(9):
        whole = Plan((), born, timers=(timer,), stops=(stop,), alerts=(opened,), cancels=frozenset({"x"}))
        store.events.settle(event, whole, "", T0)
    for due in store.timers.due(T0, 9):
        store.timers.situation(due)
        store.timers.settle(due, Plan((Decision("r", False, Reason.OVERTAKEN),)), None, "", T0)
    store.timers.next_due()
    store.timers.waiting("41")
    store.timers.last_received()
    store.timers.counts(Rate(frozenset("I"), frozenset("C"), 60.0, 0.1, 0.1, by="carrier"), T0)
    store.brake.flow(60.0, T0)
    for message in store.outbox.claim("a", T0, 60.0, 9):
        store.outbox.standing([message], T0)
        store.outbox.companions(message)
        start_attempt(store, message, "jane@example.org", "", "", T0)
        settle_one(
            store,
            message,
            Transition(State.FAILED, Reason.REFUSED),
            T0,
            outcome=Outcome(OutcomeKind.PERMANENT),
        )
    store.outbox.told(["r"], T0, T0, 9)
    store.silences.current(T0)
    store.orders.age_out(T0 + 1, T0 + 1, 9, T0)
    store.orders.forget("41", T0)
    store._db.tables.conn.set_trace_callback(None)

    with closing(sqlite3.connect(path)) as db:
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        tables -= {"brake", "channels"}  # of one row, and of one for each rest
        scans = {
            f"{step}: {sql}"
            for sql in asked
            if sql.startswith(("SELECT", "UPDATE", "DELETE", "WITH"))
            for *_, step in db.execute(f"EXPLAIN QUERY PLAN {sql}")
            if step.split()[0] == "SCAN" and step.split()[1] in tables and "USING INDEX" not in step
        }

    assert len(asked) > 20
    assert scans == set()
