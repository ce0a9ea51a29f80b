"""What expressions of rules.yaml are once they were compiled: plain callables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

Facts: TypeAlias = Mapping[str, object]
"""What expressions and templates see; made by `notifier.core.facts`."""

Condition: TypeAlias = Callable[[Facts], bool]
"""A compiled `if:`. Raises RenderError if it cannot be worked out."""

Address: TypeAlias = Callable[[Facts], str]
"""A compiled `to:`; gives an empty string where there is no address. Raises RenderError."""
