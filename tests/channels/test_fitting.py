"""Chat messages that are too long: whole lines go, and what is left is a message."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifier.channels.fitting import MORE, fitted, size
from notifier.core.message import Rendered
from tests.channels.conftest import Open
from tests.channels.ways import DISCORD, SLACK, TELEGRAM
from tests.sinks import HttpSink

TEAMS = f"workflows://prod-0.logic.azure.com:443/{'6' * 32}/{'8' * 43}/"
ROCKET = f"rockets://{'a' * 17}/{'b' * 24}@chat.shop.example/ops"

LIMITS = {
    TELEGRAM: 4_096,
    DISCORD: 2_000,
    SLACK: 35_000,
    f"{SLACK}?blocks=yes": 3_000,
    TEAMS: 1_000,
    ROCKET: 1_000,
}

TAKE = '<a href="https://shop.example/ack/1">Take it</a>'


def group(count: int) -> Rendered:
    lines = "".join(
        f'<br>• <b>Order {n}</b> of 🧶 Kees &amp; Co &lt;x&gt; <a href="https://shop.example/o/{n}">3S{n}</a>'
        for n in range(count)
    )
    return Rendered(chat=f"🔴 <b>{count} orders</b>{lines}<br>and 12 more<br>{TAKE}")


def text_of(payload: Any) -> str:
    if "embeds" in payload:
        return str(payload["embeds"][0]["description"])
    if "attachments" not in payload:
        return str(payload["text"])
    (attachment,) = payload["attachments"]
    if "content" in attachment:
        return str(attachment["content"]["body"][0]["text"])
    return str(attachment.get("text") or attachment["blocks"][0]["text"]["text"])


@pytest.mark.parametrize("url", LIMITS)
@pytest.mark.parametrize("count", [20, 60, 400, 700])
def test_a_long_group_is_whole_lines_and_its_link(
    gateway: Open, http: HttpSink, url: str, count: int
) -> None:
    ways = gateway(url)
    words = group(count)
    fits = ways.fits("way", words)
    ways.send("way", words, "", "m1")
    (request,) = http.wait_for(1)
    text = text_of(json.loads(request.body))

    assert size(text) <= LIMITS[url]
    assert "https://shop.example/ack/1" in text.splitlines()[-1]
    assert fits is (MORE not in text)
    orders = re.findall(r"Order (\d+)", text)
    assert orders == [str(n) for n in range(len(orders))]
    assert len(orders) > 3
    links = re.findall(r"shop\.example/o/(\d+)", text)
    assert links == orders  # no line is cut


def test_telegram_is_given_html_that_it_can_read(gateway: Open, http: HttpSink) -> None:
    gateway(TELEGRAM).send("way", group(400), "", "m1")
    (request,) = http.wait_for(1)
    text = json.loads(request.body)["text"]
    opened = re.findall(r"<(b|a)\b", text)
    assert opened.count("b") == text.count("</b>")
    assert opened.count("a") == text.count("</a>")
    assert not re.search(r"&(?!(?:amp|lt|gt|quot|#\d+);)", text)


def test_one_line_that_is_too_long_by_itself_is_cut_between_characters(gateway: Open, http: HttpSink) -> None:
    gateway(TELEGRAM).send("way", Rendered(chat=f"<b>{'🧶 &amp; ' * 3_000}</b>"), "", "m1")
    (request,) = http.wait_for(1)
    text = json.loads(request.body)["text"]
    assert size(text) <= 4_096
    assert text.endswith(MORE)
    assert "\ud83e" not in text
    assert not re.search(r"&(?!(?:amp|lt|gt|quot|#\d+);)", text)


def test_a_tag_around_several_lines_is_not_split() -> None:
    made = fitted("<b>one<br>two<br>three</b><br>four<br>five", size, 34)
    assert made == f"<b>one<br>two<br>three</b><br>{MORE}"


@settings(deadline=None)
@given(
    st.lists(st.text(st.sampled_from("ab&<>🧶 "), min_size=1, max_size=30), min_size=1, max_size=30),
    st.integers(12, 300),
)
def test_whatever_the_lines_are_it_fits_and_no_entity_is_cut(lines: list[str], most: int) -> None:
    message = "<br>".join(f"<b>{html.escape(line)}</b>" for line in lines)
    made = fitted(message, size, most)
    assert size(made) <= most
    assert made == message or made.endswith(MORE)
    assert made.count("<b>") == made.count("</b>")
    assert not re.search(r"&(?!(?:amp|lt|gt|quot|#x27);)", made)
