"""Edits of files: seen however they are made, told once they are at rest, never in the middle of one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from notifier.service import notices
from notifier.service.edits import LONGEST, LOOK_EVERY, SETTLE, WRITING, Edits, stamps
from notifier.service.notices import steps


class Watched:
    """rules.yaml and templates, with a clock that is moved by hand; notices come from the kernel."""

    def __init__(self, folder: Path, *, written: bool = True) -> None:
        self.rules = folder / "rules.yaml"
        self.templates = folder / "templates"
        self.now = 1000.0
        if written and not self.templates.exists():
            (self.templates / "told").mkdir(parents=True)
            (self.templates / "told/sms.txt").write_text("one")
            self.rules.write_text("one")
        self.edits = Edits([self.rules, self.templates], lambda: self.now)
        self.edits.take()

    def pass_time(self, seconds: float) -> bool:
        """Look ten times a second for so long; tell whether an edit came to rest, and take it then."""
        until = self.now + seconds
        while self.now < until:
            self.now += 0.1
            if self.edits.at_rest():
                return self.edits.take()
        return False

    def is_noticed(self) -> bool:
        """Tell whether an edit comes to rest before it would be found without the kernel."""
        return self.pass_time(SETTLE + 0.3)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    watched = Watched(tmp_path)
    yield watched
    watched.edits.close()


def renamed_over(path: Path) -> None:
    draft = path.with_name(f".{path.name}.tmp")
    draft.write_text("two")
    draft.replace(path)


def removed_and_written(path: Path) -> None:
    path.unlink()
    path.write_text("two")


def moved_away_first(path: Path) -> None:
    """vim with `backupcopy=no`: the old file becomes the backup."""
    path.rename(path.with_name(f"{path.name}~"))
    path.write_text("two")


def with_the_same_time_and_size(path: Path) -> None:
    stat = path.stat()
    path.write_text("two")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


HOW: list[Callable[[Path], object]] = [
    lambda path: path.write_text("two"),
    renamed_over,
    removed_and_written,
    moved_away_first,
    with_the_same_time_and_size,
    lambda path: path.unlink(),
]
WAYS = pytest.mark.parametrize("edit", HOW, ids=["written", *(how.__name__ for how in HOW[1:5]), "removed"])


@WAYS
def test_an_edit_of_the_rules_is_noticed_each_time(watched: Watched, edit: Callable[[Path], object]) -> None:
    edit(watched.rules)
    assert watched.is_noticed()
    watched.rules.write_text("three")
    assert watched.is_noticed()
    assert not watched.pass_time(2 * LOOK_EVERY)


@WAYS
def test_an_edit_of_a_template_is_noticed_each_time(watched: Watched, edit: Callable[[Path], object]) -> None:
    edit(watched.templates / "told/sms.txt")
    assert watched.is_noticed()
    (watched.templates / "told/sms.txt").write_text("three")
    assert watched.is_noticed()


def test_a_folder_that_is_made_later_is_watched_as_well(watched: Watched) -> None:
    new = watched.templates / "new"
    new.mkdir()
    watched.pass_time(1.0)
    (new / "sms.txt").write_text("words")
    assert watched.is_noticed()
    (new / "sms.txt").write_text("other words")
    assert watched.is_noticed()


def test_a_folder_that_is_moved_in_whole_is_noticed(watched: Watched, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/sms.txt").write_text("words")
    (tmp_path / "elsewhere").rename(watched.templates / "new")
    assert watched.is_noticed()


def test_all_templates_can_be_exchanged_at_once(watched: Watched, tmp_path: Path) -> None:
    watched.templates.rename(tmp_path / "before")
    (tmp_path / "templates/other").mkdir(parents=True)
    (tmp_path / "templates/other/sms.txt").write_text("words")
    assert watched.is_noticed()
    (tmp_path / "templates/other/sms.txt").write_text("other words")
    assert watched.is_noticed()


def test_files_that_are_not_there_are_noticed_when_they_come(tmp_path: Path) -> None:
    watched = Watched(tmp_path / "shop", written=False)
    (tmp_path / "shop").mkdir()
    watched.pass_time(0.3)
    watched.rules.write_text("one")
    assert watched.is_noticed()
    watched.templates.mkdir()
    (watched.templates / "told").mkdir()
    (watched.templates / "told/sms.txt").write_text("words")
    assert watched.is_noticed()
    watched.edits.close()


def mounted(folder: Path) -> tuple[Path, Callable[[str], None]]:
    """Make a volume as Kubernetes mounts a ConfigMap; return its folder and what writes it anew."""
    volume = folder / "volume"
    volume.mkdir()
    versions = iter(range(100))

    def write(content: str) -> None:
        version = volume / f"..2026_{next(versions)}"
        version.mkdir()
        (version / "rules.yaml").write_text(content)
        (volume / "..data_tmp").symlink_to(version.name)
        (volume / "..data_tmp").rename(volume / "..data")

    write("one")
    (volume / "rules.yaml").symlink_to("..data/rules.yaml")
    return volume, write


def test_a_config_map_that_is_written_anew_is_noticed_each_time(tmp_path: Path) -> None:
    volume, write = mounted(tmp_path)
    watched = Watched(volume)
    for content in ("two", "three"):
        write(content)
        assert watched.is_noticed()
    assert not watched.pass_time(2 * LOOK_EVERY)
    watched.edits.close()


def test_a_release_that_is_switched_by_a_link_above_is_noticed(tmp_path: Path) -> None:
    for release in ("1", "2"):
        (tmp_path / release / "templates").mkdir(parents=True)
        (tmp_path / release / "rules.yaml").write_text(release)
    (tmp_path / "current").symlink_to("1")
    watched = Watched(tmp_path / "current")

    (tmp_path / "next").symlink_to(tmp_path / "2")
    (tmp_path / "next").rename(tmp_path / "current")
    assert watched.is_noticed()
    (tmp_path / "2/rules.yaml").write_text("3")
    assert watched.is_noticed()
    watched.edits.close()


def test_what_nobody_reads_is_no_edit(watched: Watched) -> None:
    before = stamps([watched.rules, watched.templates])
    for name in (".rules.yaml.swp", "rules.yaml~", "notifier.db"):
        watched.rules.with_name(name).write_text("x")
    for name in (".sms.txt.swp", "sms.txt~"):
        (watched.templates / "told" / name).write_text("x")
    assert not watched.pass_time(2 * LOOK_EVERY)
    assert stamps([watched.rules, watched.templates]) == before


def test_a_file_is_not_taken_before_it_is_at_rest(watched: Watched) -> None:
    watched.rules.write_text("two")
    assert not watched.edits.at_rest()
    for _ in range(5):  # one save after the other
        watched.now += SETTLE * 0.9
        watched.rules.write_text(f"two {watched.now}")
        assert not watched.edits.at_rest()
    assert watched.is_noticed()


def test_a_file_that_is_open_for_writing_gets_longer(watched: Watched) -> None:
    with watched.rules.open("w") as file:
        file.write("half")
        file.flush()
        assert not watched.pass_time(WRITING * 0.9)
        file.write(" and the other half")
    assert watched.is_noticed()


def test_a_writer_that_never_closes_does_not_keep_its_words_for_itself(watched: Watched) -> None:
    with watched.rules.open("w") as file:
        file.write("all")
        file.flush()
        assert watched.pass_time(WRITING + 0.5)


def test_files_that_never_rest_are_read_in_the_end(watched: Watched) -> None:
    began = watched.now
    taken = False
    while not taken and watched.now < began + 2 * LONGEST:
        watched.rules.write_text(str(watched.now))
        watched.now += 0.1
        taken = watched.edits.at_rest()
    assert LONGEST <= watched.now - began <= LONGEST + 0.5


@pytest.fixture
def without_notices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watched:
    """The kernel tells nothing: no instance is left, or it is another machine that writes (NFS)."""

    def none_left() -> None:
        raise OSError(24, "too many open files")

    monkeypatch.setattr(notices, "INotify", none_left)
    return Watched(tmp_path)


def test_without_notices_an_edit_is_found_at_the_next_look_and_not_in_the_middle(
    without_notices: Watched,
) -> None:
    watched = without_notices
    watched.rules.write_text("two")
    assert not watched.pass_time(LOOK_EVERY - 0.2)
    watched.rules.write_text("three!")
    assert watched.pass_time(SETTLE + 0.5)
    (watched.templates / "told/email.txt").write_text("new")
    assert watched.pass_time(LOOK_EVERY + SETTLE + 0.3)
    for n in range(30):
        watched.rules.write_text("and so on" * n)
        watched.now += 0.15
        assert not watched.edits.at_rest(), "it is being written"
    assert watched.pass_time(SETTLE + 0.3)
    watched.edits.close()


def test_where_no_watch_is_left_the_look_finds_it(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    watched.edits.close()
    monkeypatch.setattr(notices.INotify, "add_watch", _no_watch)
    limited = Watched(watched.rules.parent)
    limited.rules.write_text("two")
    assert limited.pass_time(LOOK_EVERY + SETTLE + 0.3)
    limited.edits.close()


def _no_watch(*_: object) -> int:
    raise OSError(28, "no space left on device")


def test_what_was_forgotten_is_an_edit_again(watched: Watched) -> None:
    watched.rules.write_text("two")
    assert watched.is_noticed()
    watched.edits.forget()
    assert watched.is_noticed()
    assert not watched.is_noticed()


def test_a_way_leads_over_every_link_to_its_end_or_to_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/file").touch()
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to(tmp_path / "real/../real")
    assert list(steps(tmp_path / "a/file")) == [
        (tmp_path, "a"),
        (tmp_path, "b"),
        (tmp_path / "real", "file"),
    ]
    assert list(steps(tmp_path / "real/none/file")) == [(tmp_path / "real", "none")]
    (tmp_path / "loop").symlink_to("loop")
    assert set(steps(tmp_path / "loop/file")) == {(tmp_path, "loop")}
