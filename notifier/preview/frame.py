"""Mails and chat messages as documents of their own, to be shown in a frame that lets nothing out."""

from __future__ import annotations

import base64
import re
from enum import StrEnum

from notifier.render.sample_orders import PICTURE

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data:; font-src https:; "
    "base-uri 'none'; form-action 'none'"
)
"""The Content-Security-Policy of what is shown: styles and pictures, and nothing that acts."""

SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
"""What a frame may do: open the links of a mail in a page of their own."""

_HEAD = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><base target="_blank">'

_PREFERS = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)", re.IGNORECASE)
_DECLARED = re.compile(
    r"""(color-schemes?\s*[:"'=]+\s*(?:content\s*=\s*["']\s*)?)light\s+dark""", re.IGNORECASE
)
_START = re.compile(r"<head\b[^>]*>", re.IGNORECASE)

_SHIRT = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
    '<rect width="64" height="64" fill="#e6edf7"/>'
    '<path d="M23 14l-13 7 5 11 6-3v22h22V29l6 3 5-11-13-7c-2 5-16 5-18 0z" fill="#2f62c9"/></svg>'
)
_PICTURE = "data:image/svg+xml;base64," + base64.b64encode(_SHIRT.encode()).decode()


class Scheme(StrEnum):
    """The colours that a reader has asked the machine for."""

    LIGHT = "light"
    DARK = "dark"


def mail(html: str, scheme: Scheme) -> str:
    """Return a mail as a reader with `scheme` sees it, whatever this machine is set to.

    Media queries for a colour scheme become such that hold always or never.
    """
    html = _PREFERS.sub(lambda m: "(min-width: 0)" if m[1].lower() == scheme else "(max-width: 0)", html)
    html = _DECLARED.sub(lambda m: m[1] + scheme, html)
    html = html.replace(PICTURE, _PICTURE)
    start = _START.search(html)
    at = start.end() if start else 0
    return html[:at] + _HEAD + html[at:]


def chat(html: str) -> str:
    """Return a chat message as a document."""
    looks = (
        ":root { color-scheme: light dark; } body { margin: 14px 16px; font: 15px/1.47 system-ui, sans-serif;"
        " overflow-wrap: anywhere; } a { color: light-dark(#1264a3, #8ab8ff); }"
    )
    return (
        f'<!doctype html><html><head><meta charset="utf-8">{_HEAD}<style>{looks}</style></head><body>{html}'
    )
