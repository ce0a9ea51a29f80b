"""Measures the product on this machine and prints a Markdown table: all of it, or one part."""

from __future__ import annotations

import os
import platform
import sqlite3
import sys

from bench import deciding, delivery, importing, intake, rendering, replay, sending

PARTS = {
    "intake": intake.measure,
    "deciding": deciding.measure,
    "delivery": delivery.measure,
    "rendering": rendering.measure,
    "sending": sending.measure,
    "importing": importing.measure,
    "replay": replay.measure,
}


def main() -> None:
    """Run the parts named on the command line, or all."""
    wanted = sys.argv[1:] or list(PARTS)
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}\n")
    print("| what | measured |\n| --- | --- |")
    for part in wanted:
        for what, value in PARTS[part]():
            print(f"| {what} | {value} |", flush=True)


if __name__ == "__main__":
    main()
