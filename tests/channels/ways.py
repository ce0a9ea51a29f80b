"""Channels and words that the tests of this folder share."""

from __future__ import annotations

from notifier.core.channel import Audience, Channel
from notifier.core.expression import Facts
from notifier.core.message import Rendered

SECRET = "c4nary9secret"  # in every URL, and nowhere else

WORDS = Rendered(
    subject="Your order 1001 is on its way",
    html='<p>On its way: <a href="https://track.example/1">track it</a></p>',
    text="On its way: https://track.example/1",
    sms="Order 1001 is on its way: https://track.example/1",
    chat='<b>1001</b> is late: <a href="https://shop.example/1001">order</a>',
)


def to_customer(_facts: Facts) -> str:
    raise AssertionError("the gateway is given the recipient; it never asks `to`")


def channel(url: str | None, *, to: bool = False) -> Channel:
    audience = Audience.CUSTOMER if to else Audience.OPS
    return Channel(name="way", url=url, audience=audience, to=to_customer if to else None)


SLACK = f"slack://T0AAAAAAA/B0AAAAAAA/{SECRET}aaaaaaaaaaa"
DISCORD = f"discord://{'1' * 18}/{SECRET}{'a' * 50}"
SLACK_BOT = "slack://xoxb-1234-1234-4ddbc191d40ee098cbaae6f3523ada2d/C0AAAAAAA"
TELEGRAM = f"tgram://123456789:{SECRET}abcdefghijklmnopqrstuv/12315544/"
JSON = f"json://user:{SECRET}@shop.example/hook"
TWILIO = f"twilio://AC{'0' * 32}:{SECRET}@15005550006"
VONAGE = f"vonage://deadbeef:{SECRET}@15005550006"
CLICKSEND = f"clicksend://user:{SECRET}@"
SINCH = f"sinch://{'a' * 32}:{'c4a9' * 8}@15005550006"
MSGBIRD = f"msgbird://{SECRET}aaaaaaaaaaaa/15005550006"
PLIVO = f"plivo://MA{'A' * 18}@{SECRET}{'a' * 27}/15005550006"
SENDGRID = f"sendgrid://{SECRET}:from@shop.example"

FIXED = {"slack": SLACK, "discord": DISCORD, "tgram": TELEGRAM, "json": JSON}
TEXTS = {
    "twilio": TWILIO,
    "vonage": VONAGE,
    "clicksend": CLICKSEND,
    "sinch": SINCH,
    "msgbird": MSGBIRD,
    "plivo": PLIVO,
}

PHONE = "+31612345678"


def mail_url(port: int, extra: str = "") -> str:
    """Return a mailto:// URL to a sink."""
    return f"mailto://127.0.0.1:{port}?from=Example%20Shop<orders@shop.example>{extra}"
