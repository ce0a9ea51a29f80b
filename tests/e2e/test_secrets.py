"""Secrets of the installation show up nowhere, whatever goes wrong, and customers in no log and no metric.

Every channel fails in every way while other sides repeat what they were sent; then all that
is kept or shown is searched.
"""

from __future__ import annotations

import json
import re
import ssl
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.service_process import API_TOKEN, WEBHOOK_SECRET, Service, body, eventually, signed
from tests.sinks import Answer, HttpSink, Request
from tests.smtp_faults import FaultServer, Moment, Step, says

PASSWORD = "Sommer2024!"  # as people choose them, and nothing that looks like a token
HOOK_PASSWORD = "correct-horse"
HEADER = "hunter2x"
HOOK_PATH = "c4narypath0f0hook"
SECRETS = {
    "mail": PASSWORD,
    "mail by TLS": "tls-Sommer-2024",
    "hook": HOOK_PASSWORD,
    "hook's login": b64encode(f"hookuser:{HOOK_PASSWORD}".encode()).decode(),
    "hook's header": HEADER,
    "hook's path": HOOK_PATH,
    "slack": "c4naryslackc4naryslackAA",
    "twilio": "c4a9" * 8,
    "telegram": "c4narytelegramc4narytelegram-1234567",
    "discord": "c4narydiscord" * 5,
    "url that is none": "c4narybroken",
    "webhook": WEBHOOK_SECRET,
    "api": API_TOKEN,
    "a stranger's token": "c4nary-of-a-stranger",
    "rules": "c4naryInRules0123456",
}
CUSTOMERS = ("canary.example", "61234567", "Jane Canary")
"""What is in the address, the number and the name of every customer."""

RULES = """
version: 1
channels:
  mail: { url: "${env:MAIL_URL}", to: "{{ contact.email }}", retry: RETRY }
  tls: { url: "${env:TLS_URL}", to: "{{ contact.email }}", retry: RETRY }
  nobody: { url: "${env:NOBODY_URL}", to: "{{ contact.email }}", retry: RETRY }
  sms: { url: "${env:SMS_URL}", to: "{{ contact.phone }}", retry: RETRY }
  hook: { url: "${env:HOOK_URL}", audience: ops, retry: RETRY }
  slack: { url: "${env:SLACK_URL}", audience: ops, retry: RETRY }
  telegram: { url: "${env:TELEGRAM_URL}", audience: ops, retry: RETRY }
  discord: { url: "${env:DISCORD_URL}", audience: ops, retry: RETRY }
  broken: { url: "${env:BROKEN_URL}", audience: ops, retry: RETRY }
rules:
  - { id: shipped, when: shipped, once: order, send: [mail, tls, nobody, sms] }
  - { id: problem, when: shipped, once: order, send: [hook, slack, telegram, discord, broken] }
""".replace("RETRY", "{ for: 2h, first: 1h, max: 1h }")

BROKEN_RULES = {
    "an unknown key": ("audience: ops", "token: json://u:SECRET@h/SECRET, audience: ops"),
    "a key that is one": ("audience: ops", "SECRET: 1, audience: ops"),
    "a duration": ("first: 1h", 'first: "slack://SECRET/SECRET"'),
    "an audience": ("audience: ops", 'audience: "SECRET"'),
    "a line that ends early": ('"${env:MAIL_URL}"', '"mailtos://u:SECRET@h'),
    "a list": ('"${env:SLACK_URL}"', '["slack://SECRET"]'),
    "a reference amid text": ('"${env:SLACK_URL}"', '"slack://SECRET/${env:SLACK_URL}"'),
    "a template": ("{{ contact.email }}", "{{ 'SECRET' + contact.email || 1 }}"),
}
"""Places of rules.yaml where a secret does not belong: what is written instead of what."""


class Repeating:
    """The script of an HttpSink: it fails in the manner that is set, and shows all that it got."""

    def __init__(self) -> None:
        self.manner = ""

    def __call__(self, request: Request) -> Answer:
        """Answer one request."""
        what = request.body.decode()
        shown = f"{request.path} {json.dumps(dict(request.headers))} {what}"
        match self.manner:
            case "500":
                # The middle of it, for only the beginning of an answer is kept.
                found = re.search(r"Jane.Canary", what)
                return Answer(500, f"at {what[max(0, found.start() - 20) :] if found else shown}")
            case "400":
                return Answer(400, json.dumps({"code": 21211, "message": shown, "error": shown, "ok": False}))
            case "302":
                return Answer(
                    302, shown, {"Location": f"https://elsewhere.example{request.path}?{shown[:99]!a}"}
                )
            case "200":
                return Answer(200, json.dumps({"sid": 7, "status": shown}))
            case "401":
                return Answer(401, f"not {shown}")
            case "hang":
                return Answer(hang=True)
        return Answer(drop=True)


MANNERS = ["500", "302", "drop", "400", "200", "hang", "401"]
"""One after the other: none makes a channel rest before the last."""


class RepeatingMail:
    """The script of a FaultServer: it refuses at the step that is set, and says of whom and why."""

    def __init__(self) -> None:
        self.step = Step.RCPT
        self.code = "550 5.1.1"

    def __call__(self, moment: Moment) -> object:
        """Return what goes wrong."""
        if moment.step is not self.step:
            return None
        return says(f"{self.code} <{moment.recipient}> +31612345678 password {PASSWORD} of shopuser")


MAIL_MANNERS = [
    (Step.RCPT, "450 4.2.0"),
    (Step.DATA, "451 4.3.0"),
    (Step.TEXT, "554 5.7.1"),
    (Step.TEXT, "451 4.3.0"),
    (Step.RCPT, "550 5.1.1"),
    (Step.RCPT, "421 4.3.2"),
    (Step.AUTH, "535 5.7.8"),
]
"""One after the other; the last makes the channel rest."""


@pytest.fixture
def certificate() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).parents[1] / "channels/selfsigned.pem")
    return context


@pytest.fixture
def servers(certificate: ssl.SSLContext) -> Iterator[tuple[FaultServer, FaultServer]]:
    """A mail server that repeats what it hears, and one whose certificate nobody signed."""
    with ExitStack() as stack:
        login = ("shopuser", PASSWORD)
        repeating = FaultServer(RepeatingMail(), login=login)  # type: ignore[arg-type]
        yield stack.enter_context(repeating), stack.enter_context(FaultServer(tls=certificate))


@pytest.fixture
def shop(service: Service, servers: tuple[FaultServer, FaultServer], chat: HttpSink) -> Service:
    """An installation with a secret in every place that may hold one."""
    mail, tls = servers
    sender = "from=orders@shop.example"
    chat.script = Repeating()
    service.rules.write_text(RULES)
    service.env |= {
        "NOTIFIER_LOG_LEVEL": "debug",
        "MAIL_URL": f"mailto://shopuser:{PASSWORD}@127.0.0.1:{mail.port}?{sender}&rto=1",
        "TLS_URL": f"mailtos://shopuser:{SECRETS['mail by TLS']}@127.0.0.1:{tls.port}?{sender}&rto=1",
        "NOBODY_URL": f"mailto://shopuser:{PASSWORD}@127.0.0.1:1?{sender}&rto=1",
        "SMS_URL": f"twilio://AC{'0' * 32}:{SECRETS['twilio']}@15005550006?rto=1",
        "HOOK_URL": f"json://hookuser:{HOOK_PASSWORD}@hook.shop.example/{HOOK_PATH}?+X-Secret={HEADER}&rto=1",
        "SLACK_URL": f"slack://T0AAAAAAA/B0AAAAAAA/{SECRETS['slack']}?rto=1",
        "TELEGRAM_URL": f"tgram://123456789:{SECRETS['telegram']}/12315544/?rto=1",
        "DISCORD_URL": f"discord://{'1' * 18}/{SECRETS['discord']}?rto=1",
        "BROKEN_URL": f"slack://{SECRETS['url that is none']}",
    }
    return service


def test_nothing_that_is_kept_or_shown_holds_a_secret(
    shop: Service, servers: tuple[FaultServer, FaultServer], chat: HttpSink
) -> None:
    run = shop.run()
    strangers_knock(shop)
    for number, (manner, (step, code)) in enumerate(zip(MANNERS, MAIL_MANNERS, strict=True)):
        chat.script.manner = manner  # type: ignore[attr-defined]
        servers[0].script.step, servers[0].script.code = step, code  # type: ignore[union-attr]
        everybody_is_told(shop, str(number))
    outcomes = shop.rows("SELECT channel, outcome, detail FROM attempts ORDER BY rowid")
    assert {row["channel"] for row in outcomes} == set(CHANNELS)
    assert sum("<secret>" in row["detail"] for row in outcomes) > 3, "nobody repeated anything"

    shop.edit(shop.rules, *in_place(BROKEN_RULES["a duration"]))
    eventually(lambda: "rules not taken up" in shop.logs(), what="broken rules noticed")
    chat.script.manner = "500"  # type: ignore[attr-defined]
    found = kept(shop) | {"metrics": metrics(shop)} | everything_shown(shop)
    assert_none_in(found, SECRETS)
    in_public = {place: text for place, text in found.items() if place in ("logs", "metrics")}
    assert_none_in(in_public, {who: who for who in CUSTOMERS})

    assert run.stop() == 0
    assert_none_in(kept(shop), SECRETS)


CHANNELS = ("mail", "tls", "nobody", "sms", "hook", "slack", "telegram", "discord")


def strangers_knock(shop: Service) -> None:
    """Make requests that are refused, with secrets and customers in all the wrong places."""
    token = SECRETS["a stranger's token"]
    refused = []
    with httpx.Client(base_url=f"http://{shop.address}", trust_env=False, verify=False) as client:
        raw = body("41", "C")
        bearer, right = ({"Authorization": f"Bearer {known}"} for known in (token, API_TOKEN))
        nonsense = b"jane@canary.example"
        refused += [
            client.get("/orders/jane@canary.example", headers=bearer),
            client.put("/orders/41", headers=bearer, json={"contact": {"email": "jane@canary.example"}}),
            client.put(f"/orders/41?token={token}", headers=right, content=b"{"),
            client.put("/orders/41?strict=1", headers=right, json={"contact": {"email": "@canary.example"}}),
            client.post(f"/cottoncast/orderstatus?secret={WEBHOOK_SECRET}", content=raw),
            client.post("/cottoncast/orderstatus", content=raw, headers={"Cottoncast-Authentication": token}),
            client.post("/cottoncast/orderstatus", content=nonsense, headers=signed(nonsense)),
            client.get(f"/unsubscribe/{token}"),
            client.get(f"/{token}", headers={"X-Token": token}),
        ]  # fmt: skip
    assert all(400 <= answer.status_code < 500 for answer in refused), refused


def everybody_is_told(shop: Service, number: str) -> None:
    """Have an order's news go out over every channel that does not rest, and wait for how that ended."""
    told = shop.put(
        number,
        name="Jane Canary",
        email=f"customer-{number}@canary.example",
        phone=f"+3161234567{number}",
        country="NL",
    )
    assert told.status_code in (200, 201)
    assert shop.post(body(number, "C")).status_code == 200
    open_still = (
        "SELECT 1 FROM messages WHERE ref = ? AND (state = 'sending' OR state = 'pending' AND attempts = 0"
        " AND channel NOT IN (SELECT name FROM channels))"
    )
    eventually(lambda: shop.messages(number) and not shop.rows(open_still, number), what=f"order {number}")


def in_place(words: tuple[str, str]) -> tuple[str, str]:
    """Return what is to be replaced in rules.yaml, and the secret to be written there."""
    old, new = words
    return old, new.replace("SECRET", SECRETS["rules"])


ALL_AT_ONCE = """
import contextlib, io, json, os, sys
from notifier.cli.main import main

shown = []
for words, rules in json.load(sys.stdin):
    sys.argv, os.environ["NOTIFIER_RULES"] = ["notifier", *words], rules
    with io.StringIO() as said, contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        with contextlib.suppress(SystemExit):
            main()
        shown.append(said.getvalue())
json.dump(shown, sys.stdout)
"""
"""Runs commands in one process, for most of their time goes into loading Apprise."""


def everything_shown(shop: Service) -> dict[str, str]:
    """Return what every command shows that has to do with channels, messages, orders or rules."""
    broken = {}
    for number, (what, words) in enumerate(BROKEN_RULES.items()):
        old, new = in_place(words)
        assert old in RULES
        broken[what] = shop.folder / f"broken{number}.yaml"
        broken[what].write_text(RULES.replace(old, new, 1))
    good = shop.folder / "good.yaml"
    good.write_text(RULES)
    commands = [
        "check", "channels", "channels --json", "messages", "messages --json", "messages --failed",
        "explain 0", "explain 6 --json", "sources", "sources --json", "orders show 0", "orders show 3 --json",
        "address show customer-5@canary.example",
        *(f"send-test {name} {address(name)}" for name in ("mail", "sms", "hook", "slack", "broken")),
        *(f"send-test {name} {address(name)} --json" for name in ("tls", "nobody", "telegram", "discord")),
    ]  # fmt: skip

    todo = [[command.split(), str(good)] for command in commands]
    todo += [[["check"], str(rules)] for rules in broken.values()]
    done = subprocess.run(
        [sys.executable, "-c", ALL_AT_ONCE], input=json.dumps(todo), cwd=shop.folder, env=shop.env,
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said: list[str] = json.loads(done.stdout)
    assert not [text for text in said if "Traceback" in text or "Usage:" in text or not text], said
    names = [*commands, *(f"check with {what} broken" for what in broken)]
    return dict(zip(names, said, strict=True))


def address(channel: str) -> str:
    """Return whom a test message over a channel goes to."""
    if channel == "sms":
        return "+31612345679"
    return "a@canary.example" if channel in ("mail", "tls", "nobody") else ""


def metrics(shop: Service) -> str:
    """Return the counters."""
    return httpx.get(f"http://{shop.address}/metrics", trust_env=False, verify=False).text


def kept(shop: Service) -> dict[str, str]:
    """Return the logs, and the database's files byte by byte."""
    files = {path.name: path.read_bytes().decode("latin-1") for path in shop.folder.glob("notifier.db*")}
    assert sum(map(len, files.values())) > 50_000
    return files | {"logs": shop.logs()}


def assert_none_in(found: dict[str, str], private: dict[str, str]) -> None:
    """Assert that none of the secrets is in any of the places; tell which is where, and after what."""
    leaks = [
        f"{name} in {place}: …{text[max(0, text.index(secret) - 90) :][:160]}…"
        for place, text in found.items()
        for name, secret in private.items()
        if secret in text
    ]
    assert not leaks, "\n".join(leaks)
