"""Checks every shipped mail, in every language, as mail programs and spam filters see it: `make mailcheck`.

- `caniemail` (npm, the data of caniemail.com) finds HTML and CSS that programs do not support. What is
  accepted stands in accepted.toml, with the reason; what is not, and what is accepted in vain, fails.
- SpamAssassin's local rules (`spamassassin -L`) must give each mail 0.0: nothing about its form counts
  against it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path

from notifier.bootstrap.worker import examine
from notifier.config.settings import read_settings
from notifier.preview.showroom import Showroom

HERE = Path(__file__).parent
ROOT = HERE.parent
CLIENTS = ("*",)

RULES = """
version: 1
shop:
  name: Example Shop
  timezone: Europe/Amsterdam
  locale: {locale}
  url: https://shop.example
  logo: https://shop.example/logo.png
  support_email: help@shop.example
  address: Keizersgracht 1, 1015 CC Amsterdam
  footer: Chamber of commerce 12345678
channels:
  email:
    url: "mailtos://orders:secret@smtp.shop.example?from=orders@shop.example"
    to: "{{{{ contact.email }}}}"
rules:
  - {{ id: shipped, when: shipped, send: email }}
"""

SCENES = 3
"""Scenes of each template that are looked at: the first ones fit it best."""

_SCORE = re.compile(r"score=(-?[\d.]+) .*?tests=(.*?) autolearn", re.DOTALL)


def main() -> None:
    """Check all mails; exit with 1 if one is not as it should be."""
    with tempfile.TemporaryDirectory() as folder:
        mails = dict(_mails(Path(folder)))
        wrong = [*_unsupported(mails, Path(folder)), *_suspicious(mails)]
    for line in wrong:
        print(line)
    print(f"{len(mails)} mails checked" + (f", {len(wrong)} things wrong" if wrong else ", nothing wrong"))
    sys.exit(1 if wrong else 0)


def _mails(folder: Path) -> Iterator[tuple[str, tuple[str, bytes]]]:
    """Yield each mail's name with its HTML and its bytes."""
    for locale in ("en", "nl", "de", "fr"):
        rules = folder / "rules.yaml"
        rules.write_text(RULES.format(locale=locale))
        named = {"NOTIFIER_RULES": str(rules), "NOTIFIER_TEMPLATES": str(ROOT / "templates")}
        running = examine(
            read_settings({**named, "NOTIFIER_WEBHOOK_SECRET": "of-no-consequence"}), {}
        ).running
        assert running is not None
        showroom = Showroom(running)
        for template in showroom.templates:
            for scene in list(showroom.scenes(template))[:SCENES]:
                made = showroom.specimen(template, locale, scene)
                if made.problems or made.refused:
                    raise SystemExit(f"{template} {locale} {scene}: {made.problems} {made.refused}")
                yield f"{template} {locale} {scene}", (made.rendered.html, made.mail)


def _unsupported(mails: Mapping[str, tuple[str, bytes]], folder: Path) -> Iterator[str]:
    """Yield what a mail program does not support and nobody has accepted, and what is accepted in vain."""
    names = {}
    for number, (name, (html, _)) in enumerate(mails.items()):
        if html:
            names[str(folder / f"{number}.html")] = name
            (folder / f"{number}.html").write_text(html)
    tools = {"MAILCHECK_TOOLS": os.environ["MAILCHECK_TOOLS"], "MAILCHECK_CLIENTS": json.dumps(CLIENTS)}
    node = ["node", str(HERE / "caniemail.mjs"), *names]
    done = subprocess.run(node, env={**os.environ, **tools}, check=True, capture_output=True, text=True)
    accepted = tomllib.loads((HERE / "accepted.toml").read_text())
    met: set[tuple[str, str]] = set()
    new: dict[tuple[str, str], str] = {}
    for file, clients in json.loads(done.stdout).items():
        for client, found in clients.items():
            for feature in found.get("errors", []):
                globs = accepted.get(feature, {}).get("clients", [])
                fitting = [glob for glob in globs if fnmatch(client, glob)]
                met.update((feature, glob) for glob in fitting)
                if not fitting:
                    new.setdefault((feature, client), names[file])
    yield from (f"{feature} is not supported by {client}: {name}" for (feature, client), name in new.items())
    for feature, entry in accepted.items():
        for glob in entry["clients"]:
            if (feature, glob) not in met:
                yield f"accepted.toml: {feature} for {glob} is not needed any more"


def _suspicious(mails: Mapping[str, tuple[str, bytes]]) -> Iterator[str]:
    """Yield each mail that SpamAssassin gives anything but 0.0, with the rules that it met."""
    box = b"".join(
        b"From orders@shop.example Thu Jan  1 00:00:00 2026\n"
        + re.sub(rb"(?m)^(>*From )", rb">\1", mail.replace(b"\r\n", b"\n"))
        + b"\n"
        for _, mail in mails.values()
    )
    done = subprocess.run(["spamassassin", "-L", "--mbox"], input=box, check=True, capture_output=True)
    heads = [head.decode() for head in re.findall(rb"(?ms)^X-Spam-Status: .*?(?=^\S)", done.stdout)]
    if len(heads) != len(mails):
        yield f"SpamAssassin judged {len(heads)} of {len(mails)} mails"
    for name, head in zip(mails, heads, strict=False):
        found = _SCORE.search(head)
        if found is None or float(found[1]) != 0:
            yield f"SpamAssassin: {name}: {' '.join(head.split())}"


if __name__ == "__main__":
    main()
