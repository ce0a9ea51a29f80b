"""`match`: what must fit, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OneOf:
    """Fits a value equal to one of `values`: text without regard to case, numbers by value."""

    values: tuple[str | float | bool, ...]

    def fits(self, value: object) -> bool:
        """Tell whether `value` equals one of the wanted values."""
        return any(_equal(value, wanted) for wanted in self.values)

    def __str__(self) -> str:
        return " or ".join(str(v) for v in self.values)


@dataclass(frozen=True, slots=True)
class Range:
    """Fits a number between the bounds; `above` and `below` exclude, `at_least` and `at_most` include."""

    above: float | None = None
    below: float | None = None
    at_least: float | None = None
    at_most: float | None = None

    def fits(self, value: object) -> bool:
        """Tell whether `value`, a number or text that reads as one, lies within the bounds."""
        number = _number(value)
        if number is None:
            return False
        return (
            (self.above is None or number > self.above)
            and (self.below is None or number < self.below)
            and (self.at_least is None or number >= self.at_least)
            and (self.at_most is None or number <= self.at_most)
        )

    def __str__(self) -> str:
        bounds = {"above": self.above, "below": self.below, "min": self.at_least, "max": self.at_most}
        return ", ".join(f"{word} {bound:g}" for word, bound in bounds.items() if bound is not None)


@dataclass(frozen=True, slots=True)
class Clause:
    """One line of `match`: a field (`country`, `attributes.total`) and what it must be."""

    field: str
    test: OneOf | Range


def _equal(value: object, wanted: str | float | bool) -> bool:
    if isinstance(wanted, bool) or isinstance(value, bool):
        return value is wanted
    if isinstance(wanted, int | float):
        return _number(value) == wanted
    return isinstance(value, str | int | float) and str(value).casefold() == wanted.casefold()


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None
