"""The use cases: taking updates in, deciding them, sending messages, and keeping at it."""
