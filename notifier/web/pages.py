"""Pages behind the links in messages: small, whole, without scripts, kept by nobody, found by nobody."""

from __future__ import annotations

import base64
import hashlib
from html import escape

_STYLE = """
:root { color-scheme: light dark; font: 1.125rem/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 32rem; padding: 12vh 1.5rem 3rem; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 1rem; }
p, dl, ul { margin: 0 0 1.5rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; }
dt { opacity: .7; }
dd { margin: 0; min-width: 0; }
ul { padding-left: 1.2rem; }
label { display: block; margin: 0 0 1.5rem; }
input { font: inherit; box-sizing: border-box; width: 100%; padding: .5rem .7rem; }
button { font: inherit; font-weight: 600; padding: .7rem 1.5rem; border: 0; border-radius: .4rem;
  background: light-dark(#1f4e9c, #a9c7ff); color: light-dark(#fff, #10203c); cursor: pointer; }
button:focus-visible { outline: 3px solid currentcolor; outline-offset: 3px; }
"""

_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{content}
</main>
</body>
</html>
"""

_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}
"""What every such page is answered with."""


def page(title: str, content: str, language: str = "en") -> bytes:
    """Return a page.

    Args:
        title: text.
        content: HTML, escaped where it comes from outside.
        language: BCP 47.
    """
    return _PAGE.format(title=escape(title), content=content, style=_STYLE, language=language).encode(
        "utf-8", "replace"
    )
