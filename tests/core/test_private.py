"""What a service repeats of a customer is in no evidence."""

from __future__ import annotations

import pytest

from notifier.core.contact import Contact
from notifier.core.private import without_customer
from notifier.core.retry import Outcome, OutcomeKind

JANE = Contact(name="Jane de  Boer", email="jane@example.org", phone="+31612345678")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("no such user", "no such user"),
        ("cannot tell Jane de Boer (NL)", "cannot tell <customer> (NL)"),
        ("name=Jane+de+Boer&x=1", "name=<customer>&x=1"),
        ("Jane%20de%20Boer", "<customer>"),
        ("dear JANE, boer?", "dear <customer>, <customer>?"),
        ("Janet and Boerhaave of de Ruyter", "Janet and Boerhaave of de Ruyter"),
        ("<jane@example.org> or +31612345678", "<<customer>> or <customer>"),
    ],
)
def test_what_is_repeated_of_the_customer_is_not_kept(said: str, kept: str) -> None:
    outcome = Outcome(OutcomeKind.TRANSIENT, "HTTP 500", said, retry_after=3.0)
    assert without_customer(outcome, JANE) == Outcome(
        OutcomeKind.TRANSIENT, "HTTP 500", kept, retry_after=3.0
    )


def test_without_a_contact_nothing_is_known_to_be_private() -> None:
    outcome = Outcome(OutcomeKind.TRANSIENT, detail="Jane")
    assert without_customer(outcome, None) is outcome
    assert without_customer(outcome, Contact()) is outcome


def test_a_name_of_any_signs_is_looked_for_as_it_is() -> None:
    odd = Contact(name="A.*(b+ \\d")
    assert without_customer(Outcome(OutcomeKind.PERMANENT, detail="to A.*(b+ \\d!"), odd).detail == (
        "to <customer>!"
    )
