"""Colours that can be read: contrast as WCAG 2.2 defines it, and shades of a colour that have enough of it.

Source: Web Content Accessibility Guidelines 2.2, "relative luminance" and "contrast ratio" in its
glossary; success criteria 1.4.3 (text, 4.5:1) and 1.4.11 (what is not text, 3:1).
"""

from __future__ import annotations

from functools import lru_cache

PATTERN = "#[0-9a-fA-F]{6}"
"""How a colour is written."""

TEXT = 4.5
"""The contrast that text needs (AA)."""

SHAPE = 3.0
"""The contrast that a shape needs that tells something (AA)."""

_STEPS = 100


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours (#rrggbb), 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def ink(ground: str) -> str:
    """Return the colour of text on `ground`: white where that can be read, else black."""
    return "#ffffff" if contrast("#ffffff", ground) >= TEXT else "#000000"


@lru_cache(maxsize=256)
def readable(colour: str, ground: str, ratio: float = TEXT) -> str:
    """Return `colour`, or the nearest shade of it that has the contrast `ratio` to `ground`.

    It is mixed with black on a light ground and with white on a dark one. Where
    not even those have the contrast, they are what is returned.
    """
    far = max("#000000", "#ffffff", key=lambda end: contrast(end, ground))
    shades = (_mixed(colour, far, step / _STEPS) for step in range(_STEPS))
    return next((shade for shade in shades if contrast(shade, ground) >= ratio), far)


def _mixed(colour: str, other: str, share: float) -> str:
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(one + (two - one) * share):02x}" for one, two in pairs)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _channels(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue
