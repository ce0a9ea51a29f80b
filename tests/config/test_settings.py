"""Settings from the environment."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from notifier.config.exposure import Bind, check_exposure
from notifier.config.settings import MAX_FILE_BYTES, SETTINGS, Settings, read_settings
from notifier.errors import ConfigError

SECRET = "correct-horse-battery"


def refused(**environ: str) -> list[str]:
    with pytest.raises(ConfigError) as error:
        read_settings(environ)
    return str(error.value).splitlines()


def test_nothing_set_gives_the_defaults() -> None:
    settings = read_settings({})
    assert settings == Settings(
        rules=Path("rules.yaml"),
        templates=Path("templates"),
        database="sqlite:///notifier.db",
        bind=Bind("127.0.0.1", 8080),
        webhook_secret=(),
        unsigned=False,
        api_token=None,
        public_url=None,
        log="text",
        log_level="info",
        body_limit=262_144,
        concurrency=8,
        status_after=900.0,
        http_sink=None,
    )
    assert settings.sqlite_path == Path("notifier.db")


def test_the_table_of_settings_is_the_class_in_the_same_order() -> None:
    names = [f.name for f in dataclasses.fields(Settings)]
    assert sorted(s.field for s in SETTINGS) == sorted(set(names) - {"warnings"})
    assert all(s.description.endswith(".") for s in SETTINGS)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("NOTIFIER_RULES", "/etc/notifier/rules.yaml", Path("/etc/notifier/rules.yaml")),
        ("NOTIFIER_DATABASE", "sqlite:////var/lib/n.db", "sqlite:////var/lib/n.db"),
        ("NOTIFIER_BIND", "[::1]:8080", Bind("::1", 8080)),
        ("NOTIFIER_BIND", "localhost:0", Bind("localhost", 0)),
        ("NOTIFIER_BIND", "0.0.0.0:80", Bind("0.0.0.0", 80)),
        ("NOTIFIER_BIND", "unix:/run/n.sock", Bind(unix=Path("/run/n.sock"))),
        ("NOTIFIER_WEBHOOK_SECRET", " first-secret\nsecond-secret ", ("first-secret", "second-secret")),
        ("NOTIFIER_API_TOKEN", "0123456789abcdef", "0123456789abcdef"),
        ("NOTIFIER_PUBLIC_URL", "https://notify.shop.example", "https://notify.shop.example"),
        ("NOTIFIER_PUBLIC_URL", "https://notify.shop.example/", "https://notify.shop.example"),
        ("NOTIFIER_PUBLIC_URL", "https://shop.example:8443/a/b", "https://shop.example:8443/a/b"),
        ("NOTIFIER_PUBLIC_URL", "https://shop.example/a/", "https://shop.example/a"),
        ("NOTIFIER_PUBLIC_URL", "http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("NOTIFIER_PUBLIC_URL", "http://localhost:8080/n", "http://localhost:8080/n"),
        ("NOTIFIER_PUBLIC_URL", "http://[::1]:8080", "http://[::1]:8080"),
        ("NOTIFIER_LOG", "json", "json"),
        ("NOTIFIER_LOG_LEVEL", "debug", "debug"),
        ("NOTIFIER_BODY_LIMIT", "65536", 65_536),
        ("NOTIFIER_BODY_LIMIT", "1MiB", 1_048_576),
        ("NOTIFIER_BODY_LIMIT", "512 KiB", 524_288),
        ("NOTIFIER_CONCURRENCY", "64", 64),
        ("NOTIFIER_CONCURRENCY", "", 8),
        ("NOTIFIER_HTTP_SINK", "http://127.0.0.1:9000/", "http://127.0.0.1:9000"),
        ("NOTIFIER_HTTP_SINK", "http://localhost:9000", "http://localhost:9000"),
        ("NOTIFIER_HTTP_SINK", "http://[::1]:9000", "http://[::1]:9000"),
    ],
)
def test_a_variable_gives_its_value(name: str, text: str, value: object) -> None:
    field = name.removeprefix("NOTIFIER_").lower()
    assert getattr(read_settings({name: text}), field) == value


@pytest.mark.parametrize("setting", [s.name for s in SETTINGS])
def test_every_variable_can_be_given_by_a_file(setting: str, tmp_path: Path) -> None:
    values = {
        "NOTIFIER_WEBHOOK_SECRET": SECRET,
        "NOTIFIER_UNSIGNED": "allow",
        "NOTIFIER_API_TOKEN": SECRET,
        "NOTIFIER_PUBLIC_URL": "https://notify.shop.example",
        "NOTIFIER_HTTP_SINK": "http://127.0.0.1:1",
    }
    text = values.get(setting) or next(s.default for s in SETTINGS if s.name == setting)
    path = tmp_path / "value"
    path.write_text(f"{text}\n")
    assert read_settings({f"{setting}_FILE": str(path)}) == read_settings({setting: text})


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (
            "NOTIFIER_DATABASE",
            "postgresql://u:pw@h/db",
            "PostgreSQL is not supported yet (write sqlite:///notifier.db)",
        ),
        ("NOTIFIER_DATABASE", "notifier.db", "must be an SQLite address"),
        ("NOTIFIER_DATABASE", "sqlite://", "needs the name of a file"),
        ("NOTIFIER_DATABASE", "sqlite:///", "needs the name of a file"),
        ("NOTIFIER_DATABASE", "sqlite:///:memory:", "needs the name of a file"),
        ("NOTIFIER_DATABASE", "sqlite://host/x.db", "needs the name of a file"),
        ("NOTIFIER_BIND", "8080", "needs an IP address before the port"),
        ("NOTIFIER_BIND", ":8080", "needs an IP address before the port"),
        ("NOTIFIER_BIND", "127.0.0.1", "needs an address and a port"),
        ("NOTIFIER_BIND", "127.0.0.1:65536", "needs an address and a port"),
        ("NOTIFIER_BIND", "127.0.0.1:http", "needs an address and a port"),
        ("NOTIFIER_BIND", "::1:8080", "an IPv6 address needs brackets"),
        ("NOTIFIER_BIND", "shop.example:80", "needs an IP address before the port"),
        ("NOTIFIER_BIND", "unix:n.sock", "a socket needs its whole path"),
        ("NOTIFIER_WEBHOOK_SECRET", f"{SECRET} short", "each secret needs at least 8 characters"),
        ("NOTIFIER_UNSIGNED", "yes", "must be allow, or not set"),
        ("NOTIFIER_API_TOKEN", "short", "needs at least 16 characters"),
        ("NOTIFIER_API_TOKEN", "with a space in it, long", "needs at least 16 characters"),
        ("NOTIFIER_PUBLIC_URL", "notify.shop.example", "must be an https address"),
        ("NOTIFIER_PUBLIC_URL", "http://notify.shop.example", "must begin with https"),
        ("NOTIFIER_PUBLIC_URL", "http://192.0.2.1:8080", "must begin with https"),
        ("NOTIFIER_PUBLIC_URL", "ftp://notify.shop.example", "must be an https address"),
        ("NOTIFIER_PUBLIC_URL", "https://", "must be an https address"),
        ("NOTIFIER_PUBLIC_URL", "https:///unsubscribe", "must be an https address"),
        ("NOTIFIER_PUBLIC_URL", "https://user:pw@shop.example", "must be an https address"),
        ("NOTIFIER_PUBLIC_URL", "https://shop.example/?a=1", "must be an https address"),
        ("NOTIFIER_PUBLIC_URL", "https://shop.example/#a", "must be an https address"),
        ("NOTIFIER_PUBLIC_URL", "https://shop.example//a", "must be an https address"),
        ("NOTIFIER_PUBLIC_URL", "https://shop.example/a b", "must be an https address"),
        ("NOTIFIER_PUBLIC_URL", "https://shop.example/a>", "must be an https address"),
        ("NOTIFIER_PUBLIC_URL", "https://bücher.example", "must be an https address in ASCII"),
        ("NOTIFIER_PUBLIC_URL", "https://shop.example:99999", "is not a web address"),
        ("NOTIFIER_PUBLIC_URL", "https://[::1", "is not a web address"),
        ("NOTIFIER_LOG", "jsn", "must be text or json (did you mean json?)"),
        ("NOTIFIER_LOG_LEVEL", "INFO", "must be debug or info or warning or error (did you mean info?)"),
        ("NOTIFIER_BODY_LIMIT", "256KB", "must be a number of bytes"),
        ("NOTIFIER_BODY_LIMIT", "0", "must be a number of bytes"),
        ("NOTIFIER_BODY_LIMIT", "-5", "must be a number of bytes"),
        ("NOTIFIER_CONCURRENCY", "0", "must be a number from 1 to 64"),
        ("NOTIFIER_CONCURRENCY", "65", "must be a number from 1 to 64"),
        ("NOTIFIER_CONCURRENCY", "many", "must be a number from 1 to 64"),
        ("NOTIFIER_HTTP_SINK", "http://192.0.2.1:80", "must be on this machine"),
        ("NOTIFIER_HTTP_SINK", "http://127.0.0.1@192.0.2.1:80", "must be on this machine"),
        ("NOTIFIER_HTTP_SINK", "http://localhost.example:80", "must be on this machine"),
        ("NOTIFIER_HTTP_SINK", "https://127.0.0.1:80", "must be an http address with a port and no path"),
        ("NOTIFIER_HTTP_SINK", "http://127.0.0.1", "must be an http address with a port and no path"),
        ("NOTIFIER_HTTP_SINK", "http://127.0.0.1:80/x", "must be an http address with a port and no path"),
        ("NOTIFIER_HTTP_SINK", "http://[::1", "is not a web address"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused(name: str, text: str, said: str) -> None:
    (line,) = refused(**{name: text})
    assert line.startswith(f"{name}: {said}")


def test_everything_wrong_is_told_at_once_in_the_order_of_the_documentation() -> None:
    lines = refused(NOTIFIER_LOG="x", NOTIFIER_BIND="x", NOTIFIER_CONCURRENCY="x")
    assert [line.split(":")[0] for line in lines] == [
        "NOTIFIER_BIND",
        "NOTIFIER_LOG",
        "NOTIFIER_CONCURRENCY",
    ]


def test_a_variable_and_its_file_at_once_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("0123456789abcdef")
    assert refused(NOTIFIER_API_TOKEN="0123456789abcdef", NOTIFIER_API_TOKEN_FILE=str(path)) == [
        "NOTIFIER_API_TOKEN: NOTIFIER_API_TOKEN_FILE is set as well (set one of the two)"
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"\xff\xff\xff", "is not UTF-8 text"),
        (b"version: 1\nrules: []\n", "holds more than a value"),
        (b"x" * (MAX_FILE_BYTES + 1), "holds more than a value"),
    ],
)
def test_a_file_without_one_value_is_refused(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "value"
    if content is not None:
        path.write_bytes(content)
    (line,) = refused(NOTIFIER_RULES_FILE=str(path))
    assert f"the file that NOTIFIER_RULES_FILE names {said}" in line


def test_secrets_appear_in_no_text() -> None:
    settings = read_settings({"NOTIFIER_WEBHOOK_SECRET": SECRET, "NOTIFIER_API_TOKEN": SECRET})
    assert SECRET not in repr(settings)
    assert "hunter2" not in refused(NOTIFIER_WEBHOOK_SECRET="hunter2")[0]
    assert "pa55" not in refused(NOTIFIER_DATABASE="postgresql://u:pa55@h/db")[0]


def test_a_variable_that_nobody_reads_is_told_with_the_nearest_one() -> None:
    settings = read_settings({"NOTIFIER_WEBHOOK_SECRETS": SECRET, "NOTIFIER_Q": "1", "PATH": "/bin"})
    assert settings.warnings == (
        "NOTIFIER_Q is not a setting",
        "NOTIFIER_WEBHOOK_SECRETS is not a setting; did you mean NOTIFIER_WEBHOOK_SECRET?",
    )


@pytest.mark.parametrize(
    "bind",
    ["127.0.0.1:80", "127.9.9.9:80", "localhost:80", "[::1]:80", "[::ffff:127.0.0.1]:80", "unix:/n.sock"],
)
def test_without_a_secret_this_machine_alone_may_reach_it(bind: str) -> None:
    read_settings({"NOTIFIER_BIND": bind, "NOTIFIER_UNSIGNED": "allow"}).check_exposure()


@pytest.mark.parametrize("bind", ["127.0.0.1:80", "unix:/n.sock"])
@pytest.mark.parametrize("public", ["https://notify.shop.example", "http://127.0.0.1:80"])
def test_unsigned_updates_need_to_be_allowed_and_exclude_a_public_url(bind: str, public: str) -> None:
    bare = {"NOTIFIER_BIND": bind}
    with pytest.raises(ConfigError, match="set NOTIFIER_UNSIGNED=allow"):
        read_settings(bare).check_exposure()
    for allowed in ({}, {"NOTIFIER_UNSIGNED": "allow"}):
        with pytest.raises(ConfigError, match="NOTIFIER_PUBLIC_URL says"):
            read_settings(bare | {"NOTIFIER_PUBLIC_URL": public} | allowed).check_exposure()
    signed = bare | {"NOTIFIER_WEBHOOK_SECRET": SECRET}
    read_settings(signed | {"NOTIFIER_PUBLIC_URL": public}).check_exposure()
    with pytest.raises(ConfigError, match="remove NOTIFIER_UNSIGNED"):
        read_settings(signed | {"NOTIFIER_UNSIGNED": "allow"}).check_exposure()


@pytest.mark.parametrize("name", ["NOTIFIER_WEBHOOK_SECRET", "NOTIFIER_API_TOKEN"])
@pytest.mark.parametrize("blank", ["", " ", "\t\n"])
@pytest.mark.parametrize("suffix", ["", "_FILE"])
def test_a_secret_that_is_set_but_blank_is_refused(name: str, blank: str, suffix: str) -> None:
    (line,) = refused(**{name + suffix: blank})
    assert line.startswith(f"{name}: ")
    assert "is set but empty (write the value, or remove the variable)" in line


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("NOTIFIER_WEBHOOK_SECRET", f"{SECRET} # of the sales channel"),
        ("NOTIFIER_WEBHOOK_SECRET", f"{SECRET} #production"),
        ("NOTIFIER_WEBHOOK_SECRET", f"{SECRET}\t#production-key another-word"),
        ("NOTIFIER_WEBHOOK_SECRET", f"#{SECRET}"),
        ("NOTIFIER_API_TOKEN", f"#{SECRET}"),
        ("NOTIFIER_DATABASE", "sqlite:///n.db # beside the rules"),
        ("NOTIFIER_RULES", "rules.yaml # ours"),
    ],
)
def test_what_was_meant_as_a_comment_is_no_part_of_a_value(tmp_path: Path, name: str, text: str) -> None:
    (line,) = refused(**{name: text})
    assert line.startswith(f"{name}: holds a # where a comment would begin")
    file = tmp_path / "value"
    file.write_text(text)
    (line,) = refused(**{f"{name}_FILE": str(file)})
    assert line.startswith(f"{name}: holds a # where a comment would begin")


def test_a_secret_may_have_a_number_sign_in_it() -> None:
    assert read_settings({"NOTIFIER_WEBHOOK_SECRET": "abc#defgh"}).webhook_secret == ("abc#defgh",)


@pytest.mark.parametrize("bind", ["0.0.0.0:80", "[::]:80", "192.0.2.7:80"])
def test_without_a_secret_other_machines_may_not_reach_it(bind: str) -> None:
    with pytest.raises(ConfigError) as error:
        read_settings({"NOTIFIER_BIND": bind, "NOTIFIER_UNSIGNED": "allow"}).check_exposure()
    assert "Set NOTIFIER_WEBHOOK_SECRET" in str(error.value)
    read_settings({"NOTIFIER_BIND": bind, "NOTIFIER_WEBHOOK_SECRET": SECRET}).check_exposure()


def test_one_open_address_among_several_is_enough_to_refuse() -> None:
    with pytest.raises(ConfigError) as error:
        check_exposure((), ["127.0.0.1", "192.0.2.7", "unix:/n.sock"], unsigned=True, public_url=None)
    assert "can reach 192.0.2.7:" in str(error.value)


def test_reading_settings_imports_none_of_the_heavy_libraries() -> None:
    code = (
        "import sys; import notifier.config.settings; "
        "print({'pydantic', 'jinja2', 'babel', 'ruamel', 'ruamel.yaml', 'apprise'} & set(sys.modules))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "set()"
