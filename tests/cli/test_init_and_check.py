"""`notifier init` makes a folder to begin with; `notifier check` says whether it is fit to run."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, Shop

CHANNELS = {
    "EMAIL_URL": "mailto://127.0.0.1:2525?from=orders@shop.example",
    "SMS_URL": f"twilio://AC{'a' * 32}:{'b' * 32}@+31970000000",
    "SLACK_URL": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#orders",
}


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def secrets(folder: Path) -> set[str]:
    return set(re.findall(r"^NOTIFIER_(?:WEBHOOK_SECRET|API_TOKEN)=(\S{32,})$", folder.read_text(), re.M))


def test_init_writes_rules_templates_and_an_environment_file(begun: Shop) -> None:
    made = files(begun.folder)
    assert made.pop("rules.yaml") == (ROOT / "rules.yaml").read_bytes()
    assert made.pop("rules.schema.json") == (ROOT / "rules.schema.json").read_bytes()
    assert made.pop("rules.test.yaml") == (ROOT / "rules.test.yaml").read_bytes()
    assert made.pop("notifier.env")
    shipped = files(ROOT / "templates")
    assert len(shipped) > 15
    assert made == {f"templates/{name}": content for name, content in shipped.items()}
    assert not any(p.is_symlink() for p in begun.folder.rglob("*"))


def test_the_schema_that_the_rules_name_lies_beside_them_and_is_what_schema_prints(begun: Shop) -> None:
    first = begun.folder.joinpath("rules.yaml").read_text().splitlines()[0]
    named = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert named
    printed = begun.run("schema")
    assert (printed.returncode, printed.stderr) == (0, "")
    assert begun.folder.joinpath(named[1]).read_text() == printed.stdout
    assert json.loads(printed.stdout)["properties"].keys() >= {"version", "channels", "rules"}


def test_the_environment_file_is_for_its_owner_only_and_its_secrets_are_new_each_time(shop: Shop) -> None:
    for folder in ("a", "b"):
        assert shop.run("init", folder).returncode == 0
    found = [shop.folder / folder / "notifier.env" for folder in ("a", "b")]
    assert [stat.S_IMODE(path.stat().st_mode) for path in found] == [0o600, 0o600]
    assert [len(secrets(path)) for path in found] == [2, 2]
    assert len(secrets(found[0]) | secrets(found[1])) == 4


def test_the_environment_file_shows_how_everything_else_is_set(begun: Shop) -> None:
    text = begun.folder.joinpath("notifier.env").read_text()
    shown = dict(re.findall(r"^#([A-Z_]+)=(.*)$", text, re.M))
    assert set(shown) == {*CHANNELS, "COTTONCAST_USER", "COTTONCAST_SECRET", "NOTIFIER_PUBLIC_URL"}
    assert (shown["COTTONCAST_USER"], shown["COTTONCAST_SECRET"]) == ("", "")
    begun.folder.joinpath("notifier.env").write_text(re.sub(r"^#(?=[A-Z_]+=)", "", text, flags=re.M))
    done = begun.run("--env-file", "notifier.env", "check")
    assert (done.returncode, done.stderr) == (0, "")


def test_init_says_what_it_wrote_and_what_comes_next_and_shows_no_secret(shop: Shop) -> None:
    done = shop.run("init", "shop")
    templates = len(files(shop.folder / "shop/templates"))
    assert done.stdout.splitlines()[:-1] == [
        "written shop/rules.schema.json",
        "written shop/rules.test.yaml",
        "written shop/rules.yaml",
        f"written shop/templates/ ({templates} files)",
        "written shop/notifier.env",
    ]
    assert "notifier --env-file notifier.env check" in done.stdout.splitlines()[-1]
    assert not any(secret in done.stdout for secret in secrets(shop.folder / "shop/notifier.env"))


def test_init_never_overwrites(begun: Shop) -> None:
    begun.folder.joinpath("rules.yaml").write_text("mine")
    begun.folder.joinpath("notifier.env").write_text("MINE=1\n")
    begun.folder.joinpath("templates/shipped/sms.txt").write_text("mine")
    begun.folder.joinpath("templates/several/sms.txt").unlink()
    before = files(begun.folder)
    done = begun.run("init", ".")
    assert done.returncode == 0
    after = files(begun.folder)
    assert after.pop("templates/several/sms.txt")
    assert after == before
    assert "kept    rules.yaml" in done.stdout
    assert "written templates/several/sms.txt" in done.stdout
    assert re.search(r"^kept    templates/ \(\d+ files\)$", done.stdout, re.M)


@pytest.mark.parametrize("name", ["rules.yaml", "notifier.env", "templates"])
@pytest.mark.parametrize("there", [True, False])
def test_init_writes_through_no_link(shop: Shop, tmp_path: Path, name: str, there: bool) -> None:
    elsewhere = tmp_path / "elsewhere"
    if there:
        elsewhere.mkdir()
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / name).symlink_to(elsewhere)
    done = shop.run("init", "shop")
    assert done.returncode == 1
    assert done.stderr == (
        f"error: cannot write shop/{name}: a symbolic link; remove it, or name another folder\n"
    )
    assert (list(elsewhere.iterdir()) if there else elsewhere.exists()) in ([], False)


def test_check_is_content_in_a_new_folder_once_the_channels_are_set(begun: Shop) -> None:
    done = begun.run("--env-file", "notifier.env", "check", **CHANNELS)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(
        r"ok: 7 rules, 4 channels, \d+ templates; fingerprint [0-9a-f]{12}", done.stdout.splitlines()[-1]
    )
    assert begun.run("--env-file", "notifier.env", "check", "-q", **CHANNELS).stdout == ""
    assert not begun.database.exists()


@pytest.mark.parametrize("linked", [False, True])
def test_rules_that_are_a_fifo_are_refused_and_not_waited_for(begun: Shop, linked: bool) -> None:
    rules = begun.folder / "rules.yaml"
    rules.unlink()
    os.mkfifo(begun.folder / "fifo" if linked else rules)
    if linked:
        rules.symlink_to("fifo")
    done = begun.run("check", **CHANNELS)
    assert done.returncode == 78
    assert "rules.yaml: cannot be read: not a regular file" in done.stderr


def test_check_names_files_with_secrets_that_every_user_can_read(begun: Shop, tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents):  # those of pytest are shut to others
        folder.chmod(stat.S_IMODE(folder.stat().st_mode) | 0o011)
    words = ("--env-file", "notifier.env", "check", "-q")
    assert begun.run(*words, **CHANNELS).stderr == ""

    token = begun.folder / "token"
    token.write_text("t" * 40)
    backup = begun.folder / "backup.db"
    with closing(sqlite3.connect(backup)) as database:
        database.execute("CREATE TABLE t(c)")
    (begun.folder / "notifier.env").chmod(0o644)
    settings = (begun.folder / "notifier.env").read_text()
    settings = re.sub("NOTIFIER_API_TOKEN=.*", f"NOTIFIER_API_TOKEN_FILE={token}", settings)
    (begun.folder / "notifier.env").write_text(settings)
    done = begun.run(*words, **CHANNELS)
    assert done.returncode == 0
    assert re.findall(r"^settings: warning: (\S+) can be read by every user", done.stderr, re.M) == [
        str(backup), str(token), "notifier.env",
    ]  # fmt: skip
    for path in (token, backup, begun.folder / "notifier.env"):
        path.chmod(0o640)
    assert begun.run(*words, **CHANNELS).stderr == ""

    backup.chmod(0o644)
    begun.folder.chmod(0o700)
    assert begun.run(*words, **CHANNELS).stderr == "", "nobody else can reach it"


def test_check_prints_the_whole_paths_of_what_it_looks_at(begun: Shop) -> None:
    done = begun.run("check", NOTIFIER_DATABASE="sqlite:////tmp/other.db", **CHANNELS)
    assert [line.split() for line in done.stdout.splitlines()[:3]] == [
        ["rules", f"{begun.folder}/rules.yaml"],
        ["templates", f"{begun.folder}/templates"],
        ["database", "/tmp/other.db"],
    ]


def test_check_names_the_channels_that_are_not_set_and_what_follows(begun: Shop) -> None:
    done = begun.run("--env-file", "notifier.env", "check")
    assert done.returncode == 78
    problems = done.stderr.splitlines()
    assert problems.pop() == "error: 4 problems"
    variables = {"email": "EMAIL_URL", "sms": "SMS_URL", "slack": "SLACK_URL", "ops-email": "EMAIL_URL"}
    for channel, variable in variables.items():
        (problem,) = (
            line for line in problems if line.startswith("rules.yaml:") and f"channel {channel} " in line
        )
        assert re.fullmatch(
            rf"rules\.yaml:\d+:\d+: {variable} is not set; channel {channel} is paused:"
            r" its messages wait \(the daemon starts all the same\)",
            problem,
        )


def test_check_shows_the_line_with_a_mark_under_the_place_and_no_secret(begun: Shop) -> None:
    rules = begun.folder / "rules.yaml"
    text = rules.read_text().replace("when: delivered", "when: deliverd")
    rules.write_text(text.replace('url: "${env:SLACK_URL}"', 'url: "slack://canary/${env:SLACK_URL}"'))
    said = begun.run("check", **CHANNELS).stderr.splitlines()
    (at,) = (n for n, line in enumerate(said) if "deliverd" in line and line.startswith("rules.yaml:"))
    assert said[at + 1 : at + 3] == ["        when: deliverd", "              ^^^^^^^^"]
    assert any("slack://…" in line for line in said)
    assert "canary" not in "".join(said)


def test_check_prints_json(begun: Shop) -> None:
    done = begun.run("--env-file", "notifier.env", "check", "--json", **CHANNELS)
    told = json.loads(done.stdout)
    assert (done.returncode, told["ok"], told["problems"]) == (0, True, [])

    changed = CHANNELS | {"EMAIL_URL": "", "NOTIFIER_LOGG": "json"}
    done = begun.run("--env-file", "notifier.env", "check", "--json", **changed)
    told = json.loads(done.stdout)
    assert (done.returncode, told["ok"]) == (78, False)
    paused, too, stranger = told["problems"]
    assert "channel ops-email is paused" in too["text"]
    assert sorted(paused) == ["column", "file", "hint", "level", "line", "text"]
    assert (paused["level"], paused["file"], paused["hint"]) == (
        "error", "rules.yaml", "the daemon starts all the same",
    )  # fmt: skip
    assert "EMAIL_URL" in paused["text"]
    assert (stranger["level"], stranger["file"], stranger["line"]) == ("warning", "settings", 0)
    assert "NOTIFIER_LOGG" in stranger["text"]


def test_check_counts_warnings_and_fails_for_them_only_if_told_to(begun: Shop) -> None:
    strangers = {"NOTIFIER_LOGG": "json", "NOTIFIER_BINDD": "x"}
    done = begun.run("--env-file", "notifier.env", "check", **CHANNELS, **strangers)
    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        "settings: warning: NOTIFIER_BINDD is not a setting; did you mean NOTIFIER_BIND?",
        "settings: warning: NOTIFIER_LOGG is not a setting; did you mean NOTIFIER_LOG?",
    ]
    assert done.stdout.splitlines()[-1].startswith("ok, 2 warnings: 7 rules, ")

    done = begun.run("--env-file", "notifier.env", "check", "--strict", **CHANNELS, **strangers)
    assert done.returncode == 78
    assert done.stderr.splitlines()[-1] == "error: 2 warnings"


def test_check_tells_every_mistake_at_once(begun: Shop) -> None:
    rules = begun.folder / "rules.yaml"
    rules.write_text(
        rules.read_text().replace("when: delivered", "when: deliverd").replace("once: order", "once: day")
    )
    begun.folder.joinpath("templates/ops/problem/chat.html").write_text("{{ order.nonsense( }}")
    settings = {
        "NOTIFIER_LOGG": "json",
        "NOTIFIER_BIND": "0.0.0.0:80",
        "NOTIFIER_API_TOKEN": "canary",
        "NOTIFIER_BODY_LIMIT_FILE": "missing",
        "NOTIFIER_DATABASE": "sqlite:///missing/n.db",
    }
    done = begun.run("check", **settings, **CHANNELS)
    assert done.returncode == 78
    for said in (
        "deliverd",
        "did you mean",
        "once",
        "ops/problem/chat.html",
        "warning: NOTIFIER_LOGG",
        "NOTIFIER_WEBHOOK_SECRET",
        "NOTIFIER_API_TOKEN: needs at least",
        "the file that NOTIFIER_BODY_LIMIT_FILE names cannot be read",
        f"NOTIFIER_DATABASE: there is no folder {begun.folder}/missing",
    ):
        assert said in done.stderr
    assert "canary" not in done.stdout + done.stderr
    *lines, last = done.stderr.splitlines()
    told = [line for line in lines if not line.startswith("    ")]
    assert last == f"error: {len(told) - 1} problems, 1 warning"
    assert not begun.database.exists()


@pytest.mark.parametrize("words", [("check",), ("check", "--json"), ("run",), ("worker",)])
def test_a_file_of_settings_that_nobody_reads_is_hinted_at(begun: Shop, words: tuple[str, ...]) -> None:
    begun.folder.joinpath("rules.yaml").unlink()  # so that everything ends at once
    hint = "notifier.env lies here and is not read; did you mean `notifier --env-file notifier.env …`?"
    done = begun.run(*words)
    assert (done.stdout + done.stderr).count(hint) == 1
    assert hint not in (done := begun.run("--env-file", "notifier.env", *words)).stdout + done.stderr
    assert hint not in (done := begun.run(*words, NOTIFIER_LOG="text")).stdout + done.stderr
    begun.folder.joinpath("notifier.env").write_text("EMAIL_URL=mailto://127.0.0.1\n")
    assert hint not in (done := begun.run("--env-file", "notifier.env", *words)).stdout + done.stderr


def test_check_finds_a_template_that_fails_on_a_sample_order(begun: Shop) -> None:
    begun.folder.joinpath("templates/shipped/email.txt").write_text("Dear {{ contact.nmae }}")
    done = begun.run("check", **CHANNELS)
    assert done.returncode == 78
    assert "shipped/email.txt:1" in done.stderr
    assert "nmae" in done.stderr


def test_check_shows_no_secret_of_a_channel_that_cannot_be_used(begun: Shop) -> None:
    done = begun.run("check", **(CHANNELS | {"SLACK_URL": "slak://canary/canary/canary"}))
    assert done.returncode == 78
    assert "slack" in done.stderr
    assert "canary" not in done.stdout + done.stderr


def test_check_names_place_and_variable_of_a_url_that_apprise_refuses(begun: Shop) -> None:
    done = begun.run("check", **(CHANNELS | {"SLACK_URL": "slack://token-a/token-b/token-c/#orders"}))
    assert done.returncode == 78
    rules = begun.folder.joinpath("rules.yaml").read_text()
    line = rules[: rules.index("${env:SLACK_URL}")].count("\n") + 1
    assert done.stderr.splitlines()[0] == (
        f"rules.yaml:{line}:10: SLACK_URL: this slack:// URL is not complete or not well formed;"
        " see github.com/caronc/apprise; channel slack is paused: its messages wait"
        " (the daemon starts all the same)"
    )


MARKETING = """\
  - id: asking
    when: delivered
    category: marketing
    send: email
"""


def test_check_says_which_line_sends_marketing_that_nobody_could_end(begun: Shop) -> None:
    rules = begun.folder / "rules.yaml"
    shutil.copytree(begun.folder / "templates/shipped", begun.folder / "templates/asking")
    rules.write_text(rules.read_text() + MARKETING)
    line = rules.read_text().splitlines().index("    category: marketing") + 1

    done = begun.run("check", **CHANNELS)
    assert done.returncode == 78
    assert (
        f"rules.yaml:{line}:15: rule asking sends marketing, which needs NOTIFIER_PUBLIC_URL" in done.stderr
    )

    begun.settings["NOTIFIER_WEBHOOK_SECRET"] = "secret-of-the-channel"
    public = CHANNELS | {"NOTIFIER_PUBLIC_URL": "https://notify.shop.example"}
    done = begun.run("check", **public)
    assert done.returncode == 78
    *told, last = done.stderr.splitlines()
    assert last == "error: 2 problems"
    for problem, part in zip(told, ("email.html", "email.txt"), strict=True):
        assert problem.startswith(f"asking/{part}: is sent as marketing, and does not show `unsubscribe_url`")

    for part in ("email.html", "email.txt"):
        file = begun.folder / "templates/asking" / part
        shown = (
            "{% block footer %}{{ unsubscribe_url }}{% endblock %}"
            if part == "email.html"
            else "{{ unsubscribe_url }}"
        )
        file.write_text(file.read_text() + shown)
    assert begun.run("check", **public).returncode == 0


def test_check_tells_what_is_not_set_and_what_marketing_lacks_in_one_run(begun: Shop) -> None:
    rules = begun.folder / "rules.yaml"
    shutil.copytree(begun.folder / "templates/shipped", begun.folder / "templates/asking")
    asking = rules.read_text().replace("sources: [registered]", "sources: [registered, cottoncast]", 1)
    rules.write_text(asking + MARKETING)

    settings = {"SLACK_URL": CHANNELS["SLACK_URL"], "COTTONCAST_USER": "shop"}
    done = begun.run("--env-file", "notifier.env", "check", **settings)

    assert done.returncode == 78
    for said in (
        "EMAIL_URL is not set; channel email ",
        "EMAIL_URL is not set; channel ops-email ",
        "SMS_URL is not set",
        "COTTONCAST_SECRET is not set",
        "which needs NOTIFIER_PUBLIC_URL",
        "asking/email.html: is sent as marketing, and does not show `unsubscribe_url`",
        "asking/email.txt: is sent as marketing, and does not show `unsubscribe_url`",
    ):
        assert done.stderr.count(said) == 1, said
    assert done.stderr.splitlines()[-1] == "error: 7 problems"


def test_check_tells_what_is_not_set_beside_a_broken_template(begun: Shop) -> None:
    begun.folder.joinpath("templates/ops/problem/chat.html").write_text("{{ order.nonsense( }}")

    done = begun.run("--env-file", "notifier.env", "check", **(CHANNELS | {"EMAIL_URL": ""}))

    assert "ops/problem/chat.html" in done.stderr
    assert "EMAIL_URL is not set" in done.stderr


def test_check_warns_of_an_address_that_others_reach_without_a_secret(begun: Shop) -> None:
    done = begun.run("check", NOTIFIER_BIND="0.0.0.0:8080", **CHANNELS)
    assert done.returncode == 78
    assert "settings: NOTIFIER_WEBHOOK_SECRET is not set, but other machines can reach 0.0.0.0" in done.stderr


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "settings: NOTIFIER_WEBHOOK_SECRET is not set: anybody could send updates."),
        ({"NOTIFIER_WEBHOOK_SECRET": " "}, "settings: NOTIFIER_WEBHOOK_SECRET: is set but empty"),
        ({"NOTIFIER_API_TOKEN": ""}, "settings: NOTIFIER_API_TOKEN: is set but empty"),
        (
            {"NOTIFIER_WEBHOOK_SECRET": "long-secret #of-the-shop"},
            "settings: NOTIFIER_WEBHOOK_SECRET: holds a #",
        ),
        (
            {"NOTIFIER_UNSIGNED": "allow", "NOTIFIER_PUBLIC_URL": "https://notify.shop.example"},
            "settings: NOTIFIER_WEBHOOK_SECRET is not set, but NOTIFIER_PUBLIC_URL says",
        ),
    ],
)
def test_check_fails_where_the_door_is_open_by_accident(
    begun: Shop, settings: dict[str, str], said: str
) -> None:
    done = begun.run("check", **CHANNELS, **settings)
    assert done.returncode == 78
    assert said in done.stderr


def test_a_comment_behind_a_value_of_the_environment_file_is_refused_with_its_line(begun: Shop) -> None:
    file = begun.folder / "notifier.env"
    file.write_text("NOTIFIER_LOG=text\nNOTIFIER_WEBHOOK_SECRET=long-secret  # of the Dutch shop\n")
    done = begun.run("--env-file", "notifier.env", "check", **CHANNELS)
    assert done.returncode == 78
    assert done.stderr.startswith("error: notifier.env:2: NOTIFIER_WEBHOOK_SECRET: a # behind a value")
    assert "Dutch" not in done.stderr
    file.write_text("SLACK_URL='slack://a #b'\nSMS_URL=slack://a/#b\n")
    assert "a # behind a value" not in begun.run("--env-file", "notifier.env", "check", **CHANNELS).stderr


def test_check_tells_what_text_messages_come_to(begun: Shop) -> None:
    rules = begun.folder / "rules.yaml"
    rules.write_text(
        rules.read_text().replace('to: "{{ contact.phone }}"', 'to: "{{ contact.phone }}"\n    max_parts: 1')
    )
    done = begun.run("check", **CHANNELS)
    lines = [line.split("\t") for line in done.stdout.splitlines() if "\t" in line]
    assert lines[0] == ["SMS CHANNEL", "TEMPLATE", "LANGUAGE", "ALPHABET", "CHARACTERS", "PARTS", "WORDING"]
    assert lines[1][:4] == ["sms", "delivered", "en", "GSM-7"]

    (begun.folder / "templates/delivered/sms.txt").write_text("Fête. " * 30)
    done = begun.run("check", **CHANNELS)
    assert "delivered/sms.txt: warning: in en needs UCS-2, 70 characters to the part, for ê" in done.stderr
    assert "delivered/sms.txt: warning: in en takes 3 parts; sms allows 1" in done.stderr
    texts = json.loads(begun.run("check", "--json", **CHANNELS).stdout)["texts"]
    assert {"template": "delivered", "alphabet": "UCS-2", "parts": 1, "cut": True}.items() <= texts[0].items()
