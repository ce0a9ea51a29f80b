"""The configuration in force: an edit takes effect whole, a broken file changes nothing but the log."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from notifier.bootstrap.worker import load_running, reread
from notifier.config.settings import Settings, read_settings
from notifier.core.contact import Contact
from notifier.core.lookup import LookupState, Verdict
from notifier.core.plan import Plan
from notifier.core.reason import Reason
from notifier.errors import RulesError, StoreBusy
from notifier.service.edits import Edits
from notifier.service.running import Reloader
from notifier.store.protocol import Receipt
from notifier.store.rulesets import InForce
from notifier.store.sqlite.store import SqliteStore
from tests.factories import T0, finding, new_message, plan, received
from tests.service.conftest import TEMPLATES, Clock

RULES = """\
version: 1
channels:
  email: { url: "${env:EMAIL_URL}", to: "{{ contact.email }}" }
  slack: { url: "${env:SLACK_URL}" }
rules:
  - { id: told, when: shipped, send: email }
"""
EMAIL_URL = "mailto://mail.example?from=orders@shop.example"


class Files:
    """rules.yaml and templates, edited so that every edit is seen whatever the file system's clock."""

    def __init__(self, folder: Path) -> None:
        self.rules = folder / "rules.yaml"
        self.templates = folder / "templates"
        self._stamp = 1_000_000_000
        self.write(self.rules, RULES)
        for name, text in TEMPLATES.items():
            self.write(self.templates / name, text)

    def write(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        self._stamp += 1
        os.utime(path, (self._stamp, self._stamp))


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


@pytest.fixture
def environ(files: Files, tmp_path: Path) -> dict[str, str]:
    return {
        "NOTIFIER_RULES": str(files.rules),
        "NOTIFIER_TEMPLATES": str(files.templates),
        "NOTIFIER_DATABASE": f"sqlite:///{tmp_path}/notifier.db",
        "EMAIL_URL": EMAIL_URL,
    }


@pytest.fixture
def edits(files: Files) -> Iterator[Edits]:
    edits = Edits([files.rules, files.templates], time.monotonic)
    yield edits
    edits.close()


@pytest.fixture
def reloader(environ: dict[str, str], edits: Edits, store: SqliteStore, clock: Clock) -> Reloader:
    settings: Settings = read_settings(environ)
    return Reloader(lambda: load_running(settings, environ), edits, store, clock)


def logged(work: Callable[[], object]) -> str:
    with capture_logs() as logs:
        work()
    return str(logs)


def resting(store: SqliteStore) -> dict[str, Reason]:
    return {state.name: state.reason for state in store.channels.paused()}


def test_nothing_is_loaded_again_while_no_file_changes(reloader: Reloader) -> None:
    before = reloader.current

    assert reloader.check() is False
    assert reloader.current is before
    assert reloader.check(force=True) is True
    assert reloader.current is not before
    assert reloader.current.ruleset.fingerprint == before.ruleset.fingerprint


def test_an_edit_of_the_rules_takes_effect(reloader: Reloader, files: Files) -> None:
    before = reloader.current.ruleset.fingerprint
    files.write(
        files.rules, RULES + "  - { id: lost, when: lost, send: { channel: slack, template: told } }\n"
    )

    assert reloader.check() is True

    assert [r.id for r in reloader.current.ruleset.rules] == ["told", "lost"]
    assert reloader.current.ruleset.fingerprint != before
    assert reloader.check() is False


def test_an_edit_of_a_template_takes_effect(reloader: Reloader, files: Files) -> None:
    before = reloader.current
    files.write(files.templates / "told" / "email.txt", "Other words")

    assert reloader.check() is True

    assert reloader.current.templates.fingerprint != before.templates.fingerprint
    assert reloader.current.ruleset.fingerprint != before.ruleset.fingerprint


@pytest.mark.parametrize(
    ("broken", "text", "place"),
    [
        ("rules.yaml", RULES.replace("when:", "wehn:"), "rules.yaml:6:"),
        ("rules.yaml", RULES + "  nonsense: [", "rules.yaml:"),
        ("templates/told/email.txt", "one\n{{ order.ref", "told/email.txt:2:"),
        ("rules.yaml", "", "rules.yaml"),
    ],
)
def test_a_broken_file_leaves_the_old_in_force_and_its_place_is_logged(
    reloader: Reloader, files: Files, tmp_path: Path, broken: str, text: str, place: str
) -> None:
    before = reloader.current
    files.write(tmp_path / broken, text)

    log = logged(lambda: reloader.check())

    assert place in log
    assert "the old rules stay in force" in log
    assert reloader.current is before
    assert "stay in force" not in logged(lambda: reloader.check())  # told once for each edit


def test_rules_and_templates_are_taken_up_together_or_not_at_all(reloader: Reloader, files: Files) -> None:
    before = reloader.current
    files.write(files.rules, RULES + "  - { id: lost, when: lost, send: email }\n")  # has no template yet
    reloader.check()
    assert reloader.current is before

    for name, text in TEMPLATES.items():
        files.write(files.templates / name.replace("told", "lost"), text)

    assert reloader.check() is True
    assert [r.id for r in reloader.current.ruleset.rules] == ["told", "lost"]
    assert "lost" in reloader.current.templates.names


def test_mending_a_broken_file_takes_effect(reloader: Reloader, files: Files) -> None:
    files.write(files.rules, "version: 2")
    reloader.check()
    files.write(files.rules, RULES.replace("shipped", "delivered"))

    assert reloader.check() is True
    assert "D" in reloader.current.ruleset.rules[0].trigger.codes


def test_a_file_that_is_removed_leaves_the_old_in_force(reloader: Reloader, files: Files) -> None:
    before = reloader.current
    files.rules.unlink()

    assert "rules.yaml" in logged(lambda: reloader.check())
    assert reloader.current is before


def test_there_is_no_beginning_with_broken_rules(
    files: Files, environ: dict[str, str], edits: Edits, store: SqliteStore
) -> None:
    files.write(files.rules, RULES.replace("when:", "wehn:"))
    files.write(files.templates / "told" / "email.txt", "{{ order.ref")
    settings = read_settings(environ)

    with pytest.raises(RulesError) as refused:
        Reloader(lambda: load_running(settings, environ), edits, store, lambda: T0)

    assert {Path(p.file).name for p in refused.value.problems} == {"rules.yaml", "email.txt"}


def told(work: Callable[[], object]) -> list[dict[str, object]]:
    """Return what is logged of the reload itself."""
    with capture_logs() as logs:
        work()
    return [dict(line) for line in logs if str(line["event"]).startswith("rules ")]


def test_one_line_says_what_an_edit_changed(reloader: Reloader, files: Files) -> None:
    before = reloader.current.ruleset.fingerprint
    files.write(
        files.rules,
        RULES.replace("when: shipped", "when: delivered")
        .replace("slack: {", "slack: { audience: ops,")
        .replace("rules:\n", "shop: { name: Other }\nrules:\n")
        + "  - { id: lost, when: lost, send: { channel: slack, template: told } }\n",
    )
    files.write(files.templates / "told" / "email.txt", "Other words")

    (line,) = told(reloader.check)

    assert line == {
        "event": "rules reloaded",
        "log_level": "info",
        "fingerprint": reloader.current.ruleset.fingerprint,
        "before": before,
        "rules": 2,
        "added": ["lost"],
        "changed": ["told"],
        "channels": ["slack"],
        "others": ["shop"],
        "templates": ["told"],
    }

    files.write(files.rules, RULES.replace("id: told,", "id: other,").replace("send: email", SENT_AS_TOLD))
    (line,) = told(reloader.check)
    assert (line["added"], line["removed"]) == (["other"], ["told", "lost"])


SENT_AS_TOLD = "send: { channel: email, template: told }"


@pytest.mark.parametrize(
    "text",
    ["# why\n" + RULES, RULES.replace("{ id: told, when: shipped,", "{ when: shipped,   'id': told,"), RULES],
    ids=["a comment", "another order", "saved"],
)
def test_an_edit_that_changes_nothing_is_said_to(reloader: Reloader, files: Files, text: str) -> None:
    files.write(files.rules, text)

    (line,) = told(reloader.check)

    assert line["event"] == "rules reloaded; nothing changed"
    assert set(line) == {"event", "log_level", "fingerprint", "before", "rules"}


def test_a_secret_in_a_file_is_read_anew_and_changes_its_channel(
    files: Files, environ: dict[str, str], edits: Edits, store: SqliteStore, clock: Clock, tmp_path: Path
) -> None:
    secret = tmp_path / "email-url"
    secret.write_text(EMAIL_URL)
    files.write(files.rules, RULES.replace("${env:EMAIL_URL}", f"${{file:{secret}}}"))
    settings = read_settings(environ)
    reloader = Reloader(lambda: load_running(settings, environ), edits, store, clock)

    secret.write_text("mailto://c4nary@other.example?from=orders@shop.example")
    (line,) = told(lambda: reloader.check(force=True))

    assert line["channels"] == ["email"]
    assert "c4nary" not in str(line)
    assert reloader.current.ruleset.channels["email"].url == secret.read_text()


def test_settings_in_files_are_read_anew_as_far_as_they_can_change(
    environ: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "public-url"
    file.write_text("https://one.example")
    environ["NOTIFIER_PUBLIC_URL_FILE"] = str(file)
    settings = read_settings(environ)
    file.write_text("https://two.example")

    assert load_running(reread(settings, environ), environ).public_url == "https://two.example"

    file.write_text("nonsense")
    with pytest.raises(RulesError, match="settings: NOTIFIER_PUBLIC_URL: "):
        reread(settings, environ)


def test_the_same_mistake_is_said_once_however_often_the_file_is_written(
    reloader: Reloader, files: Files, store: SqliteStore
) -> None:
    broken = RULES.replace("when:", "wehn:")
    files.write(files.rules, broken)
    assert "wehn" in logged(reloader.check)

    files.write(files.rules, broken + "# still thinking\n")
    assert told(reloader.check) == []

    files.write(files.rules, broken.replace("send:", "sned:"))
    assert "sned" in logged(reloader.check)
    assert "sned" in logged(lambda: reloader.check(force=True)), "who asks is told again"
    assert [event.kind for event in store.events.newest(9)] == ["rules_rejected"] * 2

    files.write(files.rules, RULES)
    reloader.check()
    files.write(files.rules, broken)
    assert "wehn" in logged(reloader.check), "made again, it is news"


def test_rules_about_the_shop_are_in_force_by_name_and_judge_no_update(
    reloader: Reloader, files: Files, store: SqliteStore
) -> None:
    send = "{ channel: slack, template: told }"
    files.write(
        files.rules, RULES + f"  - {{ id: refused, when: {{ internal: rules_rejected }}, send: {send} }}\n"
    )
    reloader.check()
    assert store.rulesets.names() == ("told", "refused")
    assert store.rulesets.rules_of(str(store.rulesets.current().fingerprint)) == ("told",)


def test_a_refused_edit_is_on_record_until_one_is_taken_up(
    reloader: Reloader, files: Files, store: SqliteStore, clock: Clock
) -> None:
    in_force = store.rulesets.current()
    assert in_force == InForce(reloader.current.ruleset.fingerprint, clock.now)
    assert store.rulesets.rules_of(str(in_force.fingerprint)) == ("told",)

    files.write(files.rules, RULES.replace("when:", "wehn:").replace("send:", "sned:"))
    reloader.check()
    rejected = store.rulesets.current().rejected
    assert rejected is not None
    assert (rejected.at, rejected.problems) == (clock.now, 2)
    assert "rules.yaml:6:" in rejected.problem
    (event,) = store.events.newest(9)
    assert (event.kind, event.detail) == ("rules_rejected", rejected.problem)

    files.write(files.rules, RULES)
    reloader.check()
    assert store.rulesets.current() == in_force


def test_rules_that_a_worker_could_not_start_with_are_on_record(
    files: Files, environ: dict[str, str], edits: Edits, store: SqliteStore
) -> None:
    files.write(files.rules, RULES.replace("version: 1", "version: 2"))
    settings = read_settings(environ)
    with pytest.raises(RulesError):
        Reloader(lambda: load_running(settings, environ), edits, store, lambda: T0)

    rejected = store.rulesets.current().rejected
    assert rejected is not None
    assert "`version` must be 1" in rejected.problem


def test_a_refusal_that_the_database_could_not_be_told_is_told_again(
    reloader: Reloader, files: Files, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.write(files.rules, RULES.replace("when:", "wehn:"))
    with monkeypatch.context() as busy:
        busy.setattr(store.rulesets, "reject", _too_busy)
        with pytest.raises(StoreBusy):
            reloader.check()

    assert told(reloader.check) == [], "the log has it already"
    assert store.rulesets.current().rejected is not None


def test_a_channel_without_its_url_rests_until_it_is_configured(
    reloader: Reloader, environ: dict[str, str], store: SqliteStore
) -> None:
    assert resting(store) == {"slack": Reason.NOT_CONFIGURED}

    environ["SLACK_URL"] = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    del environ["EMAIL_URL"]
    log = logged(lambda: reloader.check(force=True))

    assert resting(store) == {"email": Reason.NOT_CONFIGURED}
    assert "EMAIL_URL" in log


def test_messages_of_a_channel_that_is_configured_at_last_are_sent(
    reloader: Reloader, environ: dict[str, str], store: SqliteStore
) -> None:
    del environ["EMAIL_URL"]
    reloader.check(force=True)
    store.updates.record([received()], T0)
    (update_id,) = store.updates.claim("a", T0, 60.0, 1)
    store.updates.record_plan(update_id, "a", plan(new_message()), False, "", T0)
    assert store.outbox.claim("a", T0, 60.0, 9) == []

    environ["EMAIL_URL"] = EMAIL_URL
    reloader.check(force=True)

    assert len(store.outbox.claim("a", T0, 60.0, 9)) == 1


def test_a_channel_whose_url_is_refused_rests_and_the_log_keeps_its_secret(
    reloader: Reloader, environ: dict[str, str], store: SqliteStore
) -> None:
    environ["EMAIL_URL"] = "nosuchservice://user:c4nary9secret@mail.example"

    log = logged(lambda: reloader.check(force=True))

    assert resting(store)["email"] is Reason.NOT_CONFIGURED
    assert "channel email" in log
    assert "c4nary9secret" not in log


def test_a_channel_that_was_removed_rests_no_more(
    reloader: Reloader, files: Files, store: SqliteStore
) -> None:
    files.write(files.rules, RULES.replace('  slack: { url: "${env:SLACK_URL}" }\n', ""))
    reloader.check()

    assert resting(store) == {}


def test_a_channel_that_refused_us_is_tried_again_with_new_rules(
    reloader: Reloader, store: SqliteStore, clock: Clock
) -> None:
    store.channels.pause("email", Reason.CHANNEL_DOWN, T0 + 1e9, "", T0)
    store.channels.pause("slack", Reason.PAUSED_BY_HAND, None, "", T0)
    reloader.check(force=True)

    (email,) = (state for state in store.channels.paused() if state.name == "email")
    assert not email.blocks(clock.now), "one message may probe it now"
    assert Reason.PAUSED_BY_HAND in {state.reason for state in store.channels.paused()}


SOURCES = """\
orders: { sources: [registered, cottoncast] }
sources: { cottoncast: { user: u, secret: "${env:COTTONCAST_SECRET}" } }
"""


def test_a_source_that_is_down_is_tried_again_with_new_rules_and_gone_without_it(
    reloader: Reloader, files: Files, store: SqliteStore, clock: Clock
) -> None:
    store.sources.failed("cottoncast", "HTTP 503", T0)
    store.sources.rest("cottoncast", T0 + 1e6)

    files.write(files.rules, RULES + SOURCES)
    reloader.check()
    assert [(s.name, s.until) for s in store.sources.down()] == [("cottoncast", clock.now)]

    files.write(files.rules, RULES)
    reloader.check()
    assert store.sources.down() == []
    assert [event.kind for event in store.events.newest(9)] == ["source_down"]


def test_contacts_that_were_looked_up_take_the_place_that_the_rules_give_their_source(
    reloader: Reloader, files: Files, store: SqliteStore
) -> None:
    store.updates.record([received("C")], T0)
    (update_id,) = store.updates.claim("a", T0, 60.0, 1)
    store.updates.record_plan(update_id, "a", Plan((), (), awaits_contact=True), False, "f", T0)
    (lookup,) = store.lookups.claim("a", T0, 60.0, 1)
    found = Verdict(LookupState.FOUND, finding(Contact(email="dave@example.org"), "cottoncast"))
    store.lookups.settle(lookup, found, False, T0)

    for sources, source in (
        ("[registered, cottoncast]", "registered"),
        ("[cottoncast, registered]", "cottoncast"),
        ("[registered, cottoncast]", "registered"),
    ):
        files.write(files.rules, RULES + SOURCES.replace("[registered, cottoncast]", sources))
        reloader.check()
        order = store.orders.get("41")
        assert order is not None
        assert order.source == source


def test_what_the_database_could_not_be_told_is_told_again(
    reloader: Reloader, files: Files, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.write(files.rules, RULES + "orders: { unknown: accept }\n")

    with monkeypatch.context() as busy:
        busy.setattr(store.orders, "accept_unknown", _too_busy)
        with pytest.raises(StoreBusy):
            reloader.check()
    assert store.updates.record([received("C", "7")], T0) == [Receipt.HELD]

    assert reloader.check()
    assert store.updates.record([received("D", "7")], T0) == [Receipt.RECORDED]
    assert not reloader.check()


def _too_busy(*_: object) -> int:
    raise StoreBusy("the database is locked by another program")
