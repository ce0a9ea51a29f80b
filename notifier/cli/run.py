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


@click.command()
def run() -> None:
    """Run web and worker together, for a laptop or a small machine.

    If one of them ends, the other is stopped as well.

    \b
    Example:  notifier --env-file notifier.env run
    """
    load_settings()
    names = ("web", "worker")
    # A group of their own: Ctrl-C reaches them through us, once.
    children = [subprocess.Popen([sys.executable, "-m", "notifier", name], process_group=0) for name in names]
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _stop(children))
    signal.signal(signal.SIGHUP, lambda *_: children[1].send_signal(signal.SIGHUP))
    while all(child.poll() is None for child in children):
        time.sleep(0.1)
    _stop(children)
    deadline = time.monotonic() + STOP_WITHIN
    for child in children:
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    sys.exit(next((child.returncode for child in children if child.returncode > 0), 0))


def _stop(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
