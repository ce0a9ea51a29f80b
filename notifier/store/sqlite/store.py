"""The SQLite engine: one file, its tables, and the parts of a store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from notifier.core.standing import Standing, Wants
from notifier.errors import StoreError
from notifier.store.sqlite.addresses import SqliteAddresses
from notifier.store.sqlite.alerts import SqliteAlerts, SqliteSilences
from notifier.store.sqlite.attendance import Attendance
from notifier.store.sqlite.brake import SqliteBrakes
from notifier.store.sqlite.channels import SqliteChannels
from notifier.store.sqlite.compaction import compact
from notifier.store.sqlite.database import LOCK_WAIT, Database
from notifier.store.sqlite.events import SqliteEvents
from notifier.store.sqlite.health import SqliteHealth
from notifier.store.sqlite.lookups import SqliteLookups
from notifier.store.sqlite.orders import SqliteOrders
from notifier.store.sqlite.outbox import SqliteOutbox
from notifier.store.sqlite.past import SqlitePast
from notifier.store.sqlite.rejected import SqliteRejected
from notifier.store.sqlite.rulesets import SqliteRulesets
from notifier.store.sqlite.schema import MIGRATIONS, migrations
from notifier.store.sqlite.situations import Situations
from notifier.store.sqlite.sources import SqliteSources
from notifier.store.sqlite.standings import Standings
from notifier.store.sqlite.timers import SqliteTimers
from notifier.store.sqlite.updates import SqliteUpdates
from notifier.store.sqlite.watch import Watch


class SqliteStore:
    """See `notifier.store.protocol.Store`.

    Args:
        path: the database file; made by `migrate` if it is not there.
        lock_wait: how long a write waits for other processes before StoreBusy, in seconds.
    """

    def __init__(self, path: Path, lock_wait: float = LOCK_WAIT) -> None:
        self._db = Database(path, lock_wait)
        self._watch = Watch(self._db)
        self._attendance = Attendance(path)
        self.addresses = SqliteAddresses(self._db)
        situations = Situations(self._db, self.addresses)
        self.updates = SqliteUpdates(self._db, situations)
        self.rejected = SqliteRejected(self._db)
        self.orders = SqliteOrders(self._db, situations, self.addresses)
        self.lookups = SqliteLookups(self._db)
        self._standings = Standings(self._db)
        self.outbox = SqliteOutbox(self._db, situations, self._standings, self.addresses)
        self.channels = SqliteChannels(self._db)
        self.past = SqlitePast(self._db, self.addresses)
        self.events = SqliteEvents(self._db)
        self.health = SqliteHealth(self._db)
        self.sources = SqliteSources(self._db, self.events)
        self.rulesets = SqliteRulesets(self._db, self.events)
        self.timers = SqliteTimers(self._db, situations)
        self.alerts = SqliteAlerts(self._db)
        self.silences = SqliteSilences(self._db)
        self.brake = SqliteBrakes(self._db)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do several calls of this thread as one transaction."""
        with self._db.transaction():
            yield

    def standing(self, wants: Wants, now: float) -> Standing:
        """Return what is on record, as far as it is wanted."""
        return self._standings.wanted(wants, now)

    def key(self) -> bytes:
        """Return this database's own secret."""
        return self.addresses.key()

    def migrate(self) -> None:
        """Run the migrations that are missing, all in one transaction."""
        with self._db.transaction():
            tables = self._db.tables
            migrations.apply(tables)
            newer = {m.name for m in migrations.applied(tables)} - MIGRATIONS
            if newer:
                raise StoreError(
                    f"the database {self._db.path} was made by a newer notifier"
                    f" (it has {', '.join(sorted(newer))}); install that version"
                )

    def compact(self, now: float) -> bool:
        """Write the file anew if something was erased."""
        return compact(self._db, now)

    def check(self) -> None:
        """Try a write transaction and a read of the schema."""
        with self._db.transaction() as tx:
            tx.execute("SELECT 1 FROM updates LIMIT 1")

    def wait(self, seconds: float) -> bool:
        """Wait until anybody commits, at most `seconds`."""
        return self._watch.wait(seconds)

    def attend(self) -> None:
        """Say that a worker works on this database; again, it mends what was removed."""
        self._attendance.begin(self._db.file)

    def is_attended(self) -> bool:
        """Tell whether a worker works on this database."""
        return self._attendance.is_held()

    def is_elsewhere(self) -> bool:
        """Tell whether a worker has another file open than the one at the database's path."""
        return self._attendance.is_elsewhere()

    def claimants(self) -> list[str]:
        """Return the workers that hold claims."""
        found = self._db.read(
            "SELECT claimed_by FROM updates WHERE claimed_by IS NOT NULL"
            " UNION SELECT claimed_by FROM lookups WHERE claimed_by IS NOT NULL"
            " UNION SELECT claimed_by FROM messages WHERE state = 'sending'"
        )
        return [row["claimed_by"] for row in found]

    def release(self, worker: str) -> None:
        """Let all claims of a worker that is gone lapse at once."""
        with self._db.transaction() as tx:
            tx.execute("UPDATE updates SET claimed_until = 0 WHERE claimed_by = ?", (worker,))
            tx.execute("UPDATE lookups SET claimed_until = 0 WHERE claimed_by = ?", (worker,))
            tx.execute(
                "UPDATE messages SET claimed_until = 0 WHERE claimed_by = ? AND state = 'sending'", (worker,)
            )

    def close(self) -> None:
        """Close all connections."""
        self._attendance.end()
        self._watch.close()
        self._db.close()
