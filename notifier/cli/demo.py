"""`notifier demo`: from webhook to inbox before your eyes, with nothing to set up."""

from __future__ import annotations

import http.client
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import click

from notifier.bootstrap.database import open_store
from notifier.cli.explain import lines
from notifier.cli.init import write_defaults
from notifier.config.settings import read_settings
from notifier.core.history import OrderHistory
from notifier.core.message import State, UpdateState
from notifier.demo import story, words
from notifier.demo.arrivals import Arrival, Arrivals
from notifier.demo.sinks import ChatSink, MailSink
from notifier.demo.stage import Answer, DemoError, Processes, Stage, free_port
from notifier.store.protocol import Store

PATIENCE = 20.0
"""Seconds that anything may take before the demo gives up."""

_LOOK_EVERY = 0.02


@click.command()
@click.option(
    "--once", is_flag=True, help="End after the round; exit code 0 only if all arrived as expected."
)
@click.option("--port", type=click.IntRange(1, 65_535), help="Of the webhook; any free one by default.")
def demo(once: bool, port: int | None) -> None:
    """Show a webhook become a mail: real processes, a made-up customer, this machine only.

    Needs no settings and touches none of yours: everything is in a temporary
    folder that is removed at the end. Goes on until Ctrl-C.

    \b
    Example:  notifier demo
    """
    stopped = _Stopped()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stopped)
    arrivals = Arrivals()
    with ExitStack() as cleanup:
        try:
            stage = _set_up(cleanup, arrivals, port)
        except OSError as error:
            raise DemoError(f"the demo finds no place to run in: {error}") from None
        sys.exit(_run(stage, arrivals, stopped, once))


def _set_up(cleanup: ExitStack, arrivals: Arrivals, port: int | None) -> Stage:
    """Make the folder with rules and templates, and start the sinks; `cleanup` undoes it."""
    made = tempfile.TemporaryDirectory(prefix="notifier-demo-", ignore_cleanup_errors=True)
    folder = Path(cleanup.enter_context(made)).resolve()
    for _ in write_defaults(folder):
        pass
    mails = cleanup.enter_context(MailSink(arrivals))
    chats = cleanup.enter_context(ChatSink(arrivals))
    return Stage(folder, free_port(port), mails.port, chats.url)


class _Stopped:
    """Set by a signal, asked wherever the demo waits."""

    asked = False

    def __call__(self, *_: object) -> None:
        self.asked = True


class _Interrupted(Exception):
    """Somebody wants the demo to end."""


def _run(stage: Stage, arrivals: Arrivals, stopped: _Stopped, once: bool) -> int:
    """Play the story, then wait; return the exit code."""
    click.echo(words.heading("notifier demo: from webhook to inbox") + ", on this machine only")
    click.echo()
    with Processes(stage, os.environ) as processes:
        player = _Player(stage, arrivals, processes, stopped)
        try:
            return _play(player, once)
        except _Interrupted:
            click.echo()
            click.echo("stopping web and worker, removing the folder")
            return 1 if once else 0
        except DemoError as error:
            click.echo()
            click.echo(words.failed(str(error)))
            click.echo(words.heading("The last lines of the log:"))
            click.echo("\n".join(stage.last_words()) or "(it is empty)")
            return 1
        finally:
            player.close()


def _play(player: _Player, once: bool) -> int:
    player.start()
    player.register()
    for number, step in enumerate(story.STEPS, 1):
        player.play(number, step)
    click.echo()
    player.explain()
    click.echo()
    count = sum(len(step.expected) for step in story.STEPS)
    done = f"{len(story.STEPS)} updates, {count} messages: exactly those that the rules ask for"
    click.echo(words.done(done))
    if not once:
        click.echo()
        for line in words.farewell(player.stage):
            click.echo(line)
        click.echo()
        click.echo("Everything keeps running. Ctrl-C ends it and removes the folder, your edits with it.")
        player.wait(lambda: False, float("inf"))
    return 0


class _Player:
    """Plays the story and tells what happens while it does."""

    def __init__(self, stage: Stage, arrivals: Arrivals, processes: Processes, stopped: _Stopped) -> None:
        self.stage = stage
        self._arrivals = arrivals
        self._processes = processes
        self._stopped = stopped
        self._told = 0
        self._posted_at: float | None = None
        self._store: Store | None = None

    def close(self) -> None:
        """Let go of the database."""
        if self._store is not None:
            self._store.close()

    def start(self) -> None:
        """Wait until web and worker are ready."""
        began = time.monotonic()
        if not self.wait(self.stage.ready):
            raise DemoError(f"web and worker were not ready within {PATIENCE:.0f} s")
        self._store = open_store(read_settings(self.stage.environment({})))
        click.echo(words.done(f"web and worker are running, after {time.monotonic() - began:.1f} s"))

    def register(self) -> None:
        """Tell who ordered, as a shop does."""
        path = f"/orders/{story.REF}"
        headers = {"Authorization": f"Bearer {self.stage.token}"}
        click.echo(words.done(f"the shop registers order {story.REF}: {story.NAME} <{story.EMAIL}>"))
        self._call("PUT", path, story.registration(), headers)

    def play(self, number: int, step: story.Step) -> None:
        """Post one update and wait for what comes of it."""
        before = len(self._arrivals)
        click.echo()
        click.echo(words.heading(f"{number}. Cottoncast says: {step.title}"))
        self._posted_at = time.time()
        self._call("POST", story.PATH, step.body, story.headers(step.body, self.stage.secret))
        settled = self.wait(lambda: _settled(self._history(), number))
        arrived = self._arrivals.since(before)
        self._tell()
        self._posted_at = None
        wrong = step.missing(arrived)
        if wrong or not settled:
            click.echo()
            self.explain()
            why = "" if settled else f" ({PATIENCE:.0f} s have passed)"
            raise DemoError("; ".join(wrong or [f"{step.status}: it is not settled"]) + why)

    def explain(self) -> None:
        """Print what `notifier explain` prints."""
        click.echo(words.heading(f"notifier explain {story.REF}"))
        for line in lines(self._history(), every=False):
            click.echo(f"  {line}" if line else "")

    def wait(self, condition: Callable[[], bool], seconds: float = PATIENCE) -> bool:
        """Wait until `condition` holds, telling what arrives meanwhile; return whether it came to hold.

        Raises:
            _Interrupted: somebody wants the demo to end.
            DemoError: web or worker ended.
        """
        deadline = time.monotonic() + seconds
        while not condition():
            self._tell()
            if self._stopped.asked:
                raise _Interrupted
            if not self._processes.alive:
                raise DemoError("web or worker has ended")
            if time.monotonic() > deadline:
                return False
            time.sleep(_LOOK_EVERY)
        return True

    def _tell(self) -> None:
        new: list[Arrival] = self._arrivals.since(self._told)
        for thing in new:
            for line in words.arrival(thing, self._posted_at):
                click.echo(line)
        self._told += len(new)

    def _call(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> None:
        answer = self._answer(method, path, body, headers)
        click.echo(words.asked(method, self.stage.url + path, answer))
        if answer.status >= 300:
            raise DemoError(f"{method} {path} was refused: {answer.text}")

    def _answer(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        try:
            return self.stage.call(method, path, body, headers)
        except (OSError, http.client.HTTPException) as error:
            raise DemoError(f"{method} {path} had no answer: {error}") from None

    def _history(self) -> OrderHistory:
        assert self._store is not None
        found = self._store.updates.history(story.REF)
        assert found is not None
        return found


def _settled(history: OrderHistory, count: int) -> bool:
    """Tell whether `count` updates are decided and all their messages have ended."""
    return len(history.updates) >= count and all(
        update.state is UpdateState.DECIDED
        and not any(told.message.state in {State.PENDING, State.SENDING} for told in update.messages)
        for update in history.updates
    )
