"""A shop that gave notifier nothing but its Cottoncast credentials: its customers get their mails."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator

import pytest

from tests.service_process import Process, Service, body, eventually
from tests.shop_api import BROKEN_JSON, CUT, HALF, HTML, SILENT, ShopApi, Trouble
from tests.sinks import HttpSink, SmtpSink

ADDRESS = "jane@canary.example"


@pytest.fixture
def api(service: Service) -> Iterator[ShopApi]:
    """Cottoncast's order API, and a shop that knows its credentials."""
    with ShopApi() as api:
        service.personal |= {ADDRESS, "Canary Jones"}
        service.look_up_at(api)
        api.add("3AF7", "41", email=ADDRESS, fname="Canary", name="Jones", country="NL")
        yield api


def reload(worker: Process) -> None:
    """Have what is down tried again at once, as after an edit."""
    worker.signal(signal.SIGHUP)


def test_an_order_that_nobody_registered_is_looked_up_and_its_customer_told(
    service: Service, mail: SmtpSink, api: ShopApi
) -> None:
    service.both()

    assert service.post(body("41", "C")).status_code == 200

    (shipped,) = mail.wait_for(1)
    assert shipped.recipients == (ADDRESS,)
    assert "Canary Jones" in shipped.message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    (asked,) = api.asked
    assert asked.path == "/order/3AF7"
    service.wait_for_states("41", ("delivered", None))

    # Where the contact came from is told, and no address is given away.
    told = service.cli("explain", "41").stdout
    assert "cottoncast" in told
    assert ADDRESS not in told

    # The next news asks nobody again.
    service.post(body("41", "D", 1_622_090_000))
    mail.wait_for(2)
    assert len(api.asked) == 1


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        pytest.param(Trouble(status=401), "401", id="wrong credentials"),
        pytest.param(Trouble(status=429, retry_after="1"), "429", id="too many requests"),
        pytest.param(Trouble(status=503), "503", id="unavailable"),
        pytest.param(SILENT, "", id="no answer"),
        pytest.param(HTML, "text/html", id="HTML instead of JSON"),
        pytest.param(BROKEN_JSON, "JSON", id="broken JSON"),
        pytest.param(CUT, "", id="the line is cut"),
        pytest.param(None, "refused", id="not there at all"),
    ],
)
def test_while_cottoncast_is_in_trouble_the_team_hears_at_once_and_the_customer_once_it_is_over(
    service: Service,
    mail: SmtpSink,
    chat: HttpSink,
    api: ShopApi,
    trouble: Trouble | None,
    words: str,
) -> None:
    _, worker = service.both()
    if trouble is None:
        api.stop()
    else:
        api.trouble(trouble)

    assert service.post(body("41", "C")).status_code == 200
    assert service.post(body("41", "I", 1_622_010_000)).status_code == 200

    assert "Problem with order 41" in json.dumps(json.loads(chat.wait_for(1)[0].body))
    eventually(lambda: service.rows("SELECT 1 FROM sources"), what="the source is down")
    state = service.rows("SELECT state FROM updates WHERE code = 'C'")
    assert state == [{"state": "awaiting_contact"}]
    (source,) = service.rows("SELECT name, detail FROM sources")
    assert source["name"] == "cottoncast"
    assert words in source["detail"]
    assert [e["kind"] for e in service.rows("SELECT kind FROM events ORDER BY id")] == ["source_down"]
    eventually(lambda: "source down" in worker.log, what="the log says so, after the database")
    shown = service.cli("sources").stdout
    assert "cottoncast" in shown
    assert not mail.mails

    api.trouble(None)
    if trouble is None:
        api.start()
    reload(worker)

    (shipped,) = mail.wait_for(1)
    assert shipped.recipients == (ADDRESS,)
    service.wait_for_states("41", ("delivered", None), ("delivered", None))
    assert [e["kind"] for e in service.rows("SELECT kind FROM events ORDER BY id")] == [
        "source_down",
        "source_up",
    ]


@pytest.mark.parametrize(
    ("ref", "order_id", "half", "reason"),
    [
        pytest.param("42", "NONE", False, "no_contact", id="an order that Cottoncast does not have"),
        pytest.param("41", "3AF7", True, "no_address", id="half an order"),
        pytest.param("99", "3AF7", False, "no_contact", id="an order that is another's"),
    ],
)
def test_a_contact_that_is_nowhere_is_named_and_told_to_the_team_once(
    service: Service,
    mail: SmtpSink,
    chat: HttpSink,
    api: ShopApi,
    ref: str,
    order_id: str,
    half: bool,
    reason: str,
) -> None:
    service.both()
    if half:
        api.trouble(HALF)

    for code, at in (("C", 1_622_007_287), ("D", 1_622_090_000)):
        raw = body(ref, code, at).replace(b'"3AF7"', f'"{order_id}"'.encode())
        assert service.post(raw).status_code == 200
        eventually(
            lambda code=code: service.rows(
                "SELECT 1 FROM updates WHERE code = ? AND state = 'decided'", code
            ),
            what=f"{code} is decided",
        )

    (told,) = chat.wait_for(1)
    assert f"order {ref}" in json.dumps(json.loads(told.body)).lower()
    verdicts = [
        {rule: why for rule, _, why, _ in json.loads(row["decisions"])}
        for row in service.rows("SELECT decisions FROM updates WHERE id > 0 ORDER BY id")
    ]
    assert verdicts[0]["shipped"] == reason
    assert [v["missing_contact"] for v in verdicts] == ["fired", "already_told"]
    service.wait_for_states(ref, ("delivered", None))
    assert not mail.mails


def test_what_the_shop_registered_comes_first_and_nobody_is_asked(
    service: Service, mail: SmtpSink, api: ShopApi
) -> None:
    service.both()
    own = service.customer("41")

    service.post(body("41", "C"))

    assert mail.wait_for(1)[0].recipients == (own,)
    assert not api.asked


def test_without_credentials_everything_starts_and_waits_and_says_so(
    service: Service, mail: SmtpSink, api: ShopApi
) -> None:
    secret = service.env.pop("COTTONCAST_SECRET")
    _, worker = service.both()
    assert "COTTONCAST_SECRET is not set" in worker.log
    assert service.post(body("41", "C")).status_code == 200
    eventually(
        lambda: service.rows("SELECT 1 FROM updates WHERE state = 'awaiting_contact'"), what="it waits"
    )

    assert worker.stop() == 0
    service.env["COTTONCAST_SECRET"] = secret
    service.worker()

    assert mail.wait_for(1)[0].recipients == (ADDRESS,)


def test_a_worker_killed_while_it_asks_leaves_a_lookup_that_the_next_one_does(
    service: Service, mail: SmtpSink, api: ShopApi
) -> None:
    _, worker = service.both()
    api.trouble(SILENT)
    service.post(body("41", "C"))
    api.wait_for(1)
    worker.kill()
    api.trouble(None)

    service.worker()

    assert mail.wait_for(1, timeout=20)[0].recipients == (ADDRESS,)
    service.wait_for_states("41", ("delivered", None))
