"""`notifier preview` on the command line: files for CI, real orders, and words that are not known."""

from __future__ import annotations

import shutil
import socket
import stat

import pytest

from tests.cli.conftest import ROOT, Shop, shop, story, worker

__all__ = ["shop", "story", "worker"]


def test_the_pages_can_be_written_as_files_that_lead_to_one_another(shop: Shop) -> None:
    done = shop.run("preview", "shipped", "--locale", "en", "--sample", "two-parcels", "--out", "seen")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "7 files; begin with seen/index.html\n"
    found = {
        path.relative_to(shop.folder / "seen").as_posix() for path in (shop.folder / "seen").rglob("*.*")
    }
    page = "shipped/en/two-parcels"
    forms = ("html", "light.html", "dark.html", "chat.html", "eml")
    assert found == {"index.html", "style.css", *(f"{page}.{form}" for form in forms)}
    assert f'href="{page}.html"' in (shop.folder / "seen/index.html").read_text()
    told = (shop.folder / f"seen/{page}.html").read_text()
    assert 'href="../../style.css"' in told
    assert "<script" not in told
    assert "<form" not in told


def test_a_part_that_fails_is_1_and_named(shop: Shop) -> None:
    shutil.copytree(ROOT / "templates", shop.folder / "templates")
    (shop.folder / "templates/shipped/sms.txt").write_text("{{ order.totl }}")
    done = shop.run("preview", "shipped", "--out", "seen", NOTIFIER_TEMPLATES="templates")
    assert done.returncode == 1
    assert done.stderr.startswith("shipped/sms.txt:1:1: 'order.totl' is undefined\n")


def test_files_that_cannot_be_read_are_78(shop: Shop) -> None:
    shutil.copytree(ROOT / "templates", shop.folder / "templates")
    (shop.folder / "templates/shipped/sms.txt").write_text("{{ order.ref")
    done = shop.run("preview", "--out", "seen", NOTIFIER_TEMPLATES="templates")
    assert (done.returncode, done.stdout) == (78, "")
    assert done.stderr.startswith("shipped/sms.txt:1:1: ")


def test_an_order_of_the_database_can_be_shown(story: Shop) -> None:
    done = story.run("preview", "shipped", "--locale", "en", "--order", "41", "--out", "seen")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Jane Example" in (story.folder / "seen/shipped/en/order.light.html").read_text()
    assert story.run("preview", "--order", "99", "--out", "seen").returncode == 66


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["shiped"], "there is no template shiped; did you mean shipped?"),
        (
            ["shipped", "--sample", "two-parcel"],
            "there is no sample two-parcel of shipped; did you mean two-parcels?",
        ),
        (["--locale", "tlh"], "there are no words in tlh; there are in en"),
    ],
)
def test_what_is_not_known_is_66_with_what_was_meant(shop: Shop, words: list[str], said: str) -> None:
    done = shop.run("preview", *words, "--out", "seen")
    assert (done.returncode, done.stdout) == (66, "")
    assert done.stderr.startswith(f"error: {said}")


def test_pages_are_files_for_their_owner_alone_and_written_through_no_link(shop: Shop) -> None:
    words = ("preview", "shipped", "--locale", "en", "--sample", "two-parcels", "--out", "seen")
    assert shop.run(*words).returncode == 0
    seen = shop.folder / "seen"
    modes = {stat.S_IMODE(p.stat().st_mode) for p in (seen, *seen.rglob("*")) if p.is_dir()}
    assert modes == {0o700}
    assert {stat.S_IMODE(p.stat().st_mode) for p in seen.rglob("*") if p.is_file()} == {0o600}

    (shop.folder / "theirs").write_text("theirs")
    for link in (seen / "index.html", next(p for p in seen.iterdir() if p.is_dir())):
        shutil.rmtree(seen)
        link.parent.mkdir()
        link.symlink_to(shop.folder / "theirs")
        done = shop.run(*words)
        assert (done.returncode, done.stdout) == (78, "")
        assert "a symbolic link" in done.stderr
    assert (shop.folder / "theirs").read_text() == "theirs"


def test_a_template_for_operators_is_found_without_its_folder(shop: Shop) -> None:
    done = shop.run("preview", "contact-missing", "--sample", "no-name", "--out", "seen")
    assert done.returncode == 0
    assert (shop.folder / "seen/ops/contact-missing/en/no-name.html").exists()


def test_a_port_that_is_taken_is_78(shop: Shop) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = shop.run("preview", "--port", str(port))
    assert (done.returncode, done.stdout) == (78, "")
    assert done.stderr == f"error: --port: 127.0.0.1:{port} cannot be used: Address already in use\n"


@pytest.mark.parametrize(
    ("words", "offered"),
    [("shi", "plain,shipped"), ("shipped --sample two", "plain,two-parcels")],
)
def test_the_shell_completes_templates_and_samples(shop: Shop, words: str, offered: str) -> None:
    done = shop.run(
        _NOTIFIER_COMPLETE="bash_complete",
        COMP_WORDS=f"notifier preview {words}",
        COMP_CWORD=str(1 + len(words.split())),
    )
    assert done.stdout.splitlines() == [offered]
