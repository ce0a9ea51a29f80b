"""Words: the templates folder, loaded and checked whole, and messages made from it."""
