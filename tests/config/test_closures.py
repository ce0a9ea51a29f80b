"""The days on which a calendar does not open: what is understood, and what is refused with which words."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest

from notifier.config.closures import Country, closures
from notifier.config.mistake import Mistake
from notifier.core.schedule import Hours

CHRISTMAS = date(2026, 12, 25)
EPIPHANY = date(2026, 1, 6)
EASTER_MONDAY = date(2026, 4, 6)
MONDAY = date(2026, 3, 2)
OWN = date(2026, 12, 24)


@pytest.mark.parametrize(
    ("form", "closed", "open_"),
    [
        ("NL", [CHRISTMAS, EASTER_MONDAY, date(2027, 1, 1)], [EPIPHANY, MONDAY, OWN]),
        ("DE-BY", [CHRISTMAS, EPIPHANY], [MONDAY]),
        ("DE", [CHRISTMAS], [EPIPHANY]),
        ("NO", [date(2026, 5, 17)], [MONDAY]),
        ("2026-12-24", [OWN], [CHRISTMAS]),
        (["2026-12-24", "2026-03-02"], [OWN, MONDAY], [CHRISTMAS]),
        (["NL", "2026-12-24"], [OWN, CHRISTMAS], [MONDAY]),
        (["NL", "DE-BY"], [EPIPHANY, CHRISTMAS], [OWN]),
        ([], [], [CHRISTMAS]),
    ],
)
def test_holidays_and_dates_are_closed(
    form: str | list[str], closed: list[date], open_: list[date], tmp_path: Path
) -> None:
    days = closures(form, tmp_path)

    assert [day for day in closed if day not in days] == []
    assert [day for day in open_ if day in days] == []


@pytest.mark.parametrize("name", ["closed.txt", "dates/closed", "closed"])
def test_a_file_has_a_date_on_each_line(name: str, tmp_path: Path) -> None:
    (tmp_path / "dates").mkdir()
    (tmp_path / name).write_text(
        "\ufeff# stocktaking\r\n\n2026-12-24   # half a day\n  2026-03-02\n", "utf-8"
    )

    days = closures(name, tmp_path)

    assert OWN in days
    assert MONDAY in days
    assert CHRISTMAS not in days
    assert OWN in closures(str(tmp_path / name), Path("/nowhere"))
    assert CHRISTMAS in closures(["NL", name], tmp_path)


@pytest.mark.parametrize(
    ("form", "text", "hint"),
    [
        ("nl", "is no country that is known: `nl`", "did you mean `NL`?"),
        ("NL ", "is no country that is known: `NL `", "did you mean `NL`?"),
        ("NLD", "is no country that is known: `NLD`", "did you mean `NL`?"),
        ("UK", "is no country that is known: `UK`", "did you mean `GB`?"),
        ("Netherlands", "is no country that is known: `Netherlands`", "did you mean `NL`?"),
        ("Nehterlands", "is no country that is known: `Nehterlands`", "did you mean `NL`?"),
        ("Guinea-Bissau", "is no country that is known: `Guinea-Bissau`", "did you mean `GW`?"),
        ("XX", "is no country that is known: `XX`", "ISO 3166"),
        ("XX-BY", "is no country that is known: `XX`", "ISO 3166"),
        ("de-by", "is no country that is known: `de-by`", "did you mean `DE-BY`?"),
        ("Germany-BY", "is no country that is known: `Germany-BY`", "did you mean `DE-BY`?"),
        ("DE-by", "is no part of DE whose holidays are known: `by`", "did you mean `DE-BY`?"),
        ("DE-Bayern", "is no part of DE whose holidays are known: `Bayern`", "did you mean `DE-BY`?"),
        ("DE-XX", "is no part of DE whose holidays are known: `XX`", "known are BB, BE, BW, BY"),
        ("FO-X", "is no part of FO whose holidays are known: `X`", "write `FO` alone"),
        ("US-ZZ", "is no part of US whose holidays are known: `ZZ`", "US alone"),
        ("", "is empty", "DE-BY"),
        ("closed", "is no country that is known: `closed`", "a file of dates"),
        ("2026-02-30", "is no day of any calendar: `2026-02-30`", "check the month and the day"),
        ("2026-2-3", "is no date: `2026-2-3`", "did you mean 2026-02-03?"),
        ("25-12-2026", "is no date: `25-12-2026`", "did you mean 2026-12-25?"),
        ("12/25/2026", "is no date: `12/25/2026`", "did you mean 2026-12-25?"),
        ("25.12.2026", "is no date: `25.12.2026`", "did you mean 2026-12-25?"),
        ("05-06-2026", "is no date: `05-06-2026`", "2026-05-06 or 2026-06-05"),
        ("12-25", "is no date: `12-25`", "year, month and day"),
        ("20261225", "is no date: `20261225`", "year, month and day"),
        ("２０２６-12-25", "is no date: `２０２６-12-25`", "year, month and day"),
        ("99999999999-12-25", "is no date: `99999999999-12-25`", "year, month and day"),
        (["NL", "25-12-2026"], "has an entry that is no date: `25-12-2026`", "did you mean 2026-12-25?"),
        (["NL", 7], "has an entry that is a number", "DE-BY"),
        (7, "must be text or a list, not a number", "DE-BY"),
        ("no/such", "names the file `no/such`, which is not there", "looked for in"),
        ("folder/", "names the file `folder/`, which cannot be read: Is a directory", ""),
        ("./pipe", "names the file `./pipe`, which cannot be read: not a regular file", ""),
        ("a/\0", "cannot be the name of a file", ""),
        ("x/" * 3_000, "cannot be read: File name too long", ""),
        ("big.txt", "names the file `big.txt`, which is larger than 1 MiB", ""),
        ("latin.txt", "names the file `latin.txt`, which is not UTF-8 text (line 2)", "UTF-8"),
        ("bad.txt", "names the file `bad.txt`, whose line 3 is no date: `25-12-2026`", "2026-12-25"),
        ("worded.txt", "names the file `worded.txt`, whose line 1 is no date: `2026-12-25 X-mas`", ""),
    ],
)
def test_what_is_no_closure_is_refused_with_what_to_write(
    form: str | list[str], text: str, hint: str, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "big.txt").write_text("#" * (1024 * 1024 + 1))
    (tmp_path / "latin.txt").write_bytes(b"2026-12-24\n2026-12-25 # No\xebl\n")
    (tmp_path / "bad.txt").write_text("2026-12-24\n\n25-12-2026\n")
    (tmp_path / "worded.txt").write_text("2026-12-25 X-mas\n")

    with pytest.raises(Mistake) as refused:
        closures(form, tmp_path)

    assert text in refused.value.text
    assert hint in refused.value.hint


def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "loop.txt").symlink_to("loop.txt")

    with pytest.raises(Mistake, match="cannot be read"):
        closures("loop.txt", tmp_path)


def test_closures_are_values_that_a_frozen_calendar_can_hold(tmp_path: Path) -> None:
    one, same, other = (closures(form, tmp_path) for form in ("NL", "NL", "BE"))
    assert CHRISTMAS in one  # a year that was asked for makes no other value

    assert Hours(closed=one) == Hours(closed=same) != Hours(closed=other)
    assert hash(Hours(closed=one)) == hash(Hours(closed=same))


def test_threads_that_ask_at_the_same_time_hear_the_same() -> None:
    country = Country("DE", "BY")
    christmases = [CHRISTMAS.replace(year=year) for year in range(2020, 2040)] * 8

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(country.__contains__, christmases))


def test_nothing_but_days_is_closed(tmp_path: Path) -> None:
    days = closures("NL", tmp_path)

    assert "2026-12-25" not in days  # type: ignore[operator]
    assert CHRISTMAS + timedelta(days=2) not in days
