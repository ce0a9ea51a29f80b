"""Secrets of URLs and addresses of customers stay out of everything that is kept or logged."""

from __future__ import annotations

import logging
from base64 import b64decode
from urllib.parse import quote

import pytest

from notifier.channels.classify import DETAIL_LIMIT, clean
from notifier.channels.gateway import Gateway
from notifier.channels.secrets import secrets_of
from notifier.core.retry import OutcomeKind
from tests.channels.conftest import Open
from tests.channels.ways import FIXED, PHONE, SECRET, SENDGRID, TEXTS, WORDS, channel, mail_url
from tests.sinks import Answer, HttpSink, SmtpSink
from tests.smtp_faults import FaultServer, Step, says

BROKEN = [
    SECRET,
    f"nosuch://{SECRET}",
    f"https://{SECRET}.example/{SECRET}",
    f"slack://{SECRET}",
    f"slack://{SECRET}/{SECRET}/{SECRET}/{SECRET}/",
    f"slack://T0AAAAAAA/B0AAAAAAA/{SECRET}?mode={SECRET}",
    f"twilio://{SECRET}:{SECRET}@15005550006",
    f"twilio://AC{'0' * 32}:{SECRET}@{SECRET}",
    f"tgram://{SECRET}",
    f"discord://{SECRET}",
    f"mailto://user:{SECRET}@smtp.shop.example",
    f"mailtos://user:{SECRET}@shop.example?from={SECRET}@@",
    f"mailtos://user:{SECRET}@shop.example?mode={SECRET}",
    f"mailtos://user:{SECRET}@shop.example?pgp={SECRET}",
    f"mailtos://user:{SECRET}@shop.example?cc=a@b.example",
    f"mailtos://user:{SECRET}ü@shop.example",
    f"mailtos://user:{SECRET}@shop.example?%2BBcc={SECRET}@x.example",
    f"mailtos://user:{SECRET}@shop.example?%2BX-A=a%0D%0AB:{SECRET}",
    f"sendgrid://{SECRET}",
    f"json://user:{SECRET}@shop.example?format={SECRET}&rto={SECRET}&method={SECRET}",
    f"vonage://{SECRET}",
]


@pytest.mark.parametrize("url", BROKEN)
def test_a_refused_url_is_explained_without_it(caplog: pytest.LogCaptureFixture, url: str) -> None:
    caplog.set_level(logging.NOTSET)
    ways = Gateway({"way": channel(url)}, "Shop")
    for text in (*ways.problems().values(), repr(ways), caplog.text):
        assert SECRET not in text.lower()
        assert len(text) < 400
    assert caplog.records == []


@pytest.mark.parametrize("status", [200, 302, 400, 401, 429, 500])
@pytest.mark.parametrize("service", [*FIXED, *TEXTS, "sendgrid"])
def test_an_outcome_holds_no_secret_even_if_the_service_repeats_it(
    gateway: Open, http: HttpSink, caplog: pytest.LogCaptureFixture, service: str, status: int
) -> None:
    caplog.set_level(logging.DEBUG)
    http.answer(status, f"token {SECRET}12345678 of {PHONE} anna@customer.example https://x.example/{SECRET}")
    url = (FIXED | TEXTS | {"sendgrid": SENDGRID})[service]
    to = {"sendgrid": "anna@customer.example"}.get(service, PHONE if service in TEXTS else "")
    ways = gateway(url, to=bool(to))
    outcome = ways.send("way", WORDS, to, "m1")
    http.wait_for(1)
    kept = repr(outcome) + repr(vars(ways)) + caplog.text
    for secret in (SECRET, PHONE, PHONE[1:], "anna@"):
        assert secret not in kept
    assert caplog.records == []


def test_a_mail_that_fails_leaves_no_secret(
    gateway: Open, smtp: SmtpSink, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    smtp.answer_all(f"550 5.1.1 <anna@customer.example> {SECRET}99887766 {PHONE}")
    url = mail_url(smtp.port).replace("mailto://", f"mailto://user:{SECRET}@")
    ways = gateway(url, to=True)
    outcome = ways.send("way", WORDS, "anna@customer.example", "m1")
    ours = [r.getMessage() for r in caplog.records if not r.name.startswith("mail.log")]  # aiosmtpd's own
    for secret in (SECRET, PHONE, "anna@"):
        assert secret not in repr(outcome) + repr(vars(ways)) + " ".join(ours)


@pytest.mark.parametrize(
    "secret", ["Sommer2024", "hunter2", "correct horse", "canary-smtp-password", "p#s+wörd", "a.b*c(d"]
)
def test_a_password_that_looks_like_any_word_is_kept_nowhere_either(
    gateway: Open, http: HttpSink, secret: str
) -> None:
    # A hook of the shop's own that is broken shows the whole request, as debugging pages do.
    http.script = lambda request: Answer(500, f"failed with {dict(request.headers)} {secret} for shopuser")
    url = f"json://shopuser:{quote(secret, safe='')}@hook.shop.example/?+X-Secret={quote(secret, safe='')}"
    outcome = gateway(url).send("way", WORDS, "", "m1")
    (request,) = http.requests
    basic = request.headers["authorization"].removeprefix("Basic ")
    assert b64decode(basic).decode("latin-1") == f"shopuser:{secret}"
    for shown in (secret, basic):
        assert shown not in outcome.detail


def test_a_password_that_a_mail_server_repeats_is_kept_nowhere(gateway: Open) -> None:
    with FaultServer(
        {Step.AUTH: says("535 5.7.8 Sommer2024 is not the password of shopuser")}, login=("a", "b")
    ) as server:
        ways = gateway(f"mailto://shopuser:Sommer2024@127.0.0.1:{server.port}?from=a@shop.example", to=True)
        outcome = ways.send("way", WORDS, "anna@customer.example", "m1")
    assert (outcome.kind, outcome.code) == (OutcomeKind.CHANNEL_DOWN, "535 5.7.8")
    assert outcome.detail == "auth: <secret> is not the password of shopuser"


def test_a_secret_that_was_cut_off_at_the_end_is_not_shown_in_part() -> None:
    known = secrets_of({"password": "Sommer2024"})
    assert known.hide("it was Sommer2…") == "it was <secret>…"
    assert known.hide("it was a Som…") == "it was a Som…"
    assert "Sommer" not in repr(known)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("no such user", "no such user"),
        ("<anna@customer.example>: unknown", "<address>: unknown"),
        ('said "no" to <"Jane Doe"@customer.example>', 'said "no" to <address>'),
        ("see <https://help.example/a?b>, <+31 6 12345678> <abcdef0123456789>", "see <url> <number> <token>"),
        ("see https://x.example/T0/B0/abc?x=1 now", "see <url> now"),
        ("call +31 (20) 123-4567 or 0612345678", "call <number> or <number>"),
        ("token abcdef1234567890 refused", "token <token> refused"),
        ("error=21211, code 5.7.1 at 10:30", "error=21211, code 5.7.1 at 10:30"),
        ("two\r\nlines\x1b[31m\x00", "two lines [31m"),
        ("INSUFFICIENT_CREDIT", "INSUFFICIENT_CREDIT"),
        ("posting_to_general_channel_denied", "posting_to_general_channel_denied"),
        ("key abcdefghijklmnopq_rstuvwxyz_abc", "key <token>"),
        ("key a_b_c_ABCDEFGHIJKLMNOPQRSTUVWXYZ", "key <token>"),
        ("key a_b_c_abcdefghij-klmnopqrstuvwxyz", "key <token>"),
    ],
)
def test_words_are_kept_secrets_are_not(text: str, kept: str) -> None:
    assert clean(text) == kept


def test_kept_words_are_bounded() -> None:
    assert len(clean("word " * 100)) == DETAIL_LIMIT
