"""Shares as operators write them: 5%, 2.5%."""

from __future__ import annotations

import re

from notifier.config.mistake import Mistake

PATTERN = "[0-9]{1,3}([.][0-9]{1,3})?%"
"""The shape of a share as a regular expression."""

_EXAMPLES = "write for example 5%"


def parse(value: object) -> float:
    """Return the share from 0 to 1 that `value`, text such as "5%", stands for.

    Raises:
        Mistake: it is a number without a percent sign, no share at all, or above 100%.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        near = value * 100 if 0 < value < 1 else value
        raise Mistake("needs a percent sign", f"write {near:g}%" if 0 <= near <= 100 else _EXAMPLES)
    if not isinstance(value, str):
        raise Mistake("must be a share", _EXAMPLES)
    if re.fullmatch(PATTERN, value) is None:
        plain = value.replace(" ", "").replace(",", ".").removesuffix("%")
        is_near = re.fullmatch(PATTERN, f"{plain}%")
        raise Mistake("is no share", f"did you mean `{plain}%`?" if is_near else _EXAMPLES)
    share = float(value.removesuffix("%")) / 100
    if share > 1:
        raise Mistake("is above 100%", "it is the share of all orders that are counted")
    return share
