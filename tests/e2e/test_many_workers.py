"""Several workers at once share the work and do not get into each other's way."""

from __future__ import annotations

from collections import Counter

from tests.service_process import Service, body
from tests.sinks import SmtpSink

ORDERS = 200


def test_two_workers_send_two_hundred_mails_once_each(service: Service, mail: SmtpSink) -> None:
    service.web()
    addresses = [service.customer(str(n)) for n in range(ORDERS)]
    workers = [service.worker(), service.worker()]
    for n in range(ORDERS):
        assert service.post(body(str(n), "C")).status_code == 200
    mail.wait_for(ORDERS, 60)
    service.wait_for_states("%", *[("delivered", None)] * ORDERS)
    assert Counter(m.recipients for m in mail.mails) == Counter((address,) for address in addresses)
    assert len({m.message["Message-ID"] for m in mail.mails}) == ORDERS
    shares = [worker.log.count("message delivered") for worker in workers]
    assert sum(shares) == ORDERS
    assert min(shares) > 0
