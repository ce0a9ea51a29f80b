"""The way out: the only place with Apprise. Start at `gateway`."""
