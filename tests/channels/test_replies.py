"""What replies of a mail server mean: for the address, the channel, everybody; in doubt nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.channels.classify import from_smtp
from notifier.channels.smtp import Failure, Phase, SmtpError
from notifier.core.retry import OutcomeKind

AT_RCPT = [
    pytest.param(550, "5.1.1 user unknown", id="no such mailbox"),
    pytest.param(550, "5.1.1 <a@b.example>: user unknown in relay table", id="with a word of policy"),
    pytest.param(550, "5.1.2 domain not found", id="no such host"),
    pytest.param(501, "5.1.3 bad syntax", id="no address"),
    pytest.param(551, "5.1.6 moved away", id="moved away"),
    pytest.param(556, "5.1.10 recipient domain has null MX", id="null MX"),
    pytest.param(550, "5.2.1 mailbox disabled", id="disabled"),
    pytest.param(550, "No such user here", id="550"),
    pytest.param(550, "Requested action not taken: mailbox unavailable", id="550 in those of the RFC"),
    pytest.param(551, "User not local", id="551"),
    pytest.param(553, "Requested action not taken: mailbox name not allowed", id="553 in those of the RFC"),
    pytest.param(556, "domain does not accept mail", id="556"),
]

NOT_THE_ADDRESS = [
    pytest.param(Phase.RCPT, 450, "4.1.1 unknown for now", id="not now"),
    pytest.param(Phase.RCPT, 450, "5.1.1 which is it", id="a 4xx reply with a permanent code"),
    pytest.param(Phase.RCPT, 450, "no such user", id="450"),
    pytest.param(Phase.RCPT, 452, "4.2.2 full", id="full for now"),
    pytest.param(Phase.RCPT, 552, "5.2.2 full", id="full"),
    pytest.param(Phase.RCPT, 550, "5.2.2 over quota", id="full, as 550"),
    pytest.param(Phase.RCPT, 552, "too many recipients", id="552"),
    pytest.param(Phase.RCPT, 530, "5.7.0 log in", id="login wanted"),
    pytest.param(Phase.RCPT, 550, "5.7.1 not for you", id="policy"),
    pytest.param(Phase.RCPT, 550, "5.1.8 your domain does not exist", id="the sender's domain"),
    pytest.param(Phase.RCPT, 553, "5.1.7 bad sender", id="the sender's address"),
    pytest.param(Phase.RCPT, 550, "5.4.1 access denied", id="routing"),
    pytest.param(Phase.RCPT, 554, "no service", id="554"),
    pytest.param(Phase.RCPT, 550, "relay not permitted", id="relaying refused"),
    pytest.param(Phase.RCPT, 553, "domain not in my list of rcpthosts (#5.7.1)", id="relaying, qmail"),
    pytest.param(Phase.RCPT, 550, "192.0.2.1 is on a DNSBL, see there", id="a black list"),
    pytest.param(Phase.RCPT, 550, "Sender verify failed", id="the sender verified"),
    pytest.param(Phase.RCPT, 550, "rejected as SPAM", id="spam"),
    pytest.param(Phase.RCPT, 550, "Mailbox is full", id="full, in words"),
    pytest.param(
        Phase.RCPT,
        550,
        "5.2.1 The user you are trying to contact is receiving mail at a rate that\n5.2.1 prevents more",
        id="too much at once, Gmail",
    ),
    pytest.param(Phase.MAIL, 550, "5.1.1 unknown", id="nobody is named yet"),
    pytest.param(Phase.AUTH, 550, "no such user", id="our own login"),
    pytest.param(Phase.DATA, 554, "no valid recipients", id="at DATA without a code"),
    pytest.param(Phase.AFTER_DATA, 550, "mailbox unavailable", id="after DATA without a code"),
    pytest.param(Phase.AFTER_DATA, 554, "5.7.1 spam", id="spam after DATA"),
]


@pytest.mark.parametrize(("code", "text"), AT_RCPT)
def test_a_reply_that_marks_the_address(code: int, text: str) -> None:
    outcome = from_smtp(SmtpError(Phase.RCPT, Failure.REFUSED, code, text))
    assert (outcome.kind, outcome.bad_address) == (OutcomeKind.PERMANENT, True)


@pytest.mark.parametrize("phase", [Phase.RCPT, Phase.DATA, Phase.AFTER_DATA])
def test_an_enhanced_code_marks_the_address_whenever_it_comes(phase: Phase) -> None:
    assert from_smtp(SmtpError(phase, Failure.REFUSED, 550, "5.1.1 unknown")).bad_address


@pytest.mark.parametrize(("phase", "code", "text"), NOT_THE_ADDRESS)
def test_a_reply_that_leaves_the_address_alone(phase: Phase, code: int, text: str) -> None:
    assert not from_smtp(SmtpError(phase, Failure.REFUSED, code, text)).bad_address


@given(st.sampled_from(Phase), st.integers(400, 599), st.text(max_size=30))
def test_an_address_is_marked_only_where_the_message_has_failed(phase: Phase, code: int, text: str) -> None:
    outcome = from_smtp(SmtpError(phase, Failure.REFUSED, code, text))
    assert outcome.kind is OutcomeKind.PERMANENT or not outcome.bad_address


LESS = [
    pytest.param(
        Phase.CONNECT, 421, "4.7.0 mx.example Error: too many connections from 192.0.2.1", id="Postfix"
    ),
    pytest.param(Phase.MAIL, 450, "4.7.1 Error: too much mail from 192.0.2.1", id="Postfix, mails"),
    pytest.param(
        Phase.RCPT, 450, "4.7.1 Error: too many recipients from 192.0.2.1", id="Postfix, recipients"
    ),
    pytest.param(Phase.CONNECT, 421, "Too many concurrent SMTP connections; please try again", id="Exim"),
    pytest.param(Phase.MAIL, 421, "too many messages in this connection", id="Exim, messages"),
    pytest.param(Phase.CONNECT, 421, "4.3.2 Connection rate limit exceeded.", id="Sendmail"),
    pytest.param(Phase.CONNECT, 421, "4.3.2 Too many open connections.", id="Sendmail, connections"),
    pytest.param(Phase.AFTER_DATA, 454, "Throttling failure: Maximum sending rate exceeded.", id="SES"),
    pytest.param(Phase.AFTER_DATA, 454, "Throttling failure: Daily message quota exceeded.", id="SES, a day"),
    pytest.param(Phase.AFTER_DATA, 432, "4.3.2 Concurrent connections limit exceeded. Visit", id="Exchange"),
    pytest.param(
        Phase.AFTER_DATA,
        432,
        "4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded",
        id="Exchange, threads",
    ),
    pytest.param(
        Phase.AFTER_DATA,
        421,
        "4.7.0 Our system has detected an unusual rate of unsolicited mail originating from your IP",
        id="Google",
    ),
    pytest.param(Phase.MAIL, 450, "4.2.1 Peak SMTP relay limit exceeded for customer.", id="Google, relay"),
    pytest.param(Phase.RCPT, 450, "4.7.1 Rate limit reached, slow down", id="in so many words"),
    pytest.param(
        Phase.AFTER_DATA,
        554,
        "5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException.MapiExceptionShutoffQuota",
        id="Exchange, a day",
    ),
    pytest.param(
        Phase.AFTER_DATA,
        550,
        "5.1.90 Your message can't be sent because you've reached your daily limit for message recipients",
        id="Exchange, a day, recipients",
    ),
    pytest.param(
        Phase.AFTER_DATA, 550, "5.7.233 Your message can't be sent because your tenant", id="a tenant's day"
    ),
]

AS_MUCH_AS_BEFORE = [
    pytest.param(421, "4.3.2 Service shutting down", id="closing"),
    pytest.param(421, "4.4.5 Server busy, try again later.", id="busy"),
    pytest.param(421, "4.7.0 Try again later, closing connection.", id="policy without a word"),
    pytest.param(450, "4.7.1 <a@b.example>: Recipient address rejected: Greylisted", id="greylisting"),
    pytest.param(451, "4.3.0 Temporary lookup failure", id="trouble of its own"),
    pytest.param(452, "4.3.1 Insufficient system storage", id="no space"),
    pytest.param(452, "4.2.2 The email account that you tried to reach is over quota", id="full"),
    pytest.param(
        450, "4.2.1 The user you are trying to contact is receiving mail too quickly", id="gets too much"
    ),
    pytest.param(
        450,
        "4.2.1 The user you are trying to contact is receiving mail at a rate that\n4.2.1 prevents more",
        id="gets too much, at a rate",
    ),
    pytest.param(452, "4.5.3 Too many recipients", id="of one mail"),
    pytest.param(450, "4.7.1 too many messages for this recipient", id="too many for one"),
    pytest.param(550, "5.7.1 rejected as spam", id="spam"),
    pytest.param(550, "5.2.2 mailbox over quota", id="full for good"),
]


@pytest.mark.parametrize(("phase", "code", "text"), LESS)
def test_a_reply_that_asks_for_less(phase: Phase, code: int, text: str) -> None:
    outcome = from_smtp(SmtpError(phase, Failure.REFUSED, code, text))
    assert (outcome.kind, outcome.throttled) == (OutcomeKind.TRANSIENT, True)


@pytest.mark.parametrize(("code", "text"), AS_MUCH_AS_BEFORE)
@pytest.mark.parametrize("phase", [Phase.CONNECT, Phase.MAIL, Phase.RCPT, Phase.AFTER_DATA])
def test_a_reply_that_does_not_ask_for_less(phase: Phase, code: int, text: str) -> None:
    assert not from_smtp(SmtpError(phase, Failure.REFUSED, code, text)).throttled


@pytest.mark.parametrize(
    ("phase", "code", "text"),
    [
        (Phase.AFTER_DATA, 550, "5.4.5 Daily user sending limit exceeded. For more information visit"),
        (Phase.RCPT, 550, "5.7.0 Requested action not taken: too many emails per second"),
    ],
)
def test_a_quota_that_is_used_up_is_no_fault_of_the_mail(phase: Phase, code: int, text: str) -> None:
    outcome = from_smtp(SmtpError(phase, Failure.REFUSED, code, text))
    assert (outcome.kind, outcome.throttled, outcome.bad_address) == (OutcomeKind.TRANSIENT, True, False)


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("failure", [Failure.LOST, Failure.SILENT, Failure.NONSENSE])
def test_a_line_without_an_answer_says_nothing_of_the_message(phase: Phase, failure: Failure) -> None:
    outcome = from_smtp(SmtpError(phase, failure))
    assert (outcome.unreachable, outcome.throttled, outcome.bad_address) == (True, False, False)


@pytest.mark.parametrize(
    ("phase", "code", "everybody"),
    [
        *((phase, 421, True) for phase in Phase),
        *((phase, 451, True) for phase in (Phase.CONNECT, Phase.TLS, Phase.AUTH, Phase.MAIL)),
        *((phase, 451, False) for phase in (Phase.RCPT, Phase.DATA, Phase.AFTER_DATA)),
        *((phase, 554, False) for phase in Phase),
    ],
)
def test_a_reply_that_would_meet_everybody(phase: Phase, code: int, everybody: bool) -> None:
    assert from_smtp(SmtpError(phase, Failure.REFUSED, code, "no")).unreachable is everybody


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("code", [530, 534, 535, 538])
def test_a_reply_about_our_login_is_the_channels_trouble_whenever_it_comes(phase: Phase, code: int) -> None:
    assert from_smtp(SmtpError(phase, Failure.REFUSED, code, "5.7.0 no")).kind is OutcomeKind.CHANNEL_DOWN


ABOUT_US = [
    pytest.param(
        Phase.RCPT,
        554,
        "5.7.1 Client host [192.0.2.1] blocked using zen.spamhaus.org; https://check.spamhaus.org/",
        id="Postfix, a block list",
    ),
    pytest.param(Phase.RCPT, 554, "5.7.1 <jane@example.org>: Relay access denied", id="Postfix, relay"),
    pytest.param(Phase.RCPT, 550, "relay not permitted", id="Exim, relay"),
    pytest.param(Phase.RCPT, 550, "5.7.1 Unable to relay", id="Exchange, relay"),
    pytest.param(Phase.RCPT, 553, "sorry, that domain isn't in my list of allowed rcpthosts", id="qmail"),
    pytest.param(
        Phase.RCPT, 553, "5.7.1 <shop@example.com>: Sender address rejected: not owned by user", id="sender"
    ),
    pytest.param(Phase.RCPT, 550, "Sender verify failed", id="Exim, sender"),
    pytest.param(
        Phase.AFTER_DATA,
        554,
        "5.2.252 SendAsDenied; shop@example.com not allowed to send as info@example.com",
        id="SendAsDenied",
    ),
    pytest.param(
        Phase.AFTER_DATA,
        550,
        "5.7.60 SMTP; Client does not have permissions to send as this sender",
        id="SendAs, older",
    ),
    pytest.param(
        Phase.AFTER_DATA,
        554,
        "Message rejected: Email address is not verified. The following identities failed the check",
        id="SES",
    ),
    pytest.param(Phase.AFTER_DATA, 550, "5.1.8 Access denied, bad outbound sender", id="banned sender"),
    pytest.param(Phase.RCPT, 550, "5.7.0 Your account has been suspended", id="account"),
]

NOT_ABOUT_US = [
    pytest.param(550, "5.1.1 no such user", id="no mailbox"),
    pytest.param(550, "5.2.1 The email account that you tried to reach is disabled", id="disabled"),
    pytest.param(554, "5.7.1 not for you", id="policy"),
    pytest.param(554, "5.7.1 rejected as spam", id="spam"),
    pytest.param(550, "5.7.1 Recipient address rejected: Access denied", id="the recipient"),
    pytest.param(552, "5.3.4 too large", id="size"),
]


@pytest.mark.parametrize(("phase", "code", "text"), ABOUT_US)
def test_a_refusal_that_is_about_us_in_words_that_leave_no_doubt(phase: Phase, code: int, text: str) -> None:
    outcome = from_smtp(SmtpError(phase, Failure.REFUSED, code, text))
    assert (outcome.kind, outcome.about_us, outcome.bad_address) == (OutcomeKind.PERMANENT, True, False)


@pytest.mark.parametrize(("code", "text"), NOT_ABOUT_US)
@pytest.mark.parametrize("phase", [Phase.RCPT, Phase.AFTER_DATA])
def test_a_refusal_that_is_not_clearly_about_us(phase: Phase, code: int, text: str) -> None:
    assert not from_smtp(SmtpError(phase, Failure.REFUSED, code, text)).about_us


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("code", [421, 450, 535])
def test_what_is_about_us_needs_no_second_sign_where_the_code_says_enough(phase: Phase, code: int) -> None:
    # Not for good, or the channel is down already.
    assert not from_smtp(SmtpError(phase, Failure.REFUSED, code, "5.7.1 Relay access denied")).about_us
