"""Every way in which a mail server can fail, at every step, and what becomes of the mail.

Read a cell as: T transient, D the channel is down, P permanent, U unknown, ok
delivered; `!` unreachable, `~` asked to send less, `@` the address is bad.
"""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import pytest

from notifier.channels import line
from notifier.core.message import Rendered
from notifier.core.retry import Outcome, OutcomeKind
from tests.channels.conftest import Gateway, Open
from tests.channels.ways import WORDS
from tests.smtp_faults import CLOSE, ENDLESS, HANG, NONSENSE, RESET, Fault, FaultServer, Moment, Step, says

ANNA = "anna@customer.example"
LOGIN = ("shop", "right")
STEPS = [
    *(Step.BANNER, Step.EHLO, Step.STARTTLS, Step.TLS_EHLO, Step.AUTH),
    *(Step.MAIL, Step.RCPT, Step.DATA, Step.TEXT),
]
ON_A_KEPT_LINE = STEPS[5:]

PHASES = {
    Step.BANNER: "connect",
    Step.EHLO: "connect",
    Step.STARTTLS: "tls",
    Step.TLS_EHLO: "tls",
    Step.AUTH: "auth",
    Step.MAIL: "mail",
    Step.RCPT: "rcpt",
    Step.DATA: "data",
    Step.TEXT: "after data",
}
"""How an outcome calls the steps, where the server gave no code."""

FAULTS = {"close": CLOSE, "reset": RESET, "hang": HANG, "nonsense": NONSENSE, "endless": ENDLESS}

FRESH = """
                                             banner ehlo starttls tls_ehlo auth mail rcpt data text
close                                          T!    T!     T!       T!     T!   T!   T!   T!   U!
reset                                          T!    T!     T!       T!     T!   T!   T!   T!   U!
hang                                           T!    T!     T!       T!     T!   T!   T!   T!   U!
nonsense                                       T!    T!     T!       T!     T!   T!   T!   T!   U!
endless                                        T!    T!     T!       T!     T!   T!   T!   T!   U!
421 closing                                    T!    T!     T!       T!     T!   T!   T!   T!   T!
421 4.3.2 shutting down                        T!    T!     T!       T!     T!   T!   T!   T!   T!
421 4.7.0 too many connections from you        T!~   T!~    T!~      T!~    T!~  T!~  T!~  T!~  T!~
450 not now                                    T!    T!     T!       T!     T!   T!   T    T    T
450 4.7.1 greylisted                           T!    T!     T!       T!     T!   T!   T    T    T
450 4.7.1 too much mail from you               T!~   T!~    T!~      T!~    T!~  T!~  T~   T~   T~
451 not now                                    T!    T!     T!       T!     T!   T!   T    T    T
451 4.3.0 local error                          T!    T!     T!       T!     T!   T!   T    T    T
452 no space                                   T!    T!     T!       T!     T!   T!   T    T    T
452 4.2.2 mailbox full                         T!    T!     T!       T!     T!   T!   T    T    T
454 not now                                    T!    T!     T!       T!     T!   T!   T    T    T
454 4.7.0 authentication broken for now        T!    T!     T!       T!     T!   T!   T    T    T
454 Throttling failure: rate exceeded          T!~   T!~    T!~      T!~    T!~  T!~  T~   T~   T~
530 log in first                               D     D      D        D      D    D    D    D    D
530 5.7.0 log in first                         D     D      D        D      D    D    D    D    D
535 wrong password                             D     D      D        D      D    D    D    D    D
535 5.7.8 wrong password                       D     D      D        D      D    D    D    D    D
550 no such user                               D     D      D        D      D    D    P@   P    P
550 5.1.1 no such user                         D     D      D        D      D    D    P@   P@   P@
550 5.7.1 not by our rules                     D     D      D        D      D    D    P    P    P
550 5.4.5 Daily user sending quota exceeded    D~    D~     D~       D~     D~   D~   T~   T~   T~
552 too much                                   D     D      D        D      D    P    T    P    P
552 5.2.2 mailbox full                         D     D      D        D      D    P    T    T    T
552 5.3.4 too large                            D     D      D        D      D    P    P    P    P
554 no                                         D     D      D        D      D    D    P    P    P
554 5.7.1 looks like spam                      D     D      D        D      D    D    P    P    P
"""

KEPT = """
                                             mail rcpt data text
close                                         ok   ok   ok   U!
reset                                         ok   ok   ok   U!
hang                                          T!   T!   T!   U!
nonsense                                      T!   T!   T!   U!
endless                                       T!   T!   T!   U!
421 closing                                   ok   ok   ok   T!
421 4.3.2 shutting down                       ok   ok   ok   T!
421 4.7.0 too many messages                   ok   ok   ok   T!~
450 not now                                   T!   T    T    T
450 4.7.1 too much mail from you              T!~  T~   T~   T~
451 4.3.0 local error                         T!   T    T    T
452 4.2.2 mailbox full                        T!   T    T    T
530 5.7.0 log in first                        D    D    D    D
550 5.1.1 no such user                        D    P@   P@   P@
552 5.3.4 too large                           P    P    P    P
554 5.7.1 looks like spam                     D    P    P    P
"""
"""The same with the second mail of a connection, which may be replaced by a new one."""


def cells(table: str, steps: list[Step]) -> list[pytest.ParameterSet]:
    found = []
    for row in table.strip().splitlines()[1:]:
        words = row.split()
        fault, wanted = " ".join(words[: -len(steps)]), words[-len(steps) :]
        found += [
            pytest.param(step, fault, cell, id=f"{step}-{fault}")
            for step, cell in zip(steps, wanted, strict=True)
        ]
    return found


@pytest.mark.parametrize(("step", "fault", "cell"), cells(FRESH, STEPS))
def test_on_a_new_connection(
    gateway: Open, certificate: ssl.SSLContext, step: Step, fault: str, cell: str
) -> None:
    secret = step in (Step.STARTTLS, Step.TLS_EHLO, Step.AUTH)
    with FaultServer({step: made(fault)}, tls=certificate if secret else None, login=LOGIN) as server:
        outcome = send(gateway(url(server, tls=secret), to=True))
        assert shown(outcome) == cell
        assert outcome.code == code(step, fault)
        assert [mail.recipient for mail in server.taken] == ([ANNA] if cell == "U!" else [])


@pytest.mark.parametrize(("step", "fault", "cell"), cells(KEPT, ON_A_KEPT_LINE))
def test_on_a_kept_connection(gateway: Open, step: Step, fault: str, cell: str) -> None:
    def script(moment: Moment) -> Fault | None:
        return made(fault) if (moment.step, moment.connection, moment.message) == (step, 1, 2) else None

    with FaultServer(script, login=LOGIN) as server:
        ways = gateway(url(server), to=True)
        assert shown(send(ways, "m1")) == "ok"
        outcome = send(ways, "m2")
        assert shown(outcome) == cell
        assert outcome.code == ("250" if cell == "ok" else code(step, fault))
        wanted = ["<m1@shop.example>"] + ["<m2@shop.example>"] * (cell in ("ok", "U!"))
        assert [mail.message_id for mail in server.taken] == wanted


@pytest.mark.parametrize("extensions", [("PIPELINING",), ()])
@pytest.mark.parametrize("step", [Step.MAIL, Step.RCPT, Step.DATA])
def test_a_refusal_is_that_of_its_step_whether_commands_come_together_or_not(
    gateway: Open, step: Step, extensions: tuple[str, ...]
) -> None:
    with FaultServer({step: says("451 4.3.0 local error")}, login=LOGIN, extensions=extensions) as server:
        assert send(gateway(url(server), to=True)).detail == f"{PHASES[step]}: local error"


@pytest.mark.parametrize("step", [Step.BANNER, Step.MAIL, Step.RCPT])
def test_a_new_connection_in_place_of_a_dead_one_has_the_last_word(gateway: Open, step: Step) -> None:
    def script(moment: Moment) -> Fault | None:
        if moment.connection == 1:
            return CLOSE if (moment.step, moment.message) == (Step.MAIL, 2) else None
        return says("451 4.3.0 local error") if moment.step is step else None

    with FaultServer(script, login=LOGIN) as server:
        ways = gateway(url(server), to=True)
        send(ways, "m1")
        outcome = send(ways, "m2")
        assert (shown(outcome)[0], outcome.code) == ("T", "451 4.3.0")
        assert (server.connections, len(server.taken)) == (2, 1)


@pytest.mark.parametrize("fault", [CLOSE, RESET, HANG, NONSENSE, says("421 closing"), says("554 no")])
@pytest.mark.parametrize("step", [Step.RSET, Step.QUIT])
def test_what_comes_after_the_mail_changes_nothing(
    gateway: Open, monkeypatch: pytest.MonkeyPatch, step: Step, fault: Fault
) -> None:
    monkeypatch.setattr("notifier.channels.connection.PATIENCE", 0.2)
    with FaultServer({step: fault, Step.RCPT: says("550 5.1.1 no such user")}, login=LOGIN) as server:
        ways = gateway(url(server), to=True)
        assert shown(send(ways)) == "P@"
        server.script = {step: fault}
        assert shown(send(ways)) == "ok"


def test_a_server_that_closes_while_a_small_text_comes_leaves_it_unknown(gateway: Open) -> None:
    with FaultServer({Step.DATA: Fault("answer", b"354 go on\r\n", ends=True)}, login=LOGIN) as server:
        outcome = send(gateway(url(server), to=True))
        assert (shown(outcome), outcome.code) == ("U!", "after data")
        assert server.taken == []


def test_a_server_that_closes_while_a_large_text_comes_does_not_have_it(gateway: Open) -> None:
    words = Rendered(subject="S", text="word " * 2_000_000)
    with FaultServer({Step.DATA: Fault("answer", b"354 go on\r\n", ends=True)}, login=LOGIN) as server:
        outcome = gateway(url(server), to=True).send("way", words, ANNA, "m1")
        assert (shown(outcome), outcome.code) == ("T!", "data")


def test_no_starttls_is_the_channels_trouble(gateway: Open) -> None:
    with FaultServer(login=LOGIN) as server:
        outcome = send(gateway(url(server, tls=True), to=True))
        assert (shown(outcome), outcome.code) == ("D", "tls")
        assert outcome.detail == f"127.0.0.1:{server.port} offers no STARTTLS"
        assert not any(command.startswith("AUTH") for _, command in server.heard)


@pytest.mark.parametrize("from_start", [True, False])
def test_a_certificate_that_nobody_signed_is_the_channels_trouble(
    gateway: Open, certificate: ssl.SSLContext, from_start: bool
) -> None:
    with FaultServer(tls=certificate, from_start=from_start, login=LOGIN) as server:
        address = url(server, tls=True).replace("&verify=no", "&mode=ssl" if from_start else "")
        outcome = send(gateway(address, to=True))
        assert (shown(outcome), outcome.code) == ("D!", "connect" if from_start else "tls")
        assert "cannot be verified" in outcome.detail
        assert not any(command.startswith("AUTH") for _, command in server.heard)


def test_tls_with_a_server_that_speaks_none_is_tried_again(gateway: Open) -> None:
    with FaultServer(login=LOGIN) as server:
        outcome = send(gateway(url(server, tls=True) + "&mode=ssl", to=True))
        assert (shown(outcome), outcome.code) == ("T!", "connect")
        assert outcome.detail == f"no TLS with 127.0.0.1:{server.port}"


def test_a_wrong_password_is_the_channels_trouble(gateway: Open) -> None:
    with FaultServer(login=("shop", "other")) as server:
        outcome = send(gateway(url(server), to=True))
        assert (shown(outcome), outcome.code) == ("D", "535 5.7.8")


def test_a_server_that_hangs_up_on_a_wrong_password_has_said_so_all_the_same(gateway: Open) -> None:
    hangs_up = Fault("answer", b"535 5.7.8 wrong\r\n", ends=True)
    with FaultServer({Step.AUTH: hangs_up}, login=LOGIN) as server:
        outcome = send(gateway(url(server), to=True))
        assert (shown(outcome), outcome.code) == ("D", "535 5.7.8")


def test_a_login_that_works_in_one_of_two_ways_works(gateway: Open) -> None:
    asked: list[Moment] = []

    def script(moment: Moment) -> Fault | None:
        if moment.step is not Step.AUTH:
            return None
        asked.append(moment)
        return says("535 5.7.8 not PLAIN") if len(asked) == 1 else None

    with FaultServer(script, login=LOGIN) as server:
        assert shown(send(gateway(url(server), to=True))) == "ok"
        assert [c.split()[1] for _, c in server.heard if c.startswith("AUTH")] == ["PLAIN", "LOGIN"]


def test_a_login_that_is_refused_for_now_is_not_asked_for_again(gateway: Open) -> None:
    with FaultServer({Step.AUTH: says("454 4.7.0 later")}, login=LOGIN) as server:
        send(gateway(url(server), to=True))
        assert len([c for _, c in server.heard if c.startswith("AUTH")]) == 1


def test_no_login_where_the_url_has_one_is_the_channels_trouble(gateway: Open) -> None:
    with FaultServer() as server:
        outcome = send(gateway(url(server), to=True))
        assert (shown(outcome), outcome.code) == ("D", "auth")
        assert outcome.detail == f"127.0.0.1:{server.port} offers no login that we know"


def test_no_login_where_the_server_wants_one_is_the_channels_trouble(gateway: Open) -> None:
    with FaultServer(login=LOGIN) as server:
        outcome = send(gateway(url(server).replace("shop:right@", ""), to=True))
        assert (shown(outcome), outcome.code) == ("D", "530 5.7.0")


@pytest.mark.parametrize("error", [socket.EAI_NONAME, socket.EAI_AGAIN])
def test_a_name_that_cannot_be_found_is_tried_again(
    gateway: Open, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    def fails(*_args: object, **_kwargs: object) -> None:
        raise socket.gaierror(error, "no")

    ways = gateway("mailto://mail.shop.example?from=orders@shop.example", to=True)
    monkeypatch.setattr(socket, "getaddrinfo", fails)
    assert (shown(send(ways)), send(ways).code) == ("T!", "connect")


def test_a_port_where_nobody_listens_is_tried_again(gateway: Open) -> None:
    with FaultServer() as server:
        ways = gateway(url(server), to=True)
    assert (shown(send(ways)), send(ways).code) == ("T!", "connect")


def test_a_server_that_knows_no_ehlo_is_greeted_in_the_old_way(gateway: Open) -> None:
    class Old(FaultServer):
        def fault(self, moment: Moment) -> Fault | None:
            asked = self.heard and self.heard[-1][1].startswith("EHLO")
            return says("502 what") if moment.step is Step.EHLO and asked else None

    with Old() as server:
        ways = gateway(f"mailto://127.0.0.1:{server.port}?from=orders@shop.example", to=True)
        assert shown(send(ways)) == "ok"
        assert [command.split()[0] for _, command in server.heard[:3]] == ["EHLO", "HELO", "MAIL"]


def test_the_own_name_is_said_without_asking_the_dns(gateway: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getfqdn", lambda *_: pytest.fail("asked"))
    with FaultServer() as server:
        send(gateway(f"mailto://127.0.0.1:{server.port}?from=orders@shop.example", to=True))
        assert server.heard[0] == (1, "EHLO shop.example")


def test_certificates_are_checked_against_the_name(
    gateway: Open, certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusting = ssl.create_default_context(cafile=str(Path(__file__).parent / "selfsigned.pem"))
    monkeypatch.setattr(line, "tls", lambda _verify: trusting)
    with FaultServer(tls=certificate, login=LOGIN) as server:
        assert shown(send(gateway(url(server, tls=True), to=True))) == "ok"
        real = socket.create_connection
        monkeypatch.setattr(
            socket, "create_connection", lambda address, *a, **k: real(("127.0.0.1", address[1]), *a, **k)
        )
        outcome = send(gateway(url(server, tls=True).replace("127.0.0.1", "mail.shop.example"), to=True))
        assert (shown(outcome), outcome.code) == ("D!", "tls")


def url(server: FaultServer, *, tls: bool = False) -> str:
    scheme = "mailtos" if tls else "mailto"
    return f"{scheme}://shop:right@127.0.0.1:{server.port}?from=orders@shop.example&rto=0.3&verify=no"


def send(ways: Gateway, message_id: str = "m1") -> Outcome:
    return ways.send("way", WORDS, ANNA, message_id)


def made(fault: str) -> Fault:
    return FAULTS.get(fault) or says(fault)


def code(step: Step, fault: str) -> str:
    """Return the code that an outcome has to show: the server's, with its enhanced one, or the phase."""
    if fault in FAULTS:
        return PHASES[step]
    number, second, *_ = fault.split()
    return f"{number} {second}" if second.count(".") == 2 else number


def shown(outcome: Outcome) -> str:
    kinds = {
        OutcomeKind.DELIVERED: "ok",
        OutcomeKind.TRANSIENT: "T",
        OutcomeKind.PERMANENT: "P",
        OutcomeKind.CHANNEL_DOWN: "D",
        OutcomeKind.UNKNOWN: "U",
    }
    marks = {"!": outcome.unreachable, "~": outcome.throttled, "@": outcome.bad_address}
    return kinds[outcome.kind] + "".join(mark for mark, is_so in marks.items() if is_so)
