"""How long the words of a customer's mail take, and the mail around them, against bare Jinja2.

The mail is `shipped` in Dutch, for an order with two parcels and items with pictures: subject,
HTML and text, with layout, translations, dates and cleaning. The baseline is Jinja2 alone, without
sandbox, bounds and translations, that prints a page of the same size from the same values.
Both take turns, so that both meet the same noise.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment

from notifier.channels import mime
from notifier.core.shop import Shop
from notifier.render.compiling import load_templates
from notifier.render.sample import samples

ROOT = Path(__file__).parents[1]
ROUNDS = 2_000
SHOP = Shop("Example Shop", "Europe/Amsterdam", "nl", "https://shop.example", "help@shop.example")

_BARE = (
    '<html lang="nl"><p style="margin:0">{{ order.ref }} {{ shop.name }}</p>'
    "{% for p in order.shipments %}<p>{{ p.carrier_label }} {{ p.tracking_code }} {{ p.link }}</p>"
    "{% endfor %}"
    '{% for i in order["items"] %}<p>{{ i.quantity }} {{ i.name }}</p>{% endfor %}'
)


def measure() -> list[tuple[str, str]]:
    """Return the medians, in milliseconds of wall time in one thread."""
    started = time.perf_counter()
    templates = load_templates(ROOT / "templates")
    loading = time.perf_counter() - started
    facts = samples(SHOP)["with-items"]
    rendered = templates.render("shipped", "email", facts, "nl", None, "NL")
    filler = "x" * max(0, len(rendered.html) + len(rendered.text) - len(_BARE))
    bare = Environment(autoescape=True).from_string(_BARE + filler)
    head = mime.letterhead(("Example Shop", "orders@shop.example"), {})
    now = datetime.now(UTC)

    def build() -> object:
        return mime.build(
            head,
            recipient="jane@example.com",
            subject=rendered.subject,
            text=rendered.text,
            html=rendered.html,
            message_id="0123456789abcdef",
            now=now,
            headers={},
        )

    words, baseline, mail = _in_turn(
        lambda: templates.render("shipped", "email", facts, "nl", None, "NL"),
        lambda: bare.render(facts),
        build,
    )
    return [
        ("templates and catalogues, loaded and compiled", f"{loading * 1_000:,.0f} ms, once for each edit"),
        ("the words of a mail: subject, HTML, text, in Dutch", f"{words} ms"),
        (
            f"bare Jinja2, {(len(rendered.html) + len(rendered.text)) / 1_000:.0f} KB, no sandbox",
            f"{baseline} ms",
        ),
        ("the mail around them (MIME)", f"{mail} ms"),
    ]


def _in_turn(*each: Callable[[], object]) -> list[str]:
    """Return the median and the 99th percentile of each, in milliseconds."""
    taken: list[list[float]] = [[] for _ in each]
    for number in range(ROUNDS + 50):
        for own, call in zip(taken, each, strict=True):
            begun = time.perf_counter()
            call()
            if number >= 50:  # the first ones fill caches
                own.append((time.perf_counter() - begun) * 1_000)
    return [f"{statistics.median(own):.2f} (p99 {statistics.quantiles(own, n=100)[98]:.2f})" for own in taken]
