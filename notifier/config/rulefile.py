"""rules.yaml to RuleSet: read, check whole, then build; all mistakes are told at once."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from babel.core import get_global
from pydantic import ValidationError

from notifier.config import build, build_hours, build_orders, build_rules, cautions, unused, yamltree
from notifier.config.build_rules import Surroundings
from notifier.config.crosscheck import crosscheck
from notifier.config.model.file import RulesFile
from notifier.config.oversights import oversights
from notifier.config.parts import parts
from notifier.config.problems import problems
from notifier.config.template_names import GENERAL, SEVERAL
from notifier.config.yamltree import Tree
from notifier.core.difference import Parts
from notifier.core.rules import RuleSet
from notifier.core.zones import usual_zone
from notifier.errors import Problem, RulesError


@dataclass(frozen=True, slots=True)
class Loaded:
    """The rules of one file, what an operator should know of them (what is paused or odd), and the file.

    `parts` tell it from another version of the file; it knows of no templates.
    """

    ruleset: RuleSet
    warnings: tuple[Problem, ...]
    tree: Tree = field(repr=False)
    parts: Parts


def load_rules(
    path: Path,
    environ: Mapping[str, str],
    template_names: Collection[str] | None = None,
    extra_fingerprint: str = "",
    for_operators: Collection[str] = (),
) -> Loaded:
    """Return the rules of a file, checked and with their expressions compiled.

    A secret that is not set gives a warning: it pauses its channel, or keeps its
    source from being asked.

    Args:
        environ: where `${env:NAME}` looks.
        template_names: the templates that exist; None leaves that unchecked.
        extra_fingerprint: what else the decisions depend on, such as the templates' fingerprint.
        for_operators: the templates that are written for operators, not for customers.

    Raises:
        RulesError: the file cannot be read or used; it holds every problem found.
    """
    content = yamltree.read(path)
    tree = yamltree.parse(content, str(path))
    folder = path.absolute().parent
    file = _validated(tree, template_names, folder)
    channels = {name: build.channel(name, part, environ) for name, part in file.channels.items()}
    calendars = build_hours.calendars(file.calendars, file.shop.timezone, folder)
    around = Surroundings(
        audiences={name: channel.audience for name, (channel, _) in channels.items()},
        needing={name for name, part in file.channels.items() if build.needs_contact(part)},
        templates=template_names,
        calendars=calendars,
        defaults=file.defaults,
    )
    orders = build_orders.orders(file.orders, around)
    sources = {name: build_orders.source(name, file.sources, environ) for name in orders.remote}
    rules = tuple(build_rules.rule(part, around) for part in file.rules)
    of_customers = build_rules.windows_for_customers(rules, around.audiences)
    known = template_names or ()
    ruleset = RuleSet(
        shop=build.shop(file.shop),
        channels={name: channel for name, (channel, _) in channels.items()},
        rules=rules,
        fingerprint=hashlib.sha256(content + extra_fingerprint.encode()).hexdigest()[:12],
        orders=orders,
        sources={name: source for name, (source, _) in sources.items()},
        retention=build_orders.retention(file.retention),
        windows=build_hours.windows(file.windows, file.shop.timezone, folder, of_customers),
        mutes=tuple(map(build_rules.mute, file.mute)),
        brake=build_rules.brake(file.brake, around) if file.brake else None,
        ops_template=GENERAL if GENERAL in known else "",
        zones=_zones(),
        several_template=SEVERAL if SEVERAL in known else "",
    )
    warnings = [
        *cautions.paused({name: lacks for name, (_, lacks) in channels.items()}, tree),
        *cautions.mute({name: lacks for name, (_, lacks) in sources.items()}, tree),
        *cautions.unused(tree),
        *cautions.misdirected(ruleset.channels, for_operators, tree),
        *cautions.unasked(ruleset, tree),
        *cautions.outlived(ruleset.retention, tree),
        *oversights(ruleset, tree),
        *unused.unused(tree),
        *unused.impatient(ruleset, tree),
    ]
    return Loaded(ruleset, tuple(sorted(warnings)), tree, parts(tree.data, environ))


@lru_cache(maxsize=1)
def _zones() -> Mapping[str, str]:
    """Return the time zone that stands for each country, of those for which one does."""
    zones_of: Mapping[str, list[str]] = get_global("territory_zones")
    usual = {country: usual_zone(country, zones_of) for country in zones_of}
    return {country: zone for country, zone in usual.items() if zone}


def _validated(tree: Tree, template_names: Collection[str] | None, folder: Path) -> RulesFile:
    found = [*tree.problems, *crosscheck(tree, template_names)]
    try:
        file = RulesFile.model_validate(tree.data, context={"folder": folder})
    except ValidationError as error:
        raise RulesError([*found, *problems(error, tree, RulesFile)]) from None
    if found:
        raise RulesError(found)
    return file
