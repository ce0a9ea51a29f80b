"""Rules about the shop as a whole: rates, silence of the feed, schedules, and events of notifier itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from notifier.core import status
from notifier.core.alert import AlertState
from notifier.core.alerting import open_alert, resolve
from notifier.core.due import Due
from notifier.core.event import Event
from notifier.core.occasion import Occasion, OccasionKind
from notifier.core.once import Subject, is_shadow, of
from notifier.core.plan import NOTHING, Plan, join
from notifier.core.reason import Reason
from notifier.core.rules import Delivery, Rule, RuleSet
from notifier.core.schedule import Hours, after, next_daily
from notifier.core.situation import Decision, of_no_order
from notifier.core.speak import speak
from notifier.core.standing import Standing
from notifier.core.timer import Timer, TimerKind
from notifier.core.trigger import Internal, Quiet, Rate, Schedule

LOOK_EVERY = 60.0
"""Seconds between two looks at a rate whose alert is open, and at a feed that is silent."""

EVERYTHING = "*"
"""The key of an alert that is about all orders, or about those without a value of `by`."""

REPEAT = 3_600.0
"""Seconds within which an event of a kind about one thing is told once, unless `repeat` says otherwise."""


@dataclass(frozen=True, slots=True)
class Count:
    """Orders of one value of `by` within a rate's window: those `among`, and how many of them had `of`."""

    of: int
    among: int


def standing_timers(ruleset: RuleSet, now: float, last_received: float | None) -> list[Timer]:
    """Return the timers that rules have whatever happens: of schedules, silence, and rates.

    The key of one tells what it was made from: a rule that says something else gets another.
    """
    zone = ruleset.shop.timezone
    found: list[Timer] = []
    for rule in ruleset.rules:
        match rule.trigger:
            case Schedule() as schedule:
                key = f"{zone} {','.join(map(str, schedule.minutes))} {sorted(schedule.days)}"
                found.append(Timer(rule.id, TimerKind.SCHEDULE, "", key, _next(schedule, now, zone)))
            case Quiet(span, hours):
                due = after(span, now if last_received is None else last_received, hours, zone)
                key = f"{span.seconds:.0f} {span.business_days} {_made_of(hours)}"
                found.append(Timer(rule.id, TimerKind.QUIET, "", key, max(now, due)))
            case Rate():
                found.append(Timer(rule.id, TimerKind.RATE, "", "", now))
    return found


def rate(ruleset: RuleSet, rule: Rule, counts: Mapping[str, Count], standing: Standing, now: float) -> Due:
    """Judge the shares that orders have: alerts open above the limit, and close below the other one.

    Args:
        counts: by value of `by`.
    """
    watched = rule.trigger
    if not isinstance(watched, Rate):
        return Due()
    plans: list[Plan] = []
    open_now = {a.key: a for a in standing.alerts if a.rule == rule.id and a.state is not AlertState.RESOLVED}
    for key in sorted({*(value or EVERYTHING for value in counts), *open_now}):
        value = "" if key == EVERYTHING else key
        count = counts.get(value, Count(0, 0))
        enough = count.among >= watched.least
        share = count.of / count.among if count.among else 0.0
        alert = open_now.get(key)
        has_changed = enough and share > watched.above if alert is None else share < watched.clear_below
        untold = alert is not None and alert.quiet and alert.state is AlertState.OPEN
        if not has_changed and not untold:
            continue
        situation = of_no_order(_of_rate(watched, value, count, share, now), now)
        if alert is None or not has_changed:
            subject = of(rule, f"rate/{key}/{now:.0f}", is_shadow(rule, ruleset))
            decision, born = speak(rule, [subject], ruleset, situation, standing, now)
            plans.append(
                open_alert(Plan((decision,), tuple(born)), rule, ruleset, situation, standing, now, key)
            )
        else:
            why = f"{share:.1%} of {count.among}"
            plans.append(resolve(rule, alert, why, ruleset, situation, standing, now))
    plan = replace(join(plans), decisions=()) if plans else NOTHING
    opened = any(p.alerts for p in plans) or bool(open_now)
    return Due(plan, now + LOOK_EVERY if opened else None)


def quiet_key(rule: Rule, ruleset: RuleSet, last: float | None) -> tuple[str, ...]:
    """Return the once keys of a silence: there is one after each last update."""
    since = "ever" if last is None else f"{last:.3f}"
    return of(rule, f"quiet/{since}", is_shadow(rule, ruleset)).keys


def quiet(ruleset: RuleSet, rule: Rule, last: float | None, standing: Standing, now: float) -> Due:
    """Judge the silence of the feed.

    Args:
        last: when the last update arrived, Unix seconds UTC; None if none ever did.
    """
    if not isinstance(rule.trigger, Quiet):
        return Due()
    over = now if last is None else after(rule.trigger.span, last, rule.trigger.hours, ruleset.shop.timezone)
    situation = of_no_order(Occasion(OccasionKind.QUIET, now, {"since": last}), now)
    alert = standing.alert(rule.id, EVERYTHING)
    if over > now:
        plan = NOTHING if alert is None else resolve(rule, alert, "", ruleset, situation, standing, now)
        return Due(replace(plan, decisions=()), over)
    if rule.alerts and alert is not None and not (alert.quiet and alert.state is AlertState.OPEN):
        return Due(NOTHING, now + LOOK_EVERY)
    subject = Subject(quiet_key(rule, ruleset, last))
    # There is no other silence before that, and what could not be told is not tried more often.
    again_at = after(rule.trigger.span, now, rule.trigger.hours, ruleset.shop.timezone)
    if rule.alerts:
        again_at = now + LOOK_EVERY
    if set(subject.keys) <= standing.taken:
        return Due(NOTHING, again_at)
    decision, born = speak(rule, [subject], ruleset, situation, standing, now)
    plan = Plan((decision,), tuple(born))
    if rule.alerts:
        plan = open_alert(plan, rule, ruleset, situation, standing, now, EVERYTHING)
    return Due(replace(plan, decisions=()), again_at)


def schedule(ruleset: RuleSet, rule: Rule, timer: Timer, told: int, standing: Standing, now: float) -> Due:
    """Speak at a time of day.

    Args:
        told: how much there is for its digest.
    """
    if not isinstance(rule.trigger, Schedule):
        return Due()
    again_at = _next(rule.trigger, now, ruleset.shop.timezone)
    if rule.digest and rule.digest.skip_empty and not told:
        return Due(NOTHING, again_at)
    facts = {"since": timer.set_at, "until": now}
    situation = of_no_order(Occasion(OccasionKind.SCHEDULE, timer.due_at, facts), now)
    subject = of(rule, f"schedule/{timer.due_at:.0f}", is_shadow(rule, ruleset))
    _, born = speak(rule, [subject], ruleset, situation, standing, now)
    return Due(Plan((), tuple(born)), again_at)


def internal(ruleset: RuleSet, event: Event, standing: Standing, now: float) -> Plan:
    """Judge an event of notifier itself by the rules that listen to its kind."""
    plans: list[Plan] = []
    for rule in listeners(ruleset, event):
        facts = {"event": event.kind, "subject": event.subject, "detail": event.detail, "at": event.at}
        situation = of_no_order(Occasion(OccasionKind.INTERNAL, event.at, facts), now)
        subject = of(rule, f"internal/{event.id}", is_shadow(rule, ruleset))
        last = standing.joins.get(event_key(rule, event))
        within = REPEAT if rule.repeat is None else rule.repeat
        if last is not None and last.last_at is not None and now - last.last_at < within:
            plans.append(Plan((Decision(rule.id, False, Reason.TOLD_LATELY),)))
            continue
        # The same number of entries, so that each keeps its once key.
        elsewhere = [_elsewhere(delivery, event.subject) for delivery in rule.deliveries]
        decision, born = speak(rule, [subject], ruleset, situation, standing, now, elsewhere)
        marked = tuple(m if m.join else replace(m, join=event_key(rule, event)) for m in born)
        plans.append(Plan((decision,), marked))
    return join(plans)


def listeners(ruleset: RuleSet, event: Event) -> list[Rule]:
    """Return the rules that an event makes speak: none hears of its own messages, it could go on for ever."""
    return [
        rule
        for rule in ruleset.rules
        if isinstance(rule.trigger, Internal)
        and event.kind in rule.trigger.kinds
        and not event.detail.endswith(f"of rule {rule.id}")
    ]


def _elsewhere(delivery: Delivery, channel: str) -> Delivery:
    """Return an entry of `send` without the channel that the event is about, if there is another one."""
    others = tuple(send for send in delivery.options if send.channel != channel)
    return replace(delivery, options=others) if others else delivery


def event_key(rule: Rule, event: Event) -> str:
    """Return the join key of events of the same kind about the same thing."""
    return f"internal/{rule.id}/{event.kind}/{event.subject}"


def _made_of(hours: Hours | None) -> str:
    return f"{sorted(hours.days)} {hours.spans} {hours.zone}" if hours else ""


def _of_rate(watched: Rate, value: str, count: Count, share: float, now: float) -> Occasion:
    facts: dict[str, object] = {
        "value": value,
        "share": round(share, 4),
        "count": count.of,
        "among": count.among,
        "by": watched.by,
        "window": watched.window,
        "of": [label for code, label in status.LABELS.items() if code in watched.of],
    }
    if watched.by and value:
        facts["labels"] = {watched.by: value}
    return Occasion(OccasionKind.RATE, now, facts)


def _next(trigger: Schedule, since: float, zone: str) -> float:
    return min(next_daily(minute, trigger.days, since, zone) for minute in trigger.minutes)
