"""A process of its own that claims until nothing is left.

`python -m tests.store.racer ENGINE FOLDER updates|messages|lookups NAME` prints "ready", waits
for a line, then prints every id that it claimed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from tests.factories import T0
from tests.store.engines import ENGINES


def main(engine: str, folder: str, what: str, name: str) -> None:
    store = ENGINES[engine](Path(folder)).open()
    store.updates.counts()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    take: dict[str, Callable[[], list[object]]] = {
        "messages": lambda: [m.id for m in store.outbox.claim(name, T0, 60.0, 3)],
        "updates": lambda: list(store.updates.claim(name, T0, 60.0, 3)),
        "lookups": lambda: [lookup.ref for lookup in store.lookups.claim(name, T0, 60.0, 3)],
    }
    claimed: list[object] = []
    while got := take[what]():
        claimed += got
    sys.stdout.write(" ".join(map(str, claimed)) + "\n")
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
