"""notifier: from Cottoncast's order-status webhook to the right message, once."""

__version__ = "0.1.0"
