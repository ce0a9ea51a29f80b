"""`/healthz`, `/readyz` and `/metrics`."""

from __future__ import annotations

from pathlib import Path

from tests.web.serving import HOOK, Web, assert_error, update


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
