"""One chat template, read everywhere: bold, links, lists, colours, and strangers' names."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from markupsafe import escape

from notifier.core.message import Rendered
from notifier.core.tone import Tone
from tests.channels.conftest import Open
from tests.channels.ways import DISCORD, SLACK, TELEGRAM
from tests.sinks import HttpSink

TEAMS = f"workflows://prod-0.logic.azure.com:443/{'6' * 32}/{'8' * 43}/"
NTFY = "ntfys://orders"
MATTERMOST = f"mmosts://chat.shop.example/{'a' * 26}"

WAYS = {
    "slack": SLACK,
    "teams": TEAMS,
    "discord": DISCORD,
    "telegram": TELEGRAM,
    "ntfy": NTFY,
    "mattermost": MATTERMOST,
}

NAMES = (
    "<!channel>",
    "@everyone",
    "*b* _i_ `c` ~s~",
    "[x](https://evil.example)",
    "<at>a@b.example</at>",
    "@**all**",
)

CHAT = Rendered(
    chat="🔴 <b>Problem</b> with "
    '<a href="https://shop.example/orders/41?a=1&amp;b=2">order WEB_41_b</a> &amp; more<br>'
    + "<br>".join(f"• <b>{number}</b> of {escape(name)}" for number, name in enumerate(NAMES))
    + "<br>and 12 more"
)

URL = "https://shop.example/orders/41?a=1&b=2"


def shown(gateway: Open, http: HttpSink, service: str, words: Rendered = CHAT, extra: str = "") -> Any:
    gateway(WAYS[service] + extra).send("way", words, "", "m1")
    (request,) = http.wait_for(1)
    return json.loads(request.body)


def text_of(service: str, payload: Any) -> str:
    match service:
        case "slack":
            return str(payload["attachments"][0]["text"])
        case "teams":
            return str(payload["attachments"][0]["content"]["body"][0]["text"])
        case "discord":
            return str(payload["embeds"][0]["description"])
        case "ntfy":
            return str(payload["message"])
        case _:
            return str(payload["text"])


@pytest.mark.parametrize(
    ("service", "first_line"),
    [
        ("slack", f"🔴 *Problem* with <{URL.replace('&', '&amp;')}|order WEB_41_b> &amp; more"),
        ("teams", rf"🔴 **Problem** with [order WEB\_41\_b]({URL}) & more"),
        ("discord", rf"🔴 **Problem** with [order WEB\_41\_b](<{URL}>) & more"),
        (
            "telegram",
            f'🔴 <b>Problem</b> with <a href="{URL.replace("&", "&amp;")}">order WEB_41_b</a> &amp; more',
        ),
        ("ntfy", f"🔴 Problem with order WEB_41_b ({URL}) & more"),
        ("mattermost", rf"🔴 **Problem** with [order WEB\_41\_b]({URL}) & more"),
    ],
)
def test_bold_and_links_are_kept_in_the_services_own_markup(
    gateway: Open, http: HttpSink, service: str, first_line: str
) -> None:
    lines = text_of(service, shown(gateway, http, service)).splitlines()
    assert lines[0].rstrip() == first_line
    assert lines[-1] == "and 12 more"
    assert len(lines) == len(NAMES) + 2
    assert all(line.startswith("• ") for line in lines[1:-1])


@pytest.mark.parametrize("service", WAYS)
@pytest.mark.parametrize("extra", ["", "?format=markdown", "?format=text"])
def test_no_name_of_a_customer_wakes_anybody(gateway: Open, http: HttpSink, service: str, extra: str) -> None:
    payload = shown(gateway, http, service, extra=extra)
    raw = json.dumps(payload, ensure_ascii=False).replace("\\\\", "")
    assert "@everyone" not in raw
    assert "@**all**" not in raw
    assert "<at>" not in raw
    assert "entities" not in raw
    assert service != "slack" or "<!" not in raw


@pytest.mark.parametrize("service", ["slack", "ntfy"])
@pytest.mark.parametrize("extra", ["", "?format=text"])
def test_no_marks_of_an_escape_are_shown(gateway: Open, http: HttpSink, service: str, extra: str) -> None:
    assert "\\" not in text_of(service, shown(gateway, http, service, extra=extra))


@pytest.mark.parametrize("service", ["discord", "mattermost", "teams"])
def test_a_link_in_a_name_is_words_where_markdown_is_read(
    gateway: Open, http: HttpSink, service: str
) -> None:
    assert r"\[x\]\(https://evil.example\)" in text_of(service, shown(gateway, http, service))


@pytest.mark.parametrize("extra", ["", "?format=markdown", "?format=text"])
def test_telegram_reads_html_whatever_the_url_asks_for(gateway: Open, http: HttpSink, extra: str) -> None:
    payload = shown(gateway, http, "telegram", extra=extra)
    assert payload["parse_mode"] == "HTML"
    assert "<b>Problem</b>" in payload["text"]
    assert "<br>" not in payload["text"]


def test_an_address_in_a_message_pings_nobody_in_discord(gateway: Open, http: HttpSink) -> None:
    payload = shown(gateway, http, "discord", Rendered(chat="<b>bob@here.example</b>, bob@4711.example"))
    assert "content" not in payload
    assert "allow_mentions" not in payload


def test_discord_pings_whom_the_url_names(gateway: Open, http: HttpSink) -> None:
    payload = shown(gateway, http, "discord", Rendered(chat="bob@shop.example"), "?ping=%3C%4012345%3E")
    assert payload["content"].endswith("<@12345>")


BOT = "slack://xoxb-1234-1234-4ddbc191d40ee098cbaae6f3523ada2d/C0AAAAAAA"


@pytest.mark.parametrize(
    "url", [SLACK, f"{SLACK}?blocks=yes", f"{SLACK}?format=text", BOT, f"{BOT}?blocks=yes"]
)
def test_slack_shows_the_headline_in_a_notification(gateway: Open, http: HttpSink, url: str) -> None:
    gateway(url).send("way", CHAT, "", "m1")
    (request,) = http.wait_for(1)
    payload = json.loads(request.body)
    (attachment,) = payload["attachments"]
    assert "text" not in payload  # Slack would show it twice
    link = f" ({URL.replace('&', '&amp;')})" if "format=text" in url else ""
    assert attachment["fallback"].replace(link, "") == "🔴 Problem with order WEB_41_b &amp; more"


def test_a_headline_in_slack_is_of_a_phones_size_and_wakes_nobody(gateway: Open, http: HttpSink) -> None:
    chat = "<br><b>Late:</b> " + "&lt;!channel&gt; 5 &amp; 6 " * 30
    payload = shown(gateway, http, "slack", Rendered(chat=chat))
    fallback = payload["attachments"][0]["fallback"]
    assert fallback.startswith("Late: &lt;!channel&gt; 5 &amp; 6 &lt;")
    assert len(fallback) <= 150
    assert "<" not in fallback
    assert not fallback.rstrip("…").rpartition("&")[2].isalpha()


def test_discord_is_given_no_empty_address(gateway: Open, http: HttpSink) -> None:
    (embed,) = shown(gateway, http, "discord")["embeds"]
    assert embed["author"] == {"name": "Łódź Knits"}


def test_the_colour_tells_good_news_from_bad(gateway: Open, http: HttpSink) -> None:
    ways = gateway(SLACK)
    for tone in Tone:
        ways.send("way", replace(CHAT, tone=tone), "", "m1")
    colours = [json.loads(r.body)["attachments"][0]["color"] for r in http.wait_for(4)]
    assert len(set(colours)) == 4
    by_tone = dict(zip(Tone, colours, strict=True))
    assert by_tone[Tone.SUCCESS] == "#3AA337"  # green
    assert by_tone[Tone.FAILURE] == "#A32037"  # red


def test_discord_shows_the_same_colours(gateway: Open, http: HttpSink) -> None:
    (embed,) = shown(gateway, http, "discord", replace(CHAT, tone=Tone.FAILURE))["embeds"]
    assert embed["color"] == 0xA32037
