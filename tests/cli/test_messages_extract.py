"""`notifier messages extract` and what `notifier check` says of translations."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Shop


def test_catalogues_are_written_and_brought_up_to_date(begun: Shop) -> None:
    locale = begun.folder / "templates" / "locale"
    before = {path.name for path in locale.glob("*")}
    done = begun.run("messages", "extract", "--add", "sv")
    assert done.returncode == 0, done.stderr
    assert {path.name for path in locale.glob("*")} == before | {"messages.pot", "sv.po"}
    first, *rows = [line.split("\t") for line in done.stdout.splitlines() if "\t" in line]
    assert first == ["LANGUAGE", "SENTENCES", "TRANSLATED", "FUZZY", "MISSING"]
    swedish = dict(zip(first, next(row for row in rows if row[0] == "sv"), strict=True))
    assert int(swedish["SENTENCES"]) == int(swedish["MISSING"]) > 0

    assert begun.run("messages", "extract", "--check").returncode == 0
    words(begun.folder, "chat.html").write_text('{{ _("A new sentence") }}')
    done = begun.run("messages", "extract", "--check")
    assert done.returncode == 1
    assert "out of date templates/locale/sv.po" in done.stdout
    assert "A new sentence" not in (locale / "sv.po").read_text()
    assert begun.run("messages", "extract").returncode == 0
    assert 'msgid "A new sentence"\nmsgstr ""' in (locale / "sv.po").read_text()


def test_check_warns_of_what_is_not_translated(begun: Shop) -> None:
    words(begun.folder, "chat.html").write_text('{{ _("A new sentence") }}')
    done = begun.run("check")
    warned = [line for line in done.stderr.splitlines() if "A new sentence" in line]
    languages = [path.stem for path in (begun.folder / "templates" / "locale").glob("*.po")]
    assert len(warned) >= len(languages)
    for language in languages:
        text = f"warning: is not translated, so {language} says it in en: “A new sentence”"
        assert any(text in line for line in warned)


def test_a_language_that_does_not_exist_is_refused(begun: Shop) -> None:
    done = begun.run("messages", "extract", "--add", "klingon")
    assert done.returncode == 2
    assert "there is no language 'klingon'" in done.stderr


def words(folder: Path, name: str) -> Path:
    made = folder / "templates" / "own"
    made.mkdir(exist_ok=True)
    return made / name
