"""Every option of Apprise's mail URLs does here what it does in Apprise, or is refused with a word why.

For most of them Apprise itself is asked: its own plugin sends to the same
server, and the two mails and the two dialogues have to say the same.
"""

from __future__ import annotations

import ssl
from email.headerregistry import DateHeader
from typing import Any

import pytest
from apprise import AppriseAsset
from apprise.plugins.email import NotifyEmail

from notifier.channels.email import ShopMail
from notifier.channels.gateway import MailRoute
from notifier.core.retry import OutcomeKind
from tests.channels.conftest import Open
from tests.channels.ways import WORDS
from tests.smtp_faults import FaultServer, Taken

ANNA = "anna@customer.example"
LOGIN = ("orders@shop.example", "p%/@ss:word")
HERE = "mailto://127.0.0.1:{port}?from=orders@shop.example"

SAME_MAIL = [
    "mailto://127.0.0.1:{port}?from=Example Shop<orders@shop.example>",
    "mailto://127.0.0.1:{port}?from=orders@shop.example&name=Example Shop",
    "mailto://127.0.0.1:{port}?from=orders@shop.example&name=Łódź, Knits",
    'mailto://127.0.0.1:{port}?from="Knits, Inc." <orders@shop.example>',
    "mailto://shop@shop.example?smtp=127.0.0.1&port={port}",
    "mailto://shop@shop.example:{port}?smtp=127.0.0.1&name=Knits",
    "mailto://shop@shop.example:{port}?smtp=localhost&from=Knits",
    "mailto://shop@shop.example:{port}?smtp=127.0.0.1&mode=insecure",
    f"{HERE}&reply=help@shop.example",
    f"{HERE}&reply=Łódź Help <help@shop.example>,b@shop.example",
    f"{HERE}&reply={ANNA}",
    f"{HERE}&reply={ANNA},help@shop.example",
    f"{HERE}&%2BX-Campaign=spring",
    f"{HERE}&%2BX-Campaign=wiosna w Łodzi&%2BPrecedence=bulk",
    f"{HERE}&%2BReply-To=help@shop.example",
    f"{HERE}&format=text",
    f"{HERE}&format=html",
    f"{HERE}&format=markdown",
    f"{HERE}&overflow=upstream",
    f"{HERE}&tz=Asia/Tokyo",
    f"{HERE}&pgp=no&pgppub=/a&pgpprv=/b&wkd=no",
    f"{HERE}&pgp=none",
    f"{HERE}&inline=yes&store=no&redirect=no&emojis=no",
    f"{HERE}&retry=3&wait=5&optional=yes&tag=shop",  # those the outbox does, and `Apprise.notify()`
    f"{HERE}&rto=5&cto=5",
]

SAME_LOGIN = [
    "mailto://orders%40shop.example:p%25%2F%40ss%3Aword@127.0.0.1:{port}?from=orders@shop.example",
    "mailto://127.0.0.1:{port}?from=a@b.example&user=orders@shop.example&pass=p%25%2F%40ss%3Aword",
    "mailto://127.0.0.1:{port}?from=a@b.example&user=orders@shop.example&password=p%25%2F%40ss%3Aword",
    "mailto://p%25%2F%40ss%3Aword@127.0.0.1:{port}?from=a@b.example&user=orders@shop.example",
]

SAME_TLS = [
    ("mailtos://127.0.0.1:{port}?from=orders@shop.example&verify=no", False),
    ("mailto://127.0.0.1:{port}?from=orders@shop.example&verify=no&mode=starttls", False),
    ("mailto://127.0.0.1:{port}?from=orders@shop.example&verify=no&mode=SSL", True),
    ("mailtos://127.0.0.1:{port}?from=orders@shop.example&verify=no&mode=ssl", True),
]

SAME_ACCOUNT = [
    ("mailtos://orders:pw@shop.example", "shop.example", 587, "starttls", "orders"),
    ("mailtos://orders:pw@shop.example:2525", "shop.example", 2525, "starttls", "orders"),
    ("mailtos://orders:pw@shop.example?mode=ssl", "shop.example", 465, "ssl", "orders"),
    ("mailtos://orders:pw@shop.example?mode=insecure", "shop.example", 25, "insecure", "orders"),
    ("mailto://orders:pw@shop.example", "shop.example", 25, "insecure", "orders"),
    ("mailtos://orders:pw@shop.example?smtp=mx.b.example", "mx.b.example", 587, "starttls", "orders"),
    ("mailto://[::1]:2525?from=a@b.example", "::1", 2525, "insecure", ""),
    # those of well-known providers
    ("mailtos://shop:pw@gmail.com", "smtp.gmail.com", 587, "starttls", "shop@gmail.com"),
    ("mailto://shop:pw@gmail.com", "smtp.gmail.com", 587, "starttls", "shop@gmail.com"),
    ("mailtos://shop:pw@gmail.com?port=2525", "smtp.gmail.com", 2525, "starttls", "shop@gmail.com"),
    ("mailtos://shop:pw@gmail.com?smtp=mx.b.example", "mx.b.example", 587, "starttls", "shop"),
    ("mailtos://shop:pw@hotmail.com", "smtp-mail.outlook.com", 587, "starttls", "shop@hotmail.com"),
    ("mailtos://shop:pw@outlook.com", "smtp.outlook.com", 587, "starttls", "shop@outlook.com"),
    ("mailtos://shop:pw@office365.com?from=a@b.example", "smtp.office365.com", 587, "starttls", "shop"),
    ("mailtos://shop:pw@yahoo.com", "smtp.mail.yahoo.com", 465, "ssl", "shop@yahoo.com"),
    ("mailtos://shop:pw@yandex.ru", "smtp.yandex.ru", 465, "ssl", "shop"),
    ("mailtos://shop%40yandex.ru:pw@yandex.ru", "smtp.yandex.ru", 465, "ssl", "shop"),
    ("mailtos://shop:pw@gmx.de", "mail.gmx.com", 587, "starttls", "shop@gmx.de"),
    ("mailtos://shop:pw@fastmail.fm", "smtp.fastmail.com", 465, "ssl", "shop@fastmail.fm"),
    ("mailtos://shop:pw@zoho.com", "smtp.zoho.com", 587, "starttls", "shop@zoho.com"),
    ("mailtos://key:pw@sendgrid.net?from=a@b.example", "smtp.sendgrid.net", 465, "ssl", "key"),
]

ONE = "a message has one recipient"
REFUSED = [
    ("cc=a@b.example", ONE),
    ("bcc=a@b.example", ONE),
    ("to=a@b.example", "already names a recipient"),
    ("pgp=sign", "pgp is not supported"),
    ("pgp=encrypt", "pgp is not supported"),
    ("wkd=yes", "pgp is not supported"),
    ("pgp=maybe", "PGP mode"),
    ("mode=tls", "secure mode"),
    ("smtp=mx.b.example:2525", "not one host name"),
    ("smtp=two hosts", "not one host name"),
    ("port=abc", "from 1 to 65535"),
    ("port=70000", "from 1 to 65535"),
    ("reply=nonsense", "reply must be"),
    ("overflow=split", "sent whole and once"),
    ("overflow=truncate", "sent whole and once"),
    ("emojis=yes", "emojis=yes is not supported"),
    ("tz=Nowhere/Land", "timezone"),
    ("rto=soon", "above 0"),
    ("cto=soon", "above 0"),
    ("rto=-1", "above 0"),
    ("%2BBcc=a@b.example", "notifier sets itself"),
    ("%2BContent-Type=text/plain", "notifier sets itself"),
    ("%2BX-A=a%0Ab", "control characters"),
    ("name=a%0Ab", "control characters"),
]


@pytest.mark.parametrize("url", SAME_MAIL)
def test_an_option_makes_the_mail_that_it_makes_in_apprise(gateway: Open, url: str) -> None:
    with FaultServer() as server:
        ours, theirs = both(gateway, server, url.format(port=server.port))
        assert (ours.sender, ours.recipient) == (theirs.sender, theirs.recipient)
        wanted = seen(theirs)
        wanted.pop("X-Application")
        if wanted["From"] == ["orders@shop.example"]:  # Apprise leaves it without a name
            wanted["From"] = ["Łódź Knits <orders@shop.example>"]
        assert {name: value for name, value in seen(ours).items() if name in wanted} == wanted
        assert kinds(ours) == kinds(theirs)
        if "&tz=" in url:
            assert offset(ours) == offset(theirs)


@pytest.mark.parametrize("url", SAME_LOGIN)
def test_a_login_is_the_one_that_apprise_uses(gateway: Open, url: str) -> None:
    with FaultServer(login=LOGIN) as server:
        both(gateway, server, url.format(port=server.port))


@pytest.mark.parametrize(("url", "from_start"), SAME_TLS)
def test_tls_begins_when_it_does_in_apprise(
    gateway: Open, certificate: ssl.SSLContext, url: str, from_start: bool
) -> None:
    with FaultServer(tls=certificate, from_start=from_start) as server:
        both(gateway, server, url.format(port=server.port))
        assert [command for _, command in server.heard].count("STARTTLS") == (0 if from_start else 2)


@pytest.mark.parametrize("verify", ["", "&verify=yes"])
def test_a_certificate_is_verified_as_in_apprise(
    gateway: Open, certificate: ssl.SSLContext, verify: str
) -> None:
    with FaultServer(tls=certificate) as server:
        url = f"mailtos://127.0.0.1:{server.port}?from=orders@shop.example{verify}"
        assert gateway(url, to=True).send("way", WORDS, ANNA, "m1").kind is OutcomeKind.CHANNEL_DOWN
        assert not stock(url).notify(body="b", title="t", body_format="html")
        assert server.taken == []


@pytest.mark.parametrize(("url", "host", "port", "mode", "user"), SAME_ACCOUNT)
def test_an_account_is_the_one_that_apprise_makes_of_the_url(
    gateway: Open, url: str, host: str, port: int, mode: str, user: str
) -> None:
    ours, theirs = account(gateway, url), stock(url)
    server = ours.server
    assert (server.host, server.port, server.mode, server.user) == (host, port, mode, user)
    assert (theirs.smtp_host.strip("[]"), theirs.port, theirs.secure_mode) == (host, port, mode)
    assert (theirs.user or "", theirs.password or "") == (server.user, server.password)
    assert ours.sender[1] == theirs.from_addr[1]


def test_the_times_to_wait_are_those_of_the_url(gateway: Open) -> None:
    server = account(gateway, "mailto://127.0.0.1?from=a@b.example&cto=3&rto=12.5").server
    assert (server.connect_timeout, server.read_timeout, server.text_timeout) == (3.0, 12.5, 12.5)


def test_without_a_time_of_its_own_a_server_has_minutes_for_its_answer_to_a_whole_mail(
    gateway: Open,
) -> None:
    server = account(gateway, "mailto://127.0.0.1?from=a@b.example").server
    assert (server.connect_timeout, server.read_timeout, server.text_timeout) == (5.0, 30.0, 300.0)


@pytest.mark.parametrize(("option", "words"), REFUSED)
def test_an_option_that_is_not_followed_is_refused(gateway: Open, option: str, words: str) -> None:
    url = f"mailtos://orders:pw@shop.example?{option}"
    assert words in gateway(url, to=True).problems()["way"]


def test_a_recipient_in_the_path_is_one_of_the_urls_own(gateway: Open) -> None:
    with FaultServer() as server:
        url = f"mailto://127.0.0.1:{server.port}/ops@shop.example?from=a@b.example"
        assert gateway(url).send("way", WORDS, "", "m1").kind is OutcomeKind.DELIVERED
        assert server.taken[0].recipient == "ops@shop.example"


def test_no_option_of_apprise_is_forgotten_here() -> None:
    tested = "&".join(
        [url for url in (*SAME_MAIL, *SAME_LOGIN, *(u for u, _ in SAME_TLS))] + [o for o, _ in REFUSED]
    ).replace("?", "&")
    assert [option for option in NotifyEmail.template_args if f"&{option}=" not in tested] == []
    assert set(NotifyEmail.template_kwargs) == {"headers"}
    assert set(NotifyEmail.template_tokens) == {"user", "password", "host", "port", "target_email", "targets"}


def account(gateway: Open, url: str) -> ShopMail:
    ways = gateway(url, to=True)
    assert ways.problems() == {}
    route = ways._routes["way"]
    assert isinstance(route, MailRoute)
    return route.account


def stock(url: str) -> Any:
    """Return Apprise's own plugin for a URL, with a recipient and without its pauses."""
    parsed = NotifyEmail.parse_url(url)
    asset = AppriseAsset(app_id="Łódź Knits", pgp_autogen=False, interpret_emojis=False, timezone="UTC")
    plugin = NotifyEmail(**{**parsed, "targets": [ANNA]}, asset=asset)
    plugin.request_rate_per_sec = 0
    return plugin


def both(gateway: Open, server: FaultServer, url: str) -> tuple[Taken, Taken]:
    """Send the same words over the same URL by ourselves and by Apprise; return what the server took."""
    assert gateway(url, to=True).send("way", WORDS, ANNA, "m1").kind is OutcomeKind.DELIVERED
    assert stock(url).notify(body=WORDS.html, title=WORDS.subject, body_format="html")
    ours, theirs = server.wait_for(2)
    return ours, theirs


def seen(mail: Taken) -> dict[str, list[str]]:
    """Return the head of a mail without what differs from mail to mail; Apprise has no order for Reply-To."""
    unlike = {"message-id", "date", "content-type", "content-transfer-encoding", "mime-version"}
    return {
        name: sorted(part.strip() for part in str(value).split(","))
        for name, value in mail.message.items()
        if name.lower() not in unlike
    }


def kinds(mail: Taken) -> list[str]:
    return [part.get_content_type() for part in mail.message.walk()]


def offset(mail: Taken) -> Any:
    date = mail.message["Date"]
    assert isinstance(date, DateHeader)
    return date.datetime.utcoffset()
