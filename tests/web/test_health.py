"""`/healthz`, `/readyz` and `/metrics`."""

from __future__ import annotations

import fcntl
from pathlib import Path

from notifier.store.sqlite.store import SqliteStore
from tests.web.serving import HOOK, Web, assert_error, update, wait_until


def test_a_healthy_server_says_so(web: Web) -> None:
    for path in ("/healthz", "/readyz"):
        response = web.http.get(path)
        assert (response.status_code, response.content) == (200, b'{"status":"ok"}')
        assert response.headers["content-type"] == "application/json"


def test_a_load_balancer_may_ask_with_head(web: Web) -> None:
    for path in ("/healthz", "/readyz"):
        response = web.http.head(path)
        assert (response.status_code, response.content) == (200, b"")


def test_a_server_whose_database_is_broken_is_healthy_and_not_ready(tmp_path: Path) -> None:
    with Web(tmp_path) as web:
        for file in (web.database, Path(f"{web.database}-wal"), Path(f"{web.database}-shm")):
            file.write_bytes(b"this was a database" * 1000)
        response = web.http.get("/readyz")
        assert_error(response, 503)
        assert response.headers["retry-after"] == "10"
        assert_error(web.post(update("41")), 503)
        assert web.http.get("/healthz").status_code == 200


def test_the_metrics_count_every_call_by_what_it_came_to(web: Web) -> None:
    results = ("recorded", "duplicate", "held", "refused", "unsigned", "unavailable")
    before = {result: web.counter(result) for result in results}
    web.register("counted")
    web.post(update("counted"))
    web.post(update("counted"))
    web.post(update("counted"))
    web.post(update("not known"))
    web.post(b"{}")
    web.http.post(HOOK, content=b"{}")
    web.http.post(HOOK, content=b"{}", headers={"Cottoncast-Authentication": "0"})
    after = {result: web.counter(result) - before[result] for result in results}
    assert after == {
        "recorded": 1, "duplicate": 2, "held": 1, "refused": 1, "unsigned": 2, "unavailable": 0,
    }  # fmt: skip


def test_the_metrics_are_text_for_prometheus_without_anybodys_data(web: Web) -> None:
    web.register("canary-order", contact={"email": "canary@example.org"})
    web.post(update("canary-order"))
    response = web.http.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=")
    assert "# TYPE notifier_updates_received_total counter" in response.text
    assert "canary" not in response.text


ALWAYS_READ = {"notifier.web.metrics.RULES_FOR": 0.0}


def of_rules(web: Web) -> list[str]:
    """Return what the metrics say of the rules."""
    lines = web.http.get("/metrics").text.splitlines()
    return [line for line in lines if line.startswith("notifier_rules_")]


def test_the_metrics_tell_which_rules_are_in_force_and_whether_an_edit_was_refused(tmp_path: Path) -> None:
    with Web(tmp_path, constants=ALWAYS_READ) as web:
        assert of_rules(web) == ["notifier_rules_rejected 0.0"]
        store = SqliteStore(web.database)
        store.rulesets.take_up("0123456789ab", ["canary"], 1.0)
        store.rulesets.reject(["rules.yaml:1:1: canary"], 2.0)
        refused = ['notifier_rules_info{fingerprint="0123456789ab"} 1.0', "notifier_rules_rejected 1.0"]
        wait_until(lambda: of_rules(web) == refused, "the refusal in the metrics")
        assert "canary" not in web.http.get("/metrics").text

        store.rulesets.take_up("ba9876543210", [], 3.0)
        mended = ['notifier_rules_info{fingerprint="ba9876543210"} 1.0', "notifier_rules_rejected 0.0"]
        wait_until(lambda: of_rules(web) == mended, "the new rules in the metrics")
        store.close()


def test_the_metrics_are_served_whatever_becomes_of_the_database(tmp_path: Path) -> None:
    with Web(tmp_path, constants=ALWAYS_READ) as web:
        web.register("41")
        with Path(f"{web.database}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # nobody can write
            assert of_rules(web) == ["notifier_rules_rejected 0.0"]
        for file in (web.database, Path(f"{web.database}-wal"), Path(f"{web.database}-shm")):
            file.write_bytes(b"this was a database" * 1000)
        wait_until(lambda: of_rules(web) == [], "nothing said of the rules")
        assert "notifier_updates_received_total" in web.http.get("/metrics").text
