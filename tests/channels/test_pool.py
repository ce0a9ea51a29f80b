"""Kept connections: used again, looked at before, closed in time, never trusted with a mail twice."""

from __future__ import annotations

import contextlib
import os
import threading
import time

import pytest

from notifier.channels import pool as pooling
from notifier.channels.pool import Pool
from notifier.channels.smtp import Server, SmtpError
from notifier.core.retry import OutcomeKind
from tests.channels.conftest import Gateway, Open
from tests.channels.ways import WORDS, channel, mail_url
from tests.smtp_faults import CLOSE, HANG, RESET, Fault, FaultServer, Moment, Script, Step, says

MAIL = b"Subject: x\r\n\r\ntext\r\n"
SENDER, ANNA = "orders@shop.example", "anna@customer.example"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def at(server: FaultServer, **options: object) -> Server:
    return Server("127.0.0.1", server.port, "insecure", **{"read_timeout": 2.0, **options})  # type: ignore[arg-type]


def send(pool: Pool, server: Server, to: str = ANNA) -> str:
    return pool.send(server, SENDER, to, MAIL)


def over(server: FaultServer) -> list[int]:
    """Return the numbers of the connections that the mails came over."""
    return [mail.connection for mail in server.taken]


def on_the_second(step: Step, fault: Fault) -> Script:
    """Go wrong once, with the second mail of the first connection."""
    return lambda m: fault if (m.step, m.connection, m.message) == (step, 1, 2) else None


def test_mails_go_out_over_one_connection(gateway: Open) -> None:
    with FaultServer() as server:
        ways = gateway(mail_url(server.port), to=True)
        for number in range(3):
            assert ways.send("way", WORDS, ANNA, f"m{number}").kind is OutcomeKind.DELIVERED
        assert over(server) == [1, 1, 1]


def test_channels_of_one_account_share_their_connections() -> None:
    with FaultServer() as server:
        both = {name: channel(mail_url(server.port, f"&reply={name}@shop.example"), to=True) for name in "ab"}
        ways = Gateway(both, "Shop")
        for name in both:
            ways.send(name, WORDS, ANNA, "m1")
        ways.close()
        assert over(server) == [1, 1]


def test_another_user_has_another_connection() -> None:
    with FaultServer() as server:
        pool = Pool()
        for host in ("shop.example", "other.example"):
            send(pool, at(server, local_hostname=host))
        pool.close()
        assert over(server) == [1, 2]


def test_a_connection_is_left_after_a_hundred_mails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pooling, "MAILS", 2)
    with FaultServer() as server:
        pool = Pool()
        for _ in range(5):
            send(pool, at(server))
        pool.close()
        server.wait_until(lambda: server.open == 0)
        assert over(server) == [1, 1, 2, 2, 3]


def test_a_server_that_wants_fewer_mails_of_a_connection_gets_them_over_several() -> None:
    with FaultServer(mails=2) as server:
        pool = Pool()
        for _ in range(5):
            send(pool, at(server))
        pool.close()
        assert over(server) == [1, 1, 2, 2, 3]


def test_a_connection_is_not_used_after_twenty_idle_seconds() -> None:
    with FaultServer() as server:
        clock = Clock()
        pool = Pool(clock)
        send(pool, at(server))
        clock.now = 19.9
        send(pool, at(server))
        clock.now = 39.9
        send(pool, at(server))
        pool.close()
        assert over(server) == [1, 1, 2]


def test_tidying_closes_what_was_idle_for_too_long_and_nothing_else() -> None:
    with FaultServer() as server:
        clock = Clock()
        pool = Pool(clock)
        send(pool, at(server))
        clock.now = 10
        send(pool, at(server, local_hostname="other.example"))
        clock.now = 20
        pool.tidy()
        server.wait_until(lambda: server.open == 1)
        assert [command for _, command in server.heard].count("QUIT") == 1
        send(pool, at(server, local_hostname="other.example"))
        pool.close()
        assert over(server) == [1, 2, 2]


def test_tidying_closes_what_the_server_closed() -> None:
    with FaultServer(idle=0.05) as server:
        pool = Pool()
        send(pool, at(server))
        server.wait_until(lambda: server.open == 0)
        pool.tidy()
        assert pool._kept == {}


@pytest.mark.parametrize("fault", [None, HANG])
def test_closing_waits_for_no_answer(fault: Fault | None) -> None:
    with FaultServer({Step.QUIT: fault} if fault else None) as server:
        pool = Pool()
        send(pool, at(server))
        server.latency = 0.3
        started = time.monotonic()
        pool.close()
        assert time.monotonic() - started < 0.2
        server.wait_until(lambda: server.open == 0)
        assert server.heard[-1] == (1, "QUIT")


def test_a_connection_in_use_is_closed_when_it_comes_back() -> None:
    with FaultServer(latency=0.05) as server:
        pool = Pool()
        sending = threading.Thread(target=send, args=(pool, at(server)))
        sending.start()
        server.wait_until(lambda: server.open == 1)
        pool.close()
        sending.join()
        server.wait_until(lambda: server.open == 0)
        assert len(server.taken) == 1
        send(pool, at(server))  # an old gateway may still have a mail to send
        server.wait_until(lambda: server.open == 0)
        assert over(server) == [1, 2]


def test_a_connection_that_the_server_closed_meanwhile_is_not_used() -> None:
    with FaultServer(idle=0.05) as server:
        pool = Pool()
        send(pool, at(server))
        server.wait_until(lambda: server.open == 0)
        send(pool, at(server))
        pool.close()
        assert over(server) == [1, 2]
        assert [number for number, command in server.heard if command.startswith("MAIL")] == [1, 2]


@pytest.mark.parametrize("step", [Step.MAIL, Step.RCPT, Step.DATA])
@pytest.mark.parametrize("fault", [CLOSE, RESET, says("421 4.3.2 restarting")])
def test_a_kept_connection_that_dies_before_the_text_is_replaced(step: Step, fault: Fault) -> None:
    with FaultServer(on_the_second(step, fault)) as server:
        pool = Pool()
        send(pool, at(server))
        send(pool, at(server))
        pool.close()
        assert over(server) == [1, 2]


@pytest.mark.parametrize("fault", [CLOSE, RESET, says("421 4.3.2 restarting")])
def test_nothing_is_repeated_after_the_text(fault: Fault) -> None:
    with FaultServer(on_the_second(Step.TEXT, fault)) as server:
        pool = Pool()
        send(pool, at(server))
        with pytest.raises(SmtpError):
            send(pool, at(server))
        assert len(server.taken) == (2 if fault.takes else 1)
        assert server.connections == 1
        send(pool, at(server))
        pool.close()
        assert server.connections == 2


def test_a_new_connection_that_dies_as_well_is_the_end_of_it() -> None:
    with FaultServer(lambda m: CLOSE if m.step is Step.MAIL and server.taken else None) as server:
        pool = Pool()
        send(pool, at(server))
        with pytest.raises(SmtpError):
            send(pool, at(server))
        assert server.connections == 2
        assert len(server.taken) == 1


def test_a_kept_connection_that_falls_silent_is_not_replaced() -> None:
    with FaultServer(on_the_second(Step.MAIL, HANG)) as server:
        pool = Pool()
        send(pool, at(server, read_timeout=0.3))
        with pytest.raises(SmtpError):
            send(pool, at(server, read_timeout=0.3))
        server.wait_until(lambda: server.open == 0)
        assert server.connections == 1


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("step", [Step.MAIL, Step.RCPT, Step.DATA, Step.TEXT])
@pytest.mark.parametrize("reply", ["450 4.2.0 later", "550 5.7.1 no"])
def test_a_refused_mail_leaves_a_connection_for_the_next(step: Step, reply: str, together: bool) -> None:
    offers = ("PIPELINING",) if together else ()
    with FaultServer(on_the_second(step, says(reply)), extensions=offers) as server:
        pool = Pool()
        send(pool, at(server))
        with pytest.raises(SmtpError):
            send(pool, at(server), "bert@customer.example")
        send(pool, at(server), "carl@customer.example")
        pool.close()
        assert over(server) == [1, 1]
        assert [mail.recipient for mail in server.taken] == [ANNA, "carl@customer.example"]
        assert [command for _, command in server.heard].count("RSET") == 1


@pytest.mark.parametrize("fault", [CLOSE, RESET, HANG, says("421 closing"), says("500 what")])
def test_a_connection_that_cannot_be_reset_is_left(monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    monkeypatch.setattr("notifier.channels.connection.PATIENCE", 0.2)

    def script(moment: Moment) -> Fault | None:
        faults = {Step.RCPT: says("550 5.1.1 unknown"), Step.RSET: fault}
        return faults.get(moment.step) if moment.connection == 1 else None

    with FaultServer(script) as server:
        pool = Pool()
        started = time.monotonic()
        with pytest.raises(SmtpError) as caught:
            send(pool, at(server))
        assert caught.value.code == 550
        assert time.monotonic() - started < 1
        send(pool, at(server))
        pool.close()
        assert over(server) == [2]


def test_a_server_that_asks_for_the_text_of_a_refused_mail_is_given_none() -> None:
    # Sent in one go, DATA is out before the refusal is heard; a strange server may say 354 all the same.
    strange = {Step.RCPT: says("550 no"), Step.DATA: Fault("answer", b"354 go on\r\n")}
    with FaultServer(lambda m: strange.get(m.step) if m.connection == 1 else None) as server:
        pool = Pool()
        with pytest.raises(SmtpError):
            send(pool, at(server))
        send(pool, at(server))
        pool.close()
        assert over(server) == [2]
        assert (1, "RSET") not in server.heard


def test_a_connection_that_was_said_goodbye_on_is_not_used_even_if_it_stays_open() -> None:
    goodbye = Fault("answer", b"421 4.3.2 closing\r\n", ends=False, takes=False)
    with FaultServer(on_the_second(Step.TEXT, goodbye)) as server:
        pool = Pool()
        send(pool, at(server))
        with pytest.raises(SmtpError):
            send(pool, at(server))
        send(pool, at(server))
        pool.close()
        assert over(server) == [1, 2]


def test_after_a_refusal_there_is_as_much_time_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifier.channels.connection.PATIENCE", 0.2)
    with FaultServer(on_the_second(Step.RCPT, says("550 no"))) as server:
        pool = Pool()
        send(pool, at(server))
        with pytest.raises(SmtpError):
            send(pool, at(server))
        server.latency = 0.3
        send(pool, at(server))
        pool.close()
        assert over(server) == [1, 1]


def test_many_threads_never_share_a_connection_at_the_same_time() -> None:
    with FaultServer(lambda m: says("550 no") if m.recipient.startswith("x") else None) as server:
        pool = Pool()
        recipients = [
            [f"{'x' if number % 7 == 3 else 'y'}{thread}-{number}@customer.example" for number in range(20)]
            for thread in range(8)
        ]

        def work(mine: list[str]) -> None:
            for to in mine:
                with contextlib.nullcontext() if to.startswith("y") else pytest.raises(SmtpError):
                    send(pool, at(server), to)

        threads = [threading.Thread(target=work, args=(mine,)) for mine in recipients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        pool.close()
        server.wait_until(lambda: server.open == 0)
        wanted = sorted(to for mine in recipients for to in mine if to.startswith("y"))
        assert sorted(mail.recipient for mail in server.taken) == wanted
        assert server.connections <= 8


def test_a_child_process_does_not_speak_on_its_parents_connections() -> None:
    with FaultServer() as server:
        pool = Pool()
        send(pool, at(server))
        child = os.fork()
        if child == 0:
            done = 1
            try:
                send(pool, at(server))
                pool.close()
                done = 0
            finally:
                os._exit(done)
        assert os.waitpid(child, 0)[1] == 0
        send(pool, at(server))
        pool.close()
        assert over(server) == [1, 2, 1]


def test_what_was_never_used_costs_nothing_to_tidy_and_close() -> None:
    pool = Pool()
    pool.tidy()
    pool.close()
