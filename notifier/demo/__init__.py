"""`notifier demo`: the real processes between a made-up sender and a made-up customer, on this machine."""
