"""MessageBird, now Bird (msgbird://): its older REST API, POST rest.messagebird.com/messages."""

from __future__ import annotations

from notifier.channels.meaning import Meaning
from notifier.channels.vendors.answer import UNEXPECTED, Answer, Verdict, objects, text

_MEANINGS = {
    "2": Meaning.CHANNEL,  # wrong key
    "25": Meaning.CHANNEL,  # no balance
    "98": Meaning.CHANNEL,  # no such API
    "99": Meaning.BROKEN,
}


def verdict(answer: Answer) -> Verdict | None:
    """Judge by `errors`, of which the gravest counts; a success, 201, has an `id`.

    Sources: the codes of developers.messagebird.com, "API errors", as github.com/drahnr/messagebird-async
    lists them (the page itself could not be read); answers recorded in
    github.com/SURFnet/messagebird-api-client-bundle docs/api (201; 401 with code 2 beside codes
    about the message; 422 with code 9 for no correct recipient). Not confirmed: the status of
    code 25, and any answer to too many requests.
    """
    body = answer.json or {}
    errors = objects(body.get("errors"))
    if not errors:
        message = text(body.get("id"))
        if answer.accepted:
            return Verdict(Meaning.TAKEN, provider_id=message) if message else UNEXPECTED
        return None
    grave = next((error for error in errors if text(error.get("code")) in _MEANINGS), errors[0])
    code = text(grave.get("code"))
    meaning = _MEANINGS.get(code)
    if len(errors) == 1 and code in ("9", "10") and text(grave.get("parameter")).startswith("recipient"):
        meaning = Meaning.RECIPIENT
    if meaning is None and answer.accepted:
        meaning = Meaning.MESSAGE
    return Verdict(meaning, f"error {code}" if code else "", text(grave.get("description")))
