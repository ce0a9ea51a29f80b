"""Rules at work on a simulated clock: no database, no network."""
