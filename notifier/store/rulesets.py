"""What a store is for rules: which were ever in force, which are now, and an edit that was refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Rejection:
    """An edit that was not taken up: when that was found, how many mistakes it has, and the first."""

    at: float
    problems: int
    problem: str


@dataclass(frozen=True, slots=True)
class InForce:
    """The rules in force by their fingerprint, since when, and an edit that was refused since, if any.

    Without a fingerprint no worker has ever taken up any. `timezone` is the shop's, an IANA name.
    """

    fingerprint: str | None = None
    since: float | None = None
    rejected: Rejection | None = None
    timezone: str = "UTC"


class Rulesets(Protocol):
    """Versions of rules and templates, by fingerprint."""

    def take_up(
        self,
        fingerprint: str,
        rule_ids: Sequence[str],
        now: float,
        timezone: str = "UTC",
        *,
        shop_rules: Sequence[str] = (),
    ) -> None:
        """Say that these rules are in force from now on; an edit that was refused before is forgotten.

        Those that are in force already keep since when.

        Args:
            rule_ids: everything that is judged on every update, in its order.
            timezone: the shop's, an IANA name: commands that need no rules show times in it.
            shop_rules: ids of the rules that speak of the shop as a whole: no update is judged by them.
        """

    def reject(self, problems: Sequence[str], now: float) -> bool:
        """Say that an edit was refused; False if the same was said already since the last `take_up`.

        It is an internal event, `rules_rejected`, with the first problem.

        Args:
            problems: all of them in words without secrets, at least one.
        """

    def current(self) -> InForce:
        """Return what is in force."""

    def rules_of(self, fingerprint: str) -> tuple[str, ...] | None:
        """Return the ids of a version's rules in their order, None if it was never in force."""

    def names(self) -> tuple[str, ...] | None:
        """Return the ids of all rules in force, also of those about the shop; None if it is not known."""
