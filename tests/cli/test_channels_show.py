"""What a channel that is probed waits for."""

from __future__ import annotations

from notifier.cli.channels_show import rest
from notifier.core.reason import Reason
from notifier.store.sending import ChannelState


def test_a_channel_that_is_probed_with_an_empty_queue_says_that_it_waits_for_a_message() -> None:
    state = ChannelState("email", Reason.UNREACHABLE, 1.0, 100.0, "no route")
    assert rest(state, 200.0, waits=False).startswith("its next message tries it again, and none is waiting")
    assert rest(state, 200.0, waits=True).startswith("one message tries it again, the others wait")
    assert "none is waiting" not in rest(state, 50.0, waits=False)
