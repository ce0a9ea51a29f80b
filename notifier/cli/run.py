"""`notifier run`: web and worker together."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import click

from notifier.cli.startup import load_settings

STOP_WITHIN = 40.0
"""Seconds that web and worker get to end before they are killed."""

_Child = subprocess.Popen[bytes]


@click.command()
def run() -> None:
    """Run web and worker together, for a laptop or a small machine.

    If one of them ends, the other is stopped as well, and the exit code is that
    of the one that ended, never 0.

    \b
    Example:  notifier --env-file notifier.env run
    """
    load_settings()
    sys.exit(_Pair().run())


class _Pair:
    """The two processes."""

    def __init__(self) -> None:
        self._children: list[_Child] = []
        self._asked = False

    def run(self) -> int:
        """Start both, wait until one ends or we are asked to stop, stop both; return the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop_asked)
        signal.signal(signal.SIGHUP, self._reload)
        for name in ("web", "worker"):
            if not self._asked:
                # A group of their own: Ctrl-C reaches them through us, once.
                command = [sys.executable, "-m", "notifier", name]
                self._children.append(subprocess.Popen(command, process_group=0))
        while not self._asked and not self._ended():
            time.sleep(0.1)
        ended = self._ended()
        self._stop()
        codes = [0]
        deadline = time.monotonic() + STOP_WITHIN
        for child in self._children:
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                codes.append(128 + signal.SIGKILL)
            codes.append(child.wait())
        if self._asked:
            return max(codes)
        return _exit_code(ended[0])

    def _ended(self) -> list[_Child]:
        return [child for child in self._children if child.poll() is not None]

    def _stop(self) -> None:
        for child in self._children:
            if child.poll() is None:
                child.terminate()

    def _stop_asked(self, *_: object) -> None:
        self._asked = True
        self._stop()

    def _reload(self, *_: object) -> None:
        for child in self._children[1:]:
            child.send_signal(signal.SIGHUP)


def _exit_code(ended: _Child) -> int:
    """Return the code of a child that ended unasked as a shell would: 128 + signal; 1 for 0."""
    code = ended.returncode
    return 128 - code if code < 0 else code or 1
