"""The command line as a whole: help, usage, settings from a file, and operators' mistakes."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from notifier.cli.commands import COMMANDS, SECTIONS
from tests.cli.conftest import ROOT, Shop


@pytest.mark.parametrize("words", [*((name,) for name in COMMANDS), ("order", "show")])
def test_every_command_explains_itself_with_an_example(shop: Shop, words: tuple[str, ...]) -> None:
    done = shop.run(*words, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Usage: notifier {' '.join(words)}")
    assert "Example" in done.stdout
    assert f"{words[-1]}" in done.stdout.partition("Example")[2]


def test_the_whole_explains_itself_and_lists_every_command_by_what_it_is_for(shop: Shop) -> None:
    done = shop.run("--help")
    assert done.returncode == 0
    for section, commands in SECTIONS.items():
        listed = done.stdout.partition(f"\n{section}:\n")[2].partition("\n\n")[0].splitlines()
        assert [line.split()[0] for line in listed] == list(commands)
        assert all(line.endswith(one.summary) for line, one in zip(listed, commands.values(), strict=True))
    assert "..." not in done.stdout.partition("\nSet up")[2]
    assert shop.run("--version").stdout.startswith("notifier ")


@pytest.mark.parametrize(
    "words",
    [
        (), ("no-such-command",), ("web", "--fd", "x"), ("explain", "41", "42"), ("retry",), ("retry", "x"),
        ("retry", "99999999999999999999"),
        ("messages", "--state", "lost"), ("messages", "--limit", "0"), ("check", "--jsn"),
        ("--env-file", "missing.env", "check"), ("order",),
    ],
)  # fmt: skip
def test_wrong_usage_is_2_with_the_usage_shown(shop: Shop, words: tuple[str, ...]) -> None:
    done = shop.run(*words)
    assert done.returncode == 2
    assert "Usage: notifier" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("chek",), "Did you mean 'check'?"),
        (("mesages", "--failed"), "Did you mean 'messages'?"),
        (("orders", "shwo"), "Did you mean 'show'?"),
        (("xyzzy",), "There is no command 'xyzzy'.\n"),
    ],
)
def test_a_command_that_is_not_there_is_told_with_the_one_that_was_meant(
    shop: Shop, words: tuple[str, ...], meant: str
) -> None:
    done = shop.run(*words)
    assert done.returncode == 2
    assert meant in done.stderr


@pytest.mark.parametrize(
    "words", [("explain", "41"), ("check",), ("web",), ("worker",), ("run",), ("send-test", "x")]
)
def test_settings_that_cannot_be_used_are_all_named_without_their_values(
    shop: Shop, words: tuple[str, ...]
) -> None:
    done = shop.run(
        *words,
        NOTIFIER_BIND="canary.example:80",
        NOTIFIER_WEBHOOK_SECRET="canary",
        NOTIFIER_DATABASE="mysql://canary",
        NOTIFIER_API_TOKEN="canary",
    )
    assert done.returncode == 78
    for name in ("NOTIFIER_BIND", "NOTIFIER_WEBHOOK_SECRET", "NOTIFIER_DATABASE", "NOTIFIER_API_TOKEN"):
        assert f"{name}: " in done.stderr
    assert "canary" not in done.stdout + done.stderr


# --- the database ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "database", "said"),
    [
        (("explain", "41"), "sqlite:///folder", "{here}/folder is a folder"),
        (("orders", "show", "41"), "sqlite:///folder", "{here}/folder is a folder"),
        (("worker",), "sqlite:////proc/n.db", "no file can be made in the folder /proc"),
        (("worker",), "sqlite:///missing/n.db", "there is no folder {here}/missing"),
        (("run",), "sqlite:///missing/n.db", "there is no folder {here}/missing"),
        (("check",), "sqlite:///missing/n.db", "there is no folder {here}/missing"),
        (("check",), "sqlite:////proc/n.db", "no file can be made in the folder /proc"),
    ],
)
def test_a_database_that_cannot_be_there_is_78_and_names_setting_and_folder(
    shop: Shop, words: tuple[str, ...], database: str, said: str
) -> None:
    shop.folder.joinpath("folder").mkdir()
    done = shop.run(*words, NOTIFIER_DATABASE=database, NOTIFIER_BIND="127.0.0.1:0")
    assert done.returncode == 78
    (line,) = (line for line in done.stderr.splitlines() if "NOTIFIER_DATABASE: " in line)
    assert said.format(here=shop.folder) in line
    assert [path.name for path in shop.folder.iterdir()] == ["folder"]


@pytest.mark.parametrize(
    ("rights", "said"),
    [
        (0o755, "{here}/notifier.db may not be written by this user"),
        (0o700, "no file can be made in the folder {here}: Permission denied"),
    ],
)
def test_a_database_of_another_user_is_78_and_says_so(shop: Shop, rights: int, said: str) -> None:
    if os.geteuid():
        pytest.skip("only root can be another user")
    shop.database.touch(0o600)
    for folder in (*shop.folder.parents[:3], shop.folder):  # one more where tests run side by side
        folder.chmod(0o755)
    shop.folder.chmod(rights)
    as_somebody = "import os, notifier.cli.messages; os.setuid(65534)"  # who may not read Python's files
    done = shop.run("messages", before=as_somebody)
    assert (done.returncode, done.stdout) == (78, "")
    assert f"NOTIFIER_DATABASE: {said.format(here=shop.folder)}" in done.stderr


def test_a_file_that_is_no_database_is_75_and_a_sentence(shop: Shop) -> None:
    shop.database.write_bytes(b"this is a text file, not a database " * 100)
    done = shop.run("messages")
    assert (done.returncode, done.stdout) == (75, "")
    assert "not a database" in done.stderr


def test_a_name_of_no_file_is_refused_as_a_setting(shop: Shop) -> None:
    done = shop.run("messages", NOTIFIER_DATABASE="sqlite:///.")
    assert done.returncode == 78
    assert "NOTIFIER_DATABASE: needs the name of a file" in done.stderr


# --- rules and templates --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "setting", "expected"),
    [
        (("check",), "NOTIFIER_RULES", "missing/rules.yaml: "),
        (("check",), "NOTIFIER_TEMPLATES", "missing/templates: "),
        (("worker",), "NOTIFIER_RULES", "missing/rules.yaml: "),
        (("run",), "NOTIFIER_TEMPLATES", "missing/templates: "),
        (("send-test", "email", "a@example.org"), "NOTIFIER_RULES", "missing/rules.yaml: "),
    ],
)
def test_missing_rules_or_templates_are_78_and_named(
    shop: Shop, words: tuple[str, ...], setting: str, expected: str
) -> None:
    missing = expected.removesuffix(": ")
    done = shop.run(*words, **{setting: missing}, NOTIFIER_BIND=f"127.0.0.1:{free_port()}")
    assert done.returncode == 78
    assert expected in done.stderr


@pytest.mark.parametrize("words", [("check",), ("worker",), ("send-test", "email", "a@example.org")])
def test_broken_rules_are_78_with_file_line_and_column(shop: Shop, words: tuple[str, ...]) -> None:
    rules = (ROOT / "rules.yaml").read_text().replace("send: email\n", "sned: email\n")
    shop.folder.joinpath("rules.yaml").write_text(rules)
    line = rules[: rules.index("sned")].count("\n") + 1
    done = shop.run(*words, NOTIFIER_RULES="rules.yaml")
    assert done.returncode == 78
    assert f"rules.yaml:{line}:5: " in done.stderr
    assert "send" in done.stderr


def test_a_broken_template_is_78_with_file_and_line(shop: Shop) -> None:
    shutil.copytree(ROOT / "templates", shop.folder / "templates")
    with shop.folder.joinpath("templates/shipped/email.txt").open("a") as template:
        template.write("\n{% if %}\n")
    done = shop.run("check", NOTIFIER_TEMPLATES="templates")
    assert done.returncode == 78
    assert "shipped/email.txt:" in done.stderr


# --- settings from a file ---------------------------------------------------------------------------


def test_settings_are_read_from_a_file(shop: Shop) -> None:
    shop.folder.joinpath("n.env").write_text(
        "# a comment\n\n; another\nNOTIFIER_DATABASE = 'sqlite:///.'\nEMAIL_URL=x=y\n"
    )
    done = shop.run("--env-file", "n.env", "messages")
    assert done.returncode == 78
    assert "NOTIFIER_DATABASE: needs the name of a file" in done.stderr


def test_of_two_lines_with_a_name_the_last_counts_as_with_systemd(shop: Shop) -> None:
    lines = ["NOTIFIER_DATABASE=sqlite:///first.db", "NOTIFIER_DATABASE=sqlite:///last.db"]
    shop.folder.joinpath("n.env").write_text("\n".join(lines))

    done = shop.run("--env-file", "n.env", "messages")

    assert done.returncode == 66
    assert str(shop.folder / "last.db") in done.stderr


def test_the_environment_wins_over_the_file(shop: Shop) -> None:
    shop.folder.joinpath("n.env").write_text('NOTIFIER_DATABASE="sqlite:///."\n')
    done = shop.run("--env-file", "n.env", "messages", NOTIFIER_DATABASE="sqlite:///mine.db")
    assert done.returncode == 66
    assert str(shop.folder / "mine.db") in done.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"NOTIFIER_LOG=text\nexport NOTIFIER_LOG=json\n", "n.env:2: expected NAME=value"),
        (b"\njust words canary\n", "n.env:2: expected NAME=value"),
        (b"=canary\n", "n.env:1: expected NAME=value"),
        (b"NOTIFIER_LOG=\xff\xfe\n", "n.env: not UTF-8 text"),
    ],
)
def test_a_file_of_settings_with_a_bad_line_is_78_with_its_number(
    shop: Shop, content: bytes, said: str
) -> None:
    shop.folder.joinpath("n.env").write_bytes(content)
    done = shop.run("--env-file", "n.env", "messages")
    assert (done.returncode, done.stderr) == (78, f"error: {said}\n")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def test_a_folder_that_cannot_be_made_is_a_sentence(shop: Shop) -> None:
    Path(shop.folder, "taken").write_text("")
    for folder in ("taken/shop", "/proc/shop"):
        done = shop.run("init", folder)
        assert done.returncode == 1
        assert done.stderr.startswith("error: cannot write ")


@pytest.mark.parametrize("words", [("explain", "41"), ("order", "show", "41"), ("messages",), ("retry", "1")])
def test_a_command_that_looks_at_a_database_does_not_make_one(shop: Shop, words: tuple[str, ...]) -> None:
    done = shop.run(*words, NOTIFIER_DATABASE="sqlite:///elsewhere.db")

    assert (done.returncode, done.stdout) == (66, "")
    assert "there is no database at" in done.stderr
    assert "NOTIFIER_DATABASE" in done.stderr
    assert not shop.folder.joinpath("elsewhere.db").exists()


# --- terminals -------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [("status",), ("messages",), ("check",), ("explain", "no-such-order")])
def test_colours_are_for_terminals_and_for_those_who_want_them(story: Shop, words: tuple[str, ...]) -> None:
    colours = re.compile(r"\x1b\[[0-9;]*[34][0-9]m")
    assert colours.search(story.screen(*words)[1])
    assert "\x1b[" not in story.screen(*words, NO_COLOR="1")[1]
    assert colours.search(story.screen(*words, NO_COLOR="")[1]), "no-color.org: when not an empty string"
    assert "\x1b[" not in story.screen(*words, TERM="dumb")[1]


# --- foreign folders -------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [("run",), ("demo", "--once")])
def test_modules_that_lie_in_the_current_folder_are_not_run(shop: Shop, words: tuple[str, ...]) -> None:
    for name in ("click", "uvloop", "falcon", "multiprocessing", "structlog", "notifier"):
        (shop.folder / f"{name}.py").write_text("open('was-run', 'w').close()")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("NOTIFIER_")}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "notifier", *words],
        cwd=shop.folder,
        env=environ | shop.settings | {"NOTIFIER_RULES": "no-such.yaml", "NOTIFIER_BIND": "127.0.0.1:0"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == (78 if words == ("run",) else 0), done.stderr
    assert not (shop.folder / "was-run").exists()
