"""Operators' alerts and silences, in memory."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from notifier.core.alert import Alert, AlertChange, AlertState, Change, Labels, Silence


class Alerts:
    """Every alert; of one rule and key there is one that is not resolved, at most."""

    def __init__(self) -> None:
        self._every: dict[int, Alert] = {}
        self._open: dict[str, dict[str, int]] = {}
        self._of_order: dict[str, list[int]] = {}
        self._unresolved: tuple[Alert, ...] | None = None
        self.silences: list[Silence] = []

    def change(self, change: AlertChange, update_id: int, now: float) -> Alert | None:
        """Open an alert, make it worse, or resolve it; None if nothing is different."""
        of_rule = self._open.setdefault(change.rule, {})
        found = of_rule.get(change.key)
        if change.change is Change.RESOLVE:
            if found is None:
                return None
            del of_rule[change.key]
            resolved = replace(self._every[found], state=AlertState.RESOLVED, resolved_at=now, why=change.why)
            return self._keep(resolved)
        if found is not None:
            alert = self._every[found]
            severity = max(change.severity, alert.severity, key=lambda s: s.rank)
            labels = _joined(alert.labels, change.labels)
            worse = replace(alert, severity=severity, labels=labels, quiet=alert.quiet and change.quiet)
            return None if worse == alert else self._keep(worse)
        alert = Alert(
            id=len(self._every) + 1,
            rule=change.rule,
            key=change.key,
            state=AlertState.OPEN,
            severity=change.severity,
            opened_at=now,
            labels=change.labels,
            ref=change.ref,
            update_id=update_id,
            quiet=change.quiet,
        )
        of_rule[change.key] = alert.id
        if alert.ref:
            self._of_order.setdefault(alert.ref, []).append(alert.id)
        return self._keep(alert)

    def acknowledge(self, rule: str, key: str, by: str, now: float) -> Alert | None:
        """Note that somebody takes care of it; None if there is none that is open."""
        found = self._open.get(rule, {}).get(key)
        if found is None or self._every[found].state is not AlertState.OPEN:
            return None
        return self._keep(
            replace(self._every[found], state=AlertState.ACKNOWLEDGED, by=by, acknowledged_at=now)
        )

    def of(self, ref: str, rules: Collection[str]) -> tuple[Alert, ...]:
        """Return all alerts of an order, and the unresolved ones of some rules."""
        ids = dict.fromkeys(self._of_order.get(ref, ()) if ref else ())
        for rule in rules:
            ids |= dict.fromkeys(self._open.get(rule, {}).values())
        return tuple(self._every[id_] for id_ in ids)

    def is_open(self, rule: str) -> bool:
        """Tell whether a rule has an alert that is not resolved."""
        return bool(self._open.get(rule))

    def is_quiet(self, rule: str) -> bool:
        """Tell whether a rule has an alert that nobody was notified of yet."""
        return any(self._every[id_].quiet for id_ in self._open.get(rule, {}).values())

    def unresolved(self) -> tuple[Alert, ...]:
        """Return the alerts that are open or acknowledged."""
        if self._unresolved is None:
            ids = (id_ for of_rule in self._open.values() for id_ in of_rule.values())
            self._unresolved = tuple(self._every[id_] for id_ in ids)
        return self._unresolved

    def quieting(self, now: float) -> tuple[Silence, ...]:
        """Return the silences in force."""
        return tuple(s for s in self.silences if s.is_in_force(now)) if self.silences else ()

    def _keep(self, alert: Alert) -> Alert:
        self._every[alert.id] = alert
        self._unresolved = None
        return alert


def _joined(before: Labels, more: Labels) -> Labels:
    fields = dict.fromkeys([*before, *more])
    return {f: tuple(dict.fromkeys([*before.get(f, ()), *more.get(f, ())])) for f in fields}
