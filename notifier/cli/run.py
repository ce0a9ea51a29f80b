"""`notifier run`: web and worker together."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable

import click
import structlog

from notifier.bootstrap.place import check_place
from notifier.cli.startup import load_settings
from notifier.web.listening import listen

STOP_WITHIN = 40.0
"""Seconds that web and worker get to end before they are killed."""

_OTHER = {"web": "worker", "worker": "web"}

_PR_SET_PDEATHSIG = 1  # prctl(2)

_Child = subprocess.Popen[bytes]

log = structlog.get_logger()


@click.command()
def run() -> None:
    """Run web and worker together, for a laptop or a small machine.

    If one of them ends, the other is stopped as well, and the exit code is that
    of the one that ended, never 0. If this process is killed, both stop.

    \b
    Example:  notifier --env-file notifier.env run
    """
    settings = load_settings()
    settings.check_exposure()
    check_place(settings)
    sys.exit(_Pair().run(listen(settings.bind)))


class _Pair:
    """The two processes."""

    def __init__(self) -> None:
        self._children: dict[str, _Child] = {}
        self._asked: signal.Signals | None = None

    def run(self, listener: socket.socket) -> int:
        """Start both, wait until one ends or we are asked to stop, stop both; return the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop_asked)
        signal.signal(signal.SIGHUP, self._reload)
        with listener:
            self._start("web", "--fd", str(listener.fileno()), keep=[listener.fileno()])
        self._start("worker")
        while not self._asked and not self._ended():
            time.sleep(0.1)
        ended = self._ended()
        if self._asked:
            log.info("stopping web and worker", signal=self._asked.name)
        else:
            self._report(ended[0])
        self._stop()
        codes = self._wait()
        if self._asked:
            # Who was stopped before it could listen to signals has not failed.
            return max((code for code in codes.values() if code != 128 + signal.SIGTERM), default=0)
        return codes[ended[0]] or 1

    def _start(self, name: str, *words: str, keep: list[int] | None = None) -> None:
        if self._asked:
            return
        self._children[name] = subprocess.Popen(
            [sys.executable, "-m", "notifier", "--reported", name, *words],
            process_group=0,  # Ctrl-C reaches them through us, once
            pass_fds=keep or (),
            preexec_fn=_stop_with(os.getpid()),  # safe: there are no threads here
        )

    def _ended(self) -> list[str]:
        return [name for name, child in self._children.items() if child.poll() is not None]

    def _report(self, name: str) -> None:
        how = _how(self._children[name].returncode)
        log.error(f"{name} ended {how}; stopping the {_OTHER[name]} as well")

    def _wait(self) -> dict[str, int]:
        """Wait until both have ended, and return their exit codes as a shell has them: 128 + signal."""
        deadline = time.monotonic() + STOP_WITHIN
        for name, child in self._children.items():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.error(f"{name} did not end within {STOP_WITHIN:g} s; killing it")
                child.kill()
        return {name: _code(child.wait()) for name, child in self._children.items()}

    def _stop(self) -> None:
        for child in self._children.values():
            if child.poll() is None:
                child.terminate()

    def _stop_asked(self, number: int, _: object) -> None:
        self._asked = signal.Signals(number)
        self._stop()

    def _reload(self, *_: object) -> None:
        if worker := self._children.get("worker"):
            worker.send_signal(signal.SIGHUP)


def _stop_with(parent: int) -> Callable[[], None]:
    """Return what a child does before it becomes another program: have the kernel stop it with its parent.

    Nothing that the parent does can be counted on when it is killed (prctl(2), PR_SET_PDEATHSIG;
    Linux only).
    """
    prctl = getattr(ctypes.CDLL(None), "prctl", None)

    def ask() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # the parent's handler is not the child's
        if prctl is not None:
            prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGTERM))
        if os.getppid() != parent:  # it was killed before we asked
            os.kill(os.getpid(), signal.SIGTERM)

    return ask


def _code(returned: int) -> int:
    return 128 - returned if returned < 0 else returned


def _how(returned: int) -> str:
    """Return how a process ended, in words that follow "ended"."""
    if returned >= 0:
        return f"with exit code {returned}"
    return f"by signal {-returned} ({signal.Signals(-returned).name})"
