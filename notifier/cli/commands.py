"""The commands of `notifier`: where each lies, and what its line of the help says, by what it is for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """A command: the module of notifier.cli that holds it, and what it does, in half a line."""

    module: str
    summary: str


SECTIONS: dict[str, dict[str, Command]] = {
    "Set up and run": {
        "demo": Command("demo", "Watch updates become messages, on this machine only"),
        "init": Command("init", "Write rules, templates and settings into a folder"),
        "check": Command("check", "Check settings, rules, templates and channels"),
        "run": Command("run", "Run web and worker together"),
        "web": Command("web", "Receive updates"),
        "worker": Command("worker", "Decide updates and send messages"),
    },
    "Rules and templates": {
        "preview": Command("preview", "Show templates as their readers will see them"),
        "test": Command("test", "Run the tests of the rules"),
        "replay": Command("replay", "Show what changed rules would have done"),
        "schema": Command("schema", "Print the JSON Schema of rules.yaml, for editors"),
    },
    "Health": {
        "status": Command("status", "Show health and what needs attention"),
        "channels": Command("channels", "Show, pause and resume channels"),
        "send-test": Command("send_test", "Send a test message over a channel"),
        "sources": Command("sources", "Show which sources of contacts are down"),
        "brake": Command("brake", "Release or drop a burst of messages that is held"),
    },
    "Orders and customers": {
        "explain": Command("explain", "Tell the story of an order, with every rule's verdict"),
        "rejected": Command("rejected", "List webhooks that could not be read, and retry them"),
        "orders": Command("orders", "Show, import and look up orders and their contacts"),
        "address": Command("address", "Show, block and unblock an address"),
        "forget": Command("forget", "Erase the personal data of a customer or an order"),
    },
    "Messages and alerts": {
        "messages": Command("messages", "List messages, the newest first"),
        "retry": Command("failures", "Send failed or unknown messages again"),
        "dismiss": Command("failures", "Mark failures as needing no attention"),
        "alerts": Command("alerts", "List open alerts, the worst first"),
        "ack": Command("alerts", "Acknowledge alerts"),
        "resolve": Command("alerts", "Close alerts by hand"),
        "silence": Command("silence", "Silence messages to operators for a while"),
    },
}
"""Every command by its section, in the order of the help."""

COMMANDS: dict[str, Command] = {
    name: command for section in SECTIONS.values() for name, command in section.items()
}
"""Every command by its name."""

ALIASES = {"order": "orders"}
"""Old names of commands, which the help does not list."""
