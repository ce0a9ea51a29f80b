"""`notifier silence`: keep messages quiet for a while, and say why."""

from __future__ import annotations

import time

import click

from notifier.cli import output, person, silence_show
from notifier.cli.completion import matcher_words
from notifier.cli.database import existing_store
from notifier.cli.rules_in_force import lenient_rules
from notifier.cli.waiting import local
from notifier.core.alert import Labels
from notifier.core.rules import RuleSet
from notifier.errors import RequestError
from notifier.service import silencing
from notifier.service.silence_request import SilenceRequest, prolonged


@click.group()
def silence() -> None:
    """Keep messages to operators quiet for a while: of a rule, an order, a carrier, …

    A silence has a reason, an author and an end, or recurs. What it stops is on record
    with the reason `silenced`. Customer messages are not affected unless it says --customers.

    \b
    Examples:  notifier silence add rule=problem carrier=postnl --for 2h --reason "strike, we know"
               notifier silence add rule=stuck --every "sun 01:00-03:00" --reason "weekly backup"
               notifier silence list
               notifier silence extend 3 --for 1h
               notifier silence end 3
    """


@silence.command()
@click.argument("words", nargs=-1, metavar="[FIELD=VALUE[,VALUE]]...", shell_complete=matcher_words)
@click.option("--from", "begin", metavar="TIME", help="From when, as --until; default: now.")
@click.option("--for", "length", metavar="TIME", help="How long, such as 30m, 2h or 3d.")
@click.option(
    "--until", "end", metavar="TIME", help="Or until when: 18:00, 2026-03-04 09:00 (shop.timezone), ISO 8601."
)
@click.option(
    "--every", metavar="HOURS", help='Recurring: "sun 01:00-03:00", "mon-fri 22:00-06:00" (shop.timezone).'
)
@click.option("--reason", required=True, metavar="TEXT", help="Why, for whoever looks next.")
@click.option("--by", metavar="NAME", help="Who says so; default: the user who is logged in.")
@click.option("--customers", is_flag=True, help="Stop messages to customers as well.")
@click.option("--everything", is_flag=True, help="Whatever it is about: without FIELD=VALUE.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; times are Unix seconds UTC.")
def add(
    words: tuple[str, ...],
    begin: str | None,
    length: str | None,
    end: str | None,
    every: str | None,
    reason: str,
    by: str | None,
    customers: bool,
    everything: bool,
    as_json: bool,
) -> None:
    """Keep quiet what fits every FIELD=VALUE; of several values one has to fit.

    FIELD is rule, ref, carrier, country, status or severity. With --every it recurs, for ever
    unless --for or --until ends that.

    \b
    Examples:  notifier silence add rule=problem carrier=postnl,dhl --for 2h --reason "strike, we know"
               notifier silence add rule=stuck --every "sun 01:00-03:00" --reason "weekly backup"
               notifier silence add --everything --until 18:00 --reason "moving the warehouse"
    """
    if bool(words) == everything:
        raise click.UsageError(
            "say what to keep quiet, such as rule=problem, or --everything"
            if not everything
            else "--everything and FIELD=VALUE exclude each other"
        )
    if (length is not None and end is not None) or (length is None and end is None and every is None):
        raise click.UsageError('say how long: --for 2h, or --until 18:00; or --every "sun 01:00-03:00"')
    now, author, rules = time.time(), person.name(by), lenient_rules()
    zone = rules.shop.timezone if rules else "UTC"
    try:
        matchers = silencing.matchers(silencing.by_field(words))
        why = silencing.text(reason, "--reason")
        asked = SilenceRequest(matchers, begin, length, end, every, why, customers, zone, prefix="--")
        new = asked.made(author, now)
    except RequestError as error:
        raise click.UsageError(str(error)) from None
    _warn(matchers, rules)
    with existing_store() as store:
        made = store.silences.add(
            new.matchers, new.reason, new.author, new.starts_at, new.ends_at,
            customers=new.customers, hours=new.hours,
        )  # fmt: skip
        covered = [alert for alert in store.alerts.open() if made.covers(alert.labels, now)]
    if as_json:
        output.as_json(silencing.told(made, now))
        return
    silence_show.made(made, zone, covered)


@silence.command("list")
@click.option("--all", "every", is_flag=True, help="Also those that are over, newest first.")
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="With --all: how many."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON; times are Unix seconds UTC.")
def list_silences(every: bool, limit: int, as_json: bool) -> None:
    """List the silences that are in force or to come.

    \b
    Example:  notifier silence list --all
    """
    now = time.time()
    with existing_store() as store:
        found = store.silences.newest(limit) if every else store.silences.current(now)
        zone = store.rulesets.current().timezone
    if as_json:
        output.as_json([silencing.told(one, now) | {"state": silence_show.state(one, now)} for one in found])
    elif not found:
        click.echo("no silence is on record" if every else "nothing is silenced")
    else:
        silence_show.listed(found, now, zone)


@silence.command()
@click.argument("silence_id", type=click.IntRange(1, 2**63 - 1), metavar="ID")
def end(silence_id: int) -> None:
    """End the silence with this ID now.

    \b
    Example:  notifier silence end 3
    """
    with existing_store() as store:
        over = store.silences.end(silence_id, time.time())
    click.echo(f"silence {silence_id} is over: {output.plain(silencing.stops(over))} go out again")


@silence.command()
@click.argument("silence_id", type=click.IntRange(1, 2**63 - 1), metavar="ID")
@click.option("--for", "length", metavar="TIME", help="How much longer, such as 30m or 2h.")
@click.option("--until", "end", metavar="TIME", help="Or its new end, sooner or later, as for `add`.")
def extend(silence_id: int, length: str | None, end: str | None) -> None:
    """Give the silence with this ID another end.

    \b
    Examples:  notifier silence extend 3 --for 1h
               notifier silence extend 3 --until 18:00
    """
    if (length is None) == (end is None):
        raise click.UsageError("say how much longer: --for 1h, or --until 18:00")
    now, rules = time.time(), lenient_rules()
    zone = rules.shop.timezone if rules else "UTC"
    try:
        longer = None if length is None else silencing.length(length, "--for")
        with existing_store() as store:
            moved = store.silences.edit(silence_id, lambda one: prolonged(one, longer, end, now, zone), now)
    except RequestError as error:
        raise click.UsageError(str(error)) from None
    stops = output.plain(silencing.stops(moved))
    click.echo(f"silence {moved.id}: {stops} stay unsaid until {local(moved.ends_at, zone)}")


@silence.command()
@click.argument("silence_id", type=click.IntRange(1, 2**63 - 1), metavar="ID")
@click.argument("words", nargs=-1, metavar="[FIELD=VALUE[,VALUE]]...", shell_complete=matcher_words)
@click.option("--everything", is_flag=True, help="Whatever it is about, instead of FIELD=VALUE.")
@click.option("--from", "begin", metavar="TIME", help="From when, as for `add`.")
@click.option(
    "--for", "length", metavar="TIME", help="How long from now, or from its start if that is to come."
)
@click.option("--until", "end", metavar="TIME", help="Or until when, as for `add`.")
@click.option("--every", metavar="HOURS", help="Recurring in these hours, as for `add`.")
@click.option("--once", is_flag=True, help="Recurring no more: in force from its start to its end.")
@click.option("--reason", metavar="TEXT", help="Another reason.")
@click.option("--by", metavar="NAME", help="Who changes it; default: the user who is logged in.")
def edit(
    silence_id: int,
    words: tuple[str, ...],
    everything: bool,
    begin: str | None,
    length: str | None,
    end: str | None,
    every: str | None,
    once: bool,
    reason: str | None,
    by: str | None,
) -> None:
    """Change what the silence with this ID is about, its times or its reason.

    What is not mentioned stays. Who changed it last is on record beside who made it.

    \b
    Examples:  notifier silence edit 3 rule=problem carrier=postnl,dhl
               notifier silence edit 3 --every "sun 01:00-04:00" --reason "the backup takes longer"
               notifier silence edit 3 --once --until 18:00
    """
    if words and everything:
        raise click.UsageError("--everything and FIELD=VALUE exclude each other")
    if every is not None and once:
        raise click.UsageError("--every and --once exclude each other")
    if (words, everything, begin, length, end, every, once, reason) == ((), False, *[None] * 4, False, None):
        raise click.UsageError("say what to change: FIELD=VALUE, --everything, a time, --once or --reason")
    now, editor, rules = time.time(), person.name(by), lenient_rules()
    zone = rules.shop.timezone if rules else "UTC"
    try:
        asked = SilenceRequest(
            silencing.matchers(silencing.by_field(words)) if words or everything else None,
            begin,
            length,
            end,
            "" if once else every,
            None if reason is None else silencing.text(reason, "--reason"),
            zone=zone,
            prefix="--",
        )
        with existing_store() as store:
            made = store.silences.edit(silence_id, lambda one: asked.changed(one, editor, now), now)
            covered = [alert for alert in store.alerts.open() if made.covers(alert.labels, now)]
    except RequestError as error:
        raise click.UsageError(str(error)) from None
    _warn(made.matchers, rules)
    silence_show.made(made, zone, covered)


def _warn(matchers: Labels, rules: RuleSet | None) -> None:
    """Warn of the rules that a silence names and that there are not, as far as the rules can be read."""
    for text in silencing.unknown_rules(matchers, [rule.id for rule in rules.judged]) if rules else []:
        output.warning(text)
