"""Where an order's contact comes from, one file per source."""
