"""A simulated world: the daemon's own core on a clock of its own, in memory, without any network."""
