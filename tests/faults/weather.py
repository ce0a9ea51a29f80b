"""What goes wrong on a day of traffic: for whom and when, by nothing but a recipient and the attempt.

Of a thousand recipients a hundred are refused or cut off for now, twenty for good,
and of ten the mail is taken and the answer lost. One line or mail of sixty fails
before anybody is named. An operators' alert may lose its answer as well.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from zlib import crc32

from tests.sinks import Answer, Request
from tests.smtp_faults import CLOSE, HANG, RESET, Fault, Moment, Step, says


class Lot(StrEnum):
    """What becomes of a recipient's mail, unless its worker is killed over it."""

    FINE = "fine"
    TRANSIENT = "transient"
    PERMANENT = "permanent"
    LOST = "lost"


@dataclass(frozen=True)
class Trouble:
    """A fault at one step, as often as a recipient comes there: `times` in a row, for ever if None."""

    step: Step
    fault: Fault
    times: int | None = 1


# A line that dies before the text is replaced within the attempt, so that needs two times to be noticed.
_TRANSIENT = (
    Trouble(Step.RCPT, says("450 4.2.0 mailbox busy")),
    Trouble(Step.RCPT, says("451 4.7.1 greylisted"), 2),
    Trouble(Step.RCPT, says("421 4.3.2 shutting down"), 2),
    Trouble(Step.RCPT, CLOSE, 2),
    Trouble(Step.RCPT, RESET, 2),
    Trouble(Step.DATA, says("451 4.3.0 local error")),
    Trouble(Step.DATA, CLOSE, 2),
    Trouble(Step.DATA, RESET, 2),
    Trouble(Step.TEXT, says("451 4.3.0 local error")),
    Trouble(Step.TEXT, says("452 4.3.1 no space"), 2),
    Trouble(Step.TEXT, says("421 4.3.2 shutting down")),
)
_PERMANENT = (
    Trouble(Step.RCPT, says("550 5.1.1 no such user"), None),
    Trouble(Step.RCPT, says("553 5.7.1 not by our rules"), None),
    Trouble(Step.DATA, says("554 5.5.1 no valid recipients"), None),
    Trouble(Step.TEXT, says("554 5.7.1 looks like spam"), None),
)
_LOST = (
    Trouble(Step.TEXT, CLOSE, None),
    Trouble(Step.TEXT, RESET, None),
    Trouble(Step.TEXT, HANG, None),
)


def lot(recipient: str) -> Lot:
    """Return what a recipient's mail is to meet."""
    share = crc32(recipient.encode()) % 1000
    if share < 100:
        return Lot.TRANSIENT
    if share < 120:
        return Lot.PERMANENT
    return Lot.LOST if share < 130 else Lot.FINE


def trouble(recipient: str) -> Trouble | None:
    """Return what goes wrong for a recipient, if anything does."""
    kinds = {Lot.TRANSIENT: _TRANSIENT, Lot.PERMANENT: _PERMANENT, Lot.LOST: _LOST, Lot.FINE: ()}
    choice = kinds[lot(recipient)]
    return choice[crc32(recipient.encode()) // 1000 % len(choice)] if choice else None


_EARLY = {
    Step.BANNER: (CLOSE, says("421 4.3.2 too busy")),
    Step.EHLO: (RESET, says("421 4.3.2 too busy")),
    Step.AUTH: (CLOSE, says("454 4.7.0 not just now")),
    Step.MAIL: (CLOSE, RESET, says("451 4.3.0 local error")),
}
"""What goes wrong before the server knows for whom a mail is, once in sixty times."""


def early_trouble(moment: Moment) -> Fault | None:
    """Return what goes wrong before a recipient is named, by the numbers of connection and mail."""
    choice = _EARLY.get(moment.step, ())
    number = crc32(f"{moment.step} {moment.connection} {moment.message}".encode())
    return choice[number // 60 % len(choice)] if choice and number % 60 == 0 else None


class MailWeather:
    """The script of a FaultServer; counts how often each recipient came to its trouble."""

    def __init__(self) -> None:
        self.met: Counter[str] = Counter()

    def __call__(self, moment: Moment) -> Fault | None:
        """Return what goes wrong at this moment."""
        if not moment.recipient:
            return early_trouble(moment)
        found = trouble(moment.recipient)
        if found is None or moment.step is not found.step:
            return None
        self.met[moment.recipient] += 1
        is_over = found.times is not None and self.met[moment.recipient] > found.times
        return None if is_over else found.fault


class AlertWeather:
    """The script of an HttpSink: every fourth order's alert loses its answer once, every eighth's twice."""

    def __init__(self) -> None:
        self.met: Counter[str] = Counter()

    def __call__(self, request: Request) -> Answer | None:
        """Return how an alert is answered; None is as always."""
        ref = order_of(request)
        self.met[ref] += 1
        number = int(ref)
        times = 2 if number % 8 == 0 else 1 if number % 4 == 0 else 0
        if self.met[ref] > times:
            return None
        return Answer(500) if number % 16 == 4 else Answer(drop=True)


def order_of(request: Request) -> str:
    """Return the order that an alert is about."""
    found = re.search(rb"Problem with order (\d+)", request.body)
    assert found, request.body
    return found[1].decode()
