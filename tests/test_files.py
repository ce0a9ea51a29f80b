"""Files that people name: never waited for, never written through a link, never open to others."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from notifier import files


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_a_file_is_read_up_to_a_byte_more_than_it_may_have(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    assert files.read(path, 20) == b"0123456789"
    assert files.read(path, 4) == b"01234"


@pytest.mark.parametrize(
    ("make", "why"),
    [(os.mkfifo, "not a regular file"), (os.mkdir, "Is a directory")],
)
@pytest.mark.parametrize("linked", [False, True])
def test_what_is_no_file_is_refused_and_not_waited_for(
    tmp_path: Path, make: Callable[[Path], None], why: str, linked: bool
) -> None:
    path = tmp_path / "thing"
    make(path)
    if linked:
        (tmp_path / "link").symlink_to(path)
        path = tmp_path / "link"
    with pytest.raises(OSError, match=why):
        files.read(path, 100)


def test_a_new_file_is_for_its_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        files.write(tmp_path / "new", b"text")
    finally:
        os.umask(before)
    assert ((tmp_path / "new").read_bytes(), mode(tmp_path / "new")) == (b"text", 0o600)


@pytest.mark.parametrize(("had", "has"), [(0o644, 0o600), (0o600, 0o600), (0o400, 0o400), (0o640, 0o600)])
def test_a_file_that_is_replaced_is_never_more_open_than_before(tmp_path: Path, had: int, has: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(had)
    files.write(path, b"new")
    assert (path.read_bytes(), mode(path)) == (b"new", has)


@pytest.mark.parametrize("leads", ["to a file", "to a folder", "nowhere"])
@pytest.mark.parametrize("replace", [True, False])
def test_nothing_is_written_through_a_link(tmp_path: Path, leads: str, replace: bool) -> None:
    other, link = tmp_path / "other", tmp_path / "link"
    if leads == "to a file":
        other.write_bytes(b"theirs")
    elif leads == "to a folder":
        other.mkdir()
    link.symlink_to(other)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(OSError, match="symbolic link" if replace else "exists"):
        files.write(link, b"ours", replace=replace)
    assert sorted(tmp_path.rglob("*")) == before
    assert link.is_symlink()
    assert leads != "to a file" or other.read_bytes() == b"theirs"


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_file_is_not_replaced(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "thing"
    make(path)
    with pytest.raises(OSError, match="not a regular file"):
        files.write(path, b"ours")
    assert [path.name for path in tmp_path.iterdir()] == ["thing"]


def test_a_name_that_is_taken_stays_as_it_is_unless_it_may_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / "file"
    files.write(path, b"first", replace=False)
    with pytest.raises(FileExistsError):
        files.write(path, b"second", replace=False)
    assert path.read_bytes() == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_folder_that_is_not_there_is_named_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=str(tmp_path / "no/file")) as caught:
        files.write(tmp_path / "no/file", b"text")
    assert caught.value.filename == str(tmp_path / "no/file")
    assert [path.name for path in tmp_path.iterdir()] == []
