"""The store in one SQLite file, through sqlite-utils."""
