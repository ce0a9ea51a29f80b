"""The mail server that all senders of a measurement share: aiosmtpd in a process of its own.

`python -m bench.mailsink` prints its port, then a line with the number of mails taken for every
line that it reads.
"""

from __future__ import annotations

import sys
from typing import Any

from aiosmtpd.controller import Controller

from bench.processes import free_port


class Taken:
    """Takes every mail and counts."""

    def __init__(self) -> None:
        self.count = 0

    async def handle_DATA(self, _server: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802
        """Take a mail; the name is aiosmtpd's."""
        self.count += 1
        return "250 taken"


def main() -> None:
    """Serve until standard input ends."""
    taken = Taken()
    controller = Controller(taken, hostname="127.0.0.1", port=free_port())
    controller.start()
    print(controller.port, flush=True)
    for _line in sys.stdin:
        print(taken.count, flush=True)
    controller.stop()


if __name__ == "__main__":
    main()
