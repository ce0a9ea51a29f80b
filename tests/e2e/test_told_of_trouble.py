"""The shipped rules tell operators that a channel fails, on another one."""

from __future__ import annotations

import shutil

from tests.service_process import ROOT, Service, body
from tests.sinks import HttpSink, SmtpSink


def test_a_refused_hook_is_told_by_mail_to_the_senders_address(
    service: Service, mail: SmtpSink, chat: HttpSink
) -> None:
    shutil.copy(ROOT / "rules.yaml", service.rules)
    service.both()
    service.customer("41")
    chat.answer(403, "invalid_token")
    service.post(body("41", "I"))

    (told,) = mail.wait_for(1)

    assert told.recipients == ("orders@shop.example",)
    assert "slack" in str(told.message["Subject"])
