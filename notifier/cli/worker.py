"""`notifier worker`: the process that decides and sends."""

from __future__ import annotations

import os
import signal

import click

from notifier.bootstrap.worker import make_worker
from notifier.cli.startup import load_settings


@click.command()
def worker() -> None:
    """Decide updates and send messages. Any number of workers may run.

    An edit of rules.yaml or templates is taken up within a second, all or nothing.
    SIGHUP reads them at once, with all files that `${file:…}`, NOTIFIER_PUBLIC_URL_FILE
    and NOTIFIER_HTTP_SINK_FILE name. SIGTERM finishes what is on the wire.

    \b
    Example:  notifier --env-file notifier.env worker
    """
    running = make_worker(load_settings(), os.environ)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda which, _: running.stop(signal.Signals(which).name))
    signal.signal(signal.SIGHUP, lambda *_: running.reload())
    running.run()
