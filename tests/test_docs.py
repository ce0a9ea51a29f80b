"""The documentation is true: what it shows is loaded, rendered, parsed and run.

Fenced blocks are known by their first word. `yaml` blocks are rules.yaml, whole
or in part: what a part lacks is added here; those of recipes.md can be used as they
are, but for templates that are the reader's `own`. `yaml test` blocks are rules.test.yaml
for the rules before them. `jinja` blocks begin with the name
of their file. `sh run` blocks are run, in their order, in the folder of
notifier.env beside a running server; other `sh` blocks are only read.
"""

from __future__ import annotations

import os
import re
import runpy
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import click
import httpx
import jsonschema
import pytest

from notifier.channels.gateway import Gateway
from notifier.cli.commands import COMMANDS
from notifier.cli.main import notifier
from notifier.config import expressions, schema, yamltree
from notifier.config.rulefile import load_rules
from notifier.config.settings import SETTINGS
from notifier.core.channel import Audience, Channel
from notifier.core.facts import NAMES, WORDS
from notifier.core.reason import Reason
from notifier.core.shop import Shop
from notifier.render.checking import NAMES as TEMPLATE_NAMES
from notifier.render.compiling import load_templates
from notifier.render.sample import check_template
from tests.service_process import eventually
from tests.sinks import SmtpSink

ROOT = Path(__file__).parent.parent
GENERATED = ROOT / "docs/reference.md"
BY_HAND = [ROOT / "README.md", *sorted(p for p in (ROOT / "docs").glob("*.md") if p != GENERATED)]
PAGES = [*BY_HAND, GENERATED]

REST_OF_A_FILE = {
    "version": "version: 1\n",
    "shop": "shop: { timezone: Europe/Amsterdam }\n",
    "channels": """\
channels:
  email: { url: "${env:EMAIL_URL}", to: "{{ contact.email }}" }
  sms: { url: "${env:SMS_URL}", to: "{{ contact.phone }}" }
  slack: { url: "${env:SLACK_URL}" }
  ops-email: { url: "${env:EMAIL_URL}", to: ops@shop.example }
  oncall: { url: "${env:SMS_URL}", to: "${env:ONCALL_NUMBER}" }
""",
    "rules": "rules: []\n",
}
"""What is added to a `yaml` block that is not a whole file."""

generate = runpy.run_path(str(ROOT / "docs/generate.py"))


@dataclass(frozen=True)
class Block:
    """A fenced block: where it stands, the words behind its fence, and its text."""

    page: str
    line: int
    info: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(info: str, pages: list[Path] = PAGES) -> list[Block]:
    """Return all blocks that begin with one of these words behind the fence."""
    found = []
    for page in pages:
        content = page.read_text()
        for match in re.finditer(r"^( *)```(\w.*?)\n(.*?)^\1```$", content, re.DOTALL | re.MULTILINE):
            indent, words, text = match.groups()
            if words.split()[0] == info.split()[0] and words.startswith(info):
                line = content.count("\n", 0, match.start()) + 1
                text = re.sub(f"^{indent}", "", text, flags=re.MULTILINE)
                found.append(Block(page.relative_to(ROOT).as_posix(), line, words, text))
    return found


# --- rules and templates -----------------------------------------------------------------------


RULES = [block for block in blocks("yaml") if block.info != "yaml test"]
RECIPES = [block for block in RULES if block.page == "docs/recipes.md"]
ENVIRON = {
    "EMAIL_URL": "mailto://127.0.0.1:2525?from=orders@shop.example",
    "SMS_URL": "json://127.0.0.1:9000/sms",
    "SLACK_URL": "json://127.0.0.1:9000/slack",
    "ONCALL_NUMBER": "+31612345678",
    "ACME_EMAIL_URL": "mailto://127.0.0.1:2525?from=orders@acme.example",
    "ZENITH_EMAIL_URL": "mailto://127.0.0.1:2525?from=orders@zenith.example",
    "ERP_URL": "json://127.0.0.1:9000/erp",
    "COTTONCAST_USER": "user",
    "COTTONCAST_SECRET": "secret",
    "WOOCOMMERCE_URL": "https://shop.example",
    "WOOCOMMERCE_KEY": "key",
    "WOOCOMMERCE_SECRET": "secret",
}
"""What the variables of the pages' channels and sources may be."""


def keys_of(block: Block) -> list[str]:
    """Return the keys that stand at the left margin."""
    return re.findall(r"^(\w+):", block.text, re.MULTILINE)


def completed(block: Block) -> str:
    """Return a block with what it lacks of a whole file."""
    keys = keys_of(block)
    return "".join(text for key, text in REST_OF_A_FILE.items() if key not in keys) + block.text


def whole_file(block: Block, folder: Path) -> Path:
    """Write a block as a file, with what it lacks."""
    file = folder / "rules.yaml"
    file.write_text(completed(block))
    (folder / "closed.txt").write_text("2026-12-24  # Christmas Eve\n")
    return file


@pytest.mark.parametrize("block", RULES, ids=str)
def test_every_yaml_block_is_a_rules_file_or_a_part_of_one_that_loads(block: Block, tmp_path: Path) -> None:
    file = whole_file(block, tmp_path)
    jsonschema.Draft7Validator(schema.schema()).validate(yamltree.parse(file.read_bytes(), "").data)
    others = {"shop", "channels", "orders", "sources", "retention", "defaults", "brake"}
    assert load_rules(file, {}).ruleset.rules or not others.isdisjoint(keys_of(block))


@pytest.mark.parametrize("block", RECIPES, ids=str)
def test_every_recipe_can_be_used_as_it_is(block: Block, tmp_path: Path) -> None:
    shown = {match[1] for one in blocks("jinja") if (match := re.match(r"\{# templates/([\w-]+)/", one.text))}
    known = None if block.info == "yaml own" else load_templates(ROOT / "templates").names | shown
    found = load_rules(whole_file(block, tmp_path), ENVIRON, known).warnings
    on_purpose = ("nothing uses the channel", "is in shadow")
    assert [str(problem) for problem in found if not any(words in problem.text for words in on_purpose)] == []


def shown_tests() -> Iterator[tuple[str, str, str]]:
    """Yield a name, the rules and the tests of everything.yaml and of each `yaml test` block."""
    everything = ROOT / "docs/everything.yaml"
    yield everything.name, everything.read_text(), everything.with_suffix(".test.yaml").read_text()
    before: Block | None = None
    for block in blocks("yaml", BY_HAND):
        if block.info == "yaml test":
            assert before is not None
            yield str(block), completed(before), block.text
        else:
            before = block


@pytest.mark.parametrize(("rules", "tests"), [pytest.param(r, t, id=name) for name, r, t in shown_tests()])
def test_every_test_shown_passes(rules: str, tests: str, tmp_path: Path) -> None:
    casefile = pytest.importorskip("notifier.config.casefile")
    trial = pytest.importorskip("notifier.simulation.trial")
    for name, text in (("rules.yaml", rules), ("rules.test.yaml", tests)):
        (tmp_path / name).write_text(text)
    templates = load_templates(ROOT / "templates")
    ruleset = load_rules(tmp_path / "rules.yaml", ENVIRON, templates.names).ruleset
    kinds = {"email": "email", "ops-email": "email", "sms": "sms", "oncall": "sms"}
    cases = casefile.load_cases(tmp_path / "rules.test.yaml", ruleset, templates.names)
    assert cases
    assert [
        failure for case in cases for failure in trial.run(case, ruleset, templates, kinds).failures
    ] == []


def test_the_file_with_everything_can_be_used_as_it_is() -> None:
    loaded = load_rules(ROOT / "docs/everything.yaml", ENVIRON, load_templates(ROOT / "templates").names)
    assert [str(problem) for problem in loaded.warnings] == []


def test_the_example_of_everything_loads_with_the_templates_that_ship() -> None:
    templates = load_templates(ROOT / "templates")
    loaded = load_rules(
        ROOT / "docs/everything.yaml", {}, templates.names, for_operators=templates.for_operators
    )
    assert [str(warning) for warning in loaded.warnings if not warning.waits] == []


def test_the_rules_shown_in_the_readme_are_those_that_ship() -> None:
    (shown,) = (b for b in blocks("yaml", [ROOT / "README.md"]) if b.text.startswith("version:"))

    shipped = yamltree.parse((ROOT / "rules.yaml").read_bytes(), "rules.yaml").data
    assert yamltree.parse(shown.text.encode(), str(shown)).data == shipped


def test_the_recipe_for_trouble_of_notifier_itself_is_the_rule_that_ships() -> None:
    (recipe,) = [b for b in RECIPES if "id: notifier-in-trouble" in b.text]
    shipped = yamltree.parse((ROOT / "rules.yaml").read_bytes(), "rules.yaml").data
    (rule,) = [one for one in shipped["rules"] if one["id"] == "notifier-in-trouble"]
    assert yamltree.parse(recipe.text.encode(), "recipe").data["rules"] == [rule]


def test_every_template_shown_loads_and_renders_with_all_sample_orders(tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    shutil.copytree(ROOT / "templates", folder)
    shown = set()
    for block in blocks("jinja"):
        name = re.match(r"\{# templates/([\w-]+)/([\w.]+) #\}\n", block.text)
        assert name, f"{block} does not begin with the name of its file"
        (folder / name[1]).mkdir(exist_ok=True)
        (folder / name[1] / name[2]).write_text(block.text)
        shown.add(name[1])
    templates = load_templates(folder)
    assert shown
    assert [p for name in shown for p in check_template(templates, name, Shop())] == []


@pytest.mark.parametrize(
    ("page", "url"),
    [
        pytest.param(page, url, id=f"{page}: {url}")
        for page in ("README.md", "rules.yaml", "docs/channels.md")
        for url in sorted(
            set(re.findall(r"(?<![\w`/])(?:mailtos?|twilio|slack)://[^\s…`]+", (ROOT / page).read_text()))
        )
    ],
)
def test_every_url_of_a_channel_that_is_shown_is_one_that_apprise_takes(page: str, url: str) -> None:
    to = None if url.startswith("slack") else lambda _facts: "anybody"
    channel = Channel("shown", url, Audience.OPS, to)
    assert Gateway({"shown": channel}, "Shop").problems() == {}, page


# --- completeness ------------------------------------------------------------------------------


def test_the_reference_is_what_the_program_makes_of_itself() -> None:
    assert GENERATED.read_text() == generate["reference"](), "run `make docs`"


def test_the_schema_for_editors_is_that_of_the_program() -> None:
    assert (ROOT / schema.FILE).read_text() == schema.text(), "run `make docs`"


def test_the_readme_lists_the_settings_that_there_are() -> None:
    table = "\n".join(generate["settings_table"]())
    assert table in (ROOT / "README.md").read_text()
    assert all(setting.name in table for setting in SETTINGS)


def test_every_key_of_the_rules_is_taught() -> None:
    taught = "".join((ROOT / f"docs/{page}.md").read_text() for page in ("rules", "channels", "contacts"))
    keys = {f.alias or n for _, part in generate["PARTS"] for n, f in part.model_fields.items()}
    assert [key for key in sorted(keys) if not re.search(rf"[`{{ \n]{key}[`:, *]", taught)] == []


def test_everything_that_templates_can_say_is_listed() -> None:
    page = (ROOT / "docs/templates.md").read_text()
    words = {*NAMES, *WORDS, *TEMPLATE_NAMES}.union(*expressions.ATTRIBUTES.values())
    assert [word for word in sorted(words) if f"`{word}`" not in page] == []


def test_every_reason_is_explained() -> None:
    page = GENERATED.read_text()
    assert [reason for reason in Reason if f"| `{reason}` |" not in page] == []


def test_every_command_is_shown_somewhere() -> None:
    assert set(COMMANDS) - {word for words in commands_shown() for word in words} == set()


# --- commands ----------------------------------------------------------------------------------


def commands_shown() -> list[list[str]]:
    """Return the arguments of every `notifier …` that a page shows, in a block or within a sentence."""
    lines = [line for block in blocks("sh", BY_HAND) for line in block.text.splitlines()]
    for page in BY_HAND:
        outside = re.sub(r"^( *)```.*?^\1```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
        lines += [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", outside)]
    found = []
    for line in lines:
        command = re.fullmatch(r"(?:[A-Z_]+=\S+ )*(?:\S*/)?notifier (.+)", line)
        if command:
            found.append(shlex.split(re.split(r"&&|\||;| [<>] ", command[1])[0], comments=True))
    return found


_EXAMPLES = {"ID": "17", "ADDRESS": "jane@example.org"}


@pytest.mark.parametrize("words", commands_shown(), ids=shlex.join)
def test_every_command_shown_exists_with_its_options(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for file in ("notifier.env", "orders.csv", "update.json"):
        Path(file).touch()
    with ExitStack() as stack:  # closes the files that arguments name
        arguments = [_EXAMPLES.get(word, word) for word in words]
        context = stack.enter_context(notifier.make_context("notifier", arguments))
        command: click.Command = notifier
        while isinstance(command, click.Group):
            left = [*context._protected_args, *context.args]
            if not left and command.invoke_without_command:
                return
            name, found, rest = command.resolve_command(context, left)
            assert found, f"there is no command {name}"
            if not rest:
                return  # its name alone, within a sentence
            context = stack.enter_context(found.make_context(name, rest, parent=context))
            command = found


@pytest.mark.parametrize("block", blocks("sh"), ids=str)
def test_every_shell_block_can_be_read_by_a_shell(block: Block) -> None:
    subprocess.run(["sh", "-n"], input=block.text, text=True, check=True)


@pytest.fixture
def mail() -> Iterator[SmtpSink]:
    """A mail server."""
    with SmtpSink() as sink:
        yield sink


@pytest.fixture
def shop(tmp_path: Path, mail: SmtpSink) -> Iterator[tuple[Path, str]]:
    """The folder that `notifier init` makes, with the server running in it, and its address."""
    folder = tmp_path / "shop"
    ours = ("NOTIFIER_", "EMAIL_URL", "SMS_URL", "SLACK_URL")
    env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    command = [sys.executable, "-m", "notifier"]
    subprocess.run([*command, "init", folder], env=env, check=True, stdout=subprocess.DEVNULL)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    settings = folder / "notifier.env"
    settings.write_text(
        settings.read_text().replace("127.0.0.1:8080", address)
        + f"EMAIL_URL=mailto://127.0.0.1:{mail.port}?from=orders@shop.example\n"
    )
    log = tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--env-file", "notifier.env", "run"], cwd=folder, env=env, stdout=out, stderr=out
        )
    try:
        eventually(lambda: process.poll() is not None or is_ready(address), what="the server")
        assert process.poll() is None, log.read_text()
        yield folder, address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def is_ready(address: str) -> bool:
    """Tell whether the server would record an update now."""
    try:
        return httpx.get(f"http://{address}/readyz", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_the_first_steps_of_the_readme_lead_from_a_held_update_to_a_mail(
    shop: tuple[Path, str], mail: SmtpSink
) -> None:
    folder, address = shop
    said = []
    for block in blocks("sh run", [ROOT / "README.md"]):
        done = subprocess.run(
            ["sh", "-eu"],
            input=block.text.replace("127.0.0.1:8080", address),
            cwd=folder,
            text=True,
            capture_output=True,
            timeout=60,
        )
        assert done.returncode == 0, f"{block}: {done.stderr}"
        said.append(done.stdout)
    held, registered = said
    assert "404 Not Found" in held
    assert '{"status":"error","message":"Order 41 not found"}' in held
    assert "201 Created" in registered
    assert '"released":1' in registered
    (received,) = mail.wait_for(1, timeout=15)
    assert "3SCEBU123456789" in received.raw.decode()


# --- links and make ----------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    """Return the names of a page's headings, as GitHub makes them."""
    text = re.sub(r"^( *)```.*?^\1```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_within_the_documentation_leads_somewhere(page: Path) -> None:
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        path, _, anchor = link.partition("#")
        if re.match(r"https?:", path):
            continue
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
@pytest.mark.parametrize("arguments", [["help"], []], ids=["help", "nothing"])
def test_make_lists_every_target(arguments: list[str]) -> None:
    (targets,) = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    said = subprocess.run(
        ["make", "-C", ROOT, "--no-print-directory", *arguments], text=True, capture_output=True, check=True
    ).stdout
    assert re.findall(r"^  make (\w+) +\S", said, re.MULTILINE) == targets.split()
