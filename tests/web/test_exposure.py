"""Who may reach a server that takes unsigned updates, and sockets that systemd passes on."""

from __future__ import annotations

import socket
import stat
from pathlib import Path

import httpx
import pytest

from tests.web.serving import HOOK, SEED, Web, assert_error, free_port, update, wait_until

NO_SECRET: dict[str, str | None] = {"NOTIFIER_WEBHOOK_SECRET": None, "NOTIFIER_UNSIGNED": "allow"}


def test_without_a_secret_it_serves_this_machine_and_warns_loudly(tmp_path: Path) -> None:
    with Web(tmp_path, NO_SECRET) as web:
        assert_error(web.http.post(HOOK, content=SEED), 404, "Order 41 not found")
        wrong = {"Cottoncast-Authentication": "0" * 64}
        assert_error(web.http.post(HOOK, content=update("42"), headers=wrong), 404, "Order 42 not found")
        assert web.rows("SELECT ref FROM updates WHERE id > 0 ORDER BY id") == [("41",), ("42",)]
        (warning,) = (line for line in web.log.splitlines() if "UNSIGNED UPDATES ARE ACCEPTED" in line)
        assert "warning" in warning
        assert "NOTIFIER_WEBHOOK_SECRET" in warning


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"NOTIFIER_WEBHOOK_SECRET": None}, "error: NOTIFIER_WEBHOOK_SECRET is not set: anybody could send"),
        ({"NOTIFIER_WEBHOOK_SECRET": ""}, "error: NOTIFIER_WEBHOOK_SECRET: is set but empty"),
        ({"NOTIFIER_WEBHOOK_SECRET": " \t"}, "error: NOTIFIER_WEBHOOK_SECRET: is set but empty"),
        ({"NOTIFIER_API_TOKEN": " "}, "error: NOTIFIER_API_TOKEN: is set but empty"),
        ({"NOTIFIER_UNSIGNED": "allow"}, "error: NOTIFIER_UNSIGNED: NOTIFIER_WEBHOOK_SECRET is set as well"),
        (
            NO_SECRET | {"NOTIFIER_PUBLIC_URL": "https://notify.shop.example"},
            "error: NOTIFIER_WEBHOOK_SECRET is not set, but NOTIFIER_PUBLIC_URL says",
        ),
        (
            {"NOTIFIER_WEBHOOK_SECRET": "first-secret #of-the-dutch-shop"},
            "error: NOTIFIER_WEBHOOK_SECRET: holds a # where a comment would begin",
        ),
    ],
)
def test_a_server_that_would_be_open_by_accident_does_not_start(
    tmp_path: Path, settings: dict[str, str | None], said: str
) -> None:
    web = Web(tmp_path, settings)
    assert web.refusal() == 78
    assert web.log.startswith(said)
    assert "Traceback" not in web.log
    assert not web.database.exists()


def test_unsigned_updates_that_a_proxy_passed_on_are_refused(tmp_path: Path) -> None:
    with Web(tmp_path, NO_SECRET) as web:
        for name, value in (
            ("X-Forwarded-For", "203.0.113.9"),
            ("x-forwarded-proto", "https"),
            ("Forwarded", "for=203.0.113.9"),
            ("Via", "1.1 proxy.example"),
            ("X-Real-IP", "203.0.113.9"),
            ("CF-Connecting-IP", "203.0.113.9"),
            ("Host", "notify.shop.example"),
            ("Host", "203.0.113.9:8080"),
        ):
            assert_error(web.http.post(HOOK, content=SEED, headers={name: value}), 401)
        # As nginx passes on by default: nothing but the version gives it away.
        head = f"POST {HOOK} HTTP/1.0\r\nHost: 127.0.0.1:{web.port}\r\nContent-Length: {len(SEED)}\r\n\r\n"
        assert b" 401 " in web.raw(head.encode() + SEED).splitlines()[0]
        assert web.rows("SELECT count(*) FROM updates WHERE id > 0") == [(0,)]
        assert "a proxy passed it on; set NOTIFIER_WEBHOOK_SECRET" in web.log
        for host in ("127.0.0.1", f"localhost:{web.port}", "[::1]:80"):
            assert_error(web.http.post(HOOK, content=SEED, headers={"Host": host}), 404)


def test_a_signed_update_may_come_through_a_proxy(tmp_path: Path) -> None:
    with Web(tmp_path) as web:
        passed_on = {"X-Forwarded-For": "203.0.113.9", "Host": "notify.shop.example"}
        assert_error(web.post(SEED, **passed_on), 404, "Order 41 not found")


def test_with_a_secret_it_does_not_warn(tmp_path: Path) -> None:
    with Web(tmp_path) as web:
        assert "UNSIGNED" not in web.log


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]", "192.0.2.7"])
def test_without_a_secret_it_refuses_to_serve_other_machines(tmp_path: Path, host: str) -> None:
    web = Web(tmp_path, NO_SECRET | {"NOTIFIER_BIND": f"{host}:{free_port()}"})
    assert web.refusal() == 78
    assert web.log.startswith("error: NOTIFIER_WEBHOOK_SECRET is not set, but other machines can reach ")
    assert "Set NOTIFIER_WEBHOOK_SECRET to the secret that Cottoncast signs with" in web.log
    assert "Traceback" not in web.log
    assert not web.database.exists()


def test_with_a_secret_it_serves_other_machines(tmp_path: Path) -> None:
    port = free_port()
    web = Web(tmp_path, {"NOTIFIER_BIND": f"0.0.0.0:{port}"})
    web.url = f"http://127.0.0.1:{port}"
    with web:
        assert_error(web.post(SEED), 404)


def test_it_serves_on_a_socket_that_systemd_passes_on(tmp_path: Path) -> None:
    elsewhere = {"NOTIFIER_BIND": f"127.0.0.1:{free_port()}"}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        web = Web(tmp_path, elsewhere, inherited=listener)
        with web:
            assert_error(web.post(SEED), 404)
            assert f"web ready                    address=127.0.0.1:{web.port}" in web.log
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", int(elsewhere["NOTIFIER_BIND"].rpartition(":")[2])))
        # It belongs to systemd: it outlives the server.
        socket.create_connection(listener.getsockname()).close()


def test_a_request_that_waits_in_an_inherited_socket_is_answered_after_the_start(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname(), timeout=30) as early,
    ):
        early.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        with Web(tmp_path, inherited=listener):
            assert early.recv(1000).startswith(b"HTTP/1.1 200 OK")


def test_without_a_secret_it_refuses_an_inherited_socket_that_other_machines_reach(tmp_path: Path) -> None:
    with socket.create_server(("0.0.0.0", 0)) as listener:
        web = Web(tmp_path, NO_SECRET | {"NOTIFIER_BIND": "127.0.0.1:8080"}, inherited=listener)
        assert web.refusal() == 78
    assert "NOTIFIER_WEBHOOK_SECRET is not set, but other machines can reach 0.0.0.0" in web.log


def test_without_a_secret_it_takes_an_inherited_socket_of_this_machine(tmp_path: Path) -> None:
    refused_if_it_were_used = {"NOTIFIER_BIND": "0.0.0.0:8080"}
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        Web(tmp_path, NO_SECRET | refused_if_it_were_used, inherited=listener) as web,
    ):
        assert_error(web.http.post(HOOK, content=SEED), 404)
        assert "UNSIGNED UPDATES ARE ACCEPTED" in web.log


def test_sockets_meant_for_another_process_are_left_alone(tmp_path: Path) -> None:
    with Web(tmp_path, {"LISTEN_FDS": "1", "LISTEN_PID": "1"}) as web:
        assert_error(web.post(SEED), 404)


def test_it_serves_on_a_unix_socket(tmp_path: Path) -> None:
    path = tmp_path / "web.sock"
    web = Web(tmp_path, NO_SECRET | {"NOTIFIER_BIND": f"unix:{path}"})
    process = web.launch()
    try:
        wait_until(lambda: listens(path), "the server's start")
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), timeout=30) as client:
            assert_error(client.post(f"http://localhost{HOOK}", content=SEED), 404)
    finally:
        process.terminate()
        assert process.wait(40) == 0
    assert "Traceback" not in web.log


def listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


@pytest.mark.parametrize(
    ("database", "said"),
    [
        ("sqlite:///missing/n.db", "there is no folder {here}/missing; make it, or name another"),
        ("sqlite:////proc/n.db", "no file can be made in the folder /proc: "),
        ("sqlite:///folder", "{here}/folder is a folder; name a file in it"),
    ],
)
def test_a_database_that_cannot_be_there_is_a_sentence_and_not_a_traceback(
    tmp_path: Path, database: str, said: str
) -> None:
    tmp_path.joinpath("folder").mkdir()
    web = Web(tmp_path, {"NOTIFIER_DATABASE": database})
    assert web.refusal() == 78
    assert web.log.startswith(f"error: NOTIFIER_DATABASE: {said.format(here=tmp_path)}")
    assert len(web.log.splitlines()) == 1


def test_the_database_s_files_are_for_their_owner_only(tmp_path: Path) -> None:
    with Web(tmp_path) as web:
        web.post(SEED)
        files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("n.db*")}
    assert files == dict.fromkeys(("n.db", "n.db-wal", "n.db-shm", "n.db.lock"), 0o600)
