"""What a mail server's 4xx or 5xx reply means (RFC 5321, 4.2; enhanced codes RFC 3463). Pure."""

from __future__ import annotations

import re

from notifier.channels.smtp import Phase
from notifier.core.retry import OutcomeKind

_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?!\d)")

_BEFORE_THE_MAIL = frozenset({Phase.CONNECT, Phase.TLS, Phase.AUTH})

_LOGIN = frozenset({530, 534, 535, 538})
"""Replies about our login, at whatever moment they come (RFC 4954, 6)."""

_NO_SUCH_ADDRESS = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
"""No such mailbox, no such host, no address, moved away, a domain that takes no mail, disabled.

RFC 3463, 3.2 and 3.3; 5.1.10 RFC 7505, 4.2. Not among them: 5.1.7 and 5.1.8
(the sender's address), 5.2.2 (full), 5.7.x (policy).
"""

_NO_MAILBOX = frozenset({550, 551, 553, 556})
"""Replies to RCPT that are about the mailbox or its domain (RFC 5321, 4.2.3; 556 RFC 7504, 4)."""

_NOT_THE_ADDRESS = re.compile(
    r"5\.7\.\d|relay|rcpthosts|polic|spam|junk|reputation|authenti|log ?in\b|block|black|deny|denied|banned"
    r"|(?:dns|r)bl\b|spf|dkim|dmarc|(?:allowed|permitted) to|sender|your (?:ip|host)|client host"
    r"|rate\b|quota|full",
    re.IGNORECASE,
)
"""Words of a reply that is about us, this mail, or now: RFC 5321 has 550 for policy as well."""

_TOO_MUCH = re.compile(
    r"throttl|slow down|unusual rate|sending rate|rate[- ]limit"
    r"|too many (?:\w+ ){0,2}(?:connections|sessions|messages|e?-?mails)\b|too much mail"
    r"|too many recipients from"
    r"|(?:connections?|thread|relay|sending|submission) (?:rate )?(?:limit|quota)"
    r"|(?:daily|hourly) [\w ]{0,30}(?:limit|quota)"
    r"|submission ?quota ?exceeded|exceeded [\w ]{0,30}(?:sending|message|submission) (?:limit|quota)",
    re.IGNORECASE,
)
"""Words of servers that want less of us, at whatever moment they say so.

Postfix: "too many connections from", "too much mail from", "too many recipients
from" (postfix.org/smtpd.8.html, client rate limits). Exim: "too many concurrent
SMTP connections", "too many messages in this connection". Sendmail: "Connection
rate limit exceeded". Amazon SES: 454 "Throttling failure: Maximum sending rate
exceeded", "Daily message quota exceeded" (docs.aws.amazon.com/ses, "Errors
related to the sending quotas"). Exchange Online: 432 4.3.2 "Concurrent
connections limit exceeded", even after the text (learn.microsoft.com,
"smtp-submission-improvements"; github.com/sabuhish/fastapi-mail/issues/75).
Google: "unusual rate of unsolicited mail", "Peak SMTP relay limit exceeded",
"Daily user sending limit exceeded" (support.google.com/a/answer/3726730).
Exchange Online's quota of a day: 554 5.2.0 "...SubmissionQuotaExceededException".
"""

_QUOTA_OF_A_DAY = frozenset({"5.4.5", "5.1.90", "5.7.232", "5.7.233"})
"""Codes for a quota of a day: Google's (as above), and Exchange Online's for a user and for a tenant.

learn.microsoft.com, "Email non-delivery reports in Exchange Online".
"""

_ABOUT_US_CODES = frozenset(
    {"5.1.7", "5.1.8", "5.2.252", "5.7.60", "5.7.501", "5.7.502", "5.7.503", "5.7.705", "5.7.708"}
)
"""The sender's address (RFC 3463, 3.2), and Exchange Online's for a sender who may not send.

SendAsDenied (5.2.252, 5.7.60), a banned sender (5.7.501 to 503), a tenant or an address of ours
that sends too much that is unwanted (5.7.705, 5.7.708); learn.microsoft.com as above.
"""

_ABOUT_US = re.compile(
    r"sendasdenied|(?:allowed|permitted|authori[sz]ed|permissions?) to send as\b"
    r"|sender address rejected|sender verif\w+ failed|not owned by user"
    r"|(?:email address|sender|identity|domain) (?:is )?not verified|unverified (?:sender|identity|domain)"
    r"|relay(?:ing)? (?:access )?(?:is )?(?:denied|not (?:allowed|permitted)|prohibited)"
    r"|(?:unable|not (?:allowed|permitted)) to relay|do(?:es)? not relay|rcpthosts"
    r"|blocked using|spamhaus|spamcop"
    r"|your (?:ip|host|server|account|domain)\b[^.;]{0,60}(?:block|black ?list|banned|suspended|disabled)",
    re.IGNORECASE,
)
"""Words about our sender, account, server or address, which the recipient has no part in.

Postfix: "Relay access denied", "Sender address rejected", "Client host [...] blocked using"
(postfix.org/postconf.5.html). Exim: "relay not permitted", "Sender verify failed". qmail: "sorry,
that domain isn't in my list of allowed rcpthosts". Exchange: "SendAsDenied", "Client does not have
permissions to send as this sender". Amazon SES: "Email address is not verified"
(docs.aws.amazon.com/ses, "Troubleshooting").
"""

_TO_SOMEBODY = re.compile(r"recipient\b|mailbox|user you are", re.IGNORECASE)
"""Words of a limit that is not ours but the recipient's, who gets too much."""


def enhanced_code(text: str) -> str:
    """Return the enhanced code that a reply's text begins with, such as "5.1.1", or nothing."""
    found = _ENHANCED.match(text)
    return found.group() if found else ""


def asks_for_less(text: str) -> bool:
    """Tell whether a reply asks us to send less for a while; in doubt it does not.

    A busy server (4.3.2, 4.4.5) and greylisting (4.7.1) say nothing of how much we send.

    Args:
        text: the server's words, with the enhanced code in front if there is one.
    """
    if enhanced_code(text) in _QUOTA_OF_A_DAY:
        return True
    return bool(_TOO_MUCH.search(text)) and not _TO_SOMEBODY.search(text)


def is_about_us(text: str) -> bool:
    """Tell whether a refusal is about our account, sender or host, in words that leave no doubt.

    What needs more than one refusal to be seen is counted: `core.refusals`.

    Args:
        text: the server's words, with the enhanced code in front if there is one.
    """
    return enhanced_code(text) in _ABOUT_US_CODES or bool(_ABOUT_US.search(text))


def hits_everybody(phase: Phase, code: int) -> bool:
    """Tell whether a reply would meet any message now: the server closes (421), or does not get to know ours.

    Refusals for good (5xx) are none: the channel is paused for those.
    """
    return code == 421 or (code < 500 and phase in _BEFORE_THE_MAIL | {Phase.MAIL})


def kind_of(phase: Phase, code: int, text: str) -> OutcomeKind:
    """Return what a reply in answer to `phase` says of the mail or of the channel.

    Args:
        text: the server's words, with the enhanced code in front if there is one.
    """
    enhanced = enhanced_code(text)
    if code < 500:
        return OutcomeKind.TRANSIENT
    if code in _LOGIN or phase in _BEFORE_THE_MAIL:
        return OutcomeKind.CHANNEL_DOWN
    if code == 552 and phase is not Phase.MAIL:
        # 5.2.2 is a full mailbox; RFC 5321, 4.5.3.1.10: at RCPT read it as 452
        full = enhanced == "5.2.2" or (phase is Phase.RCPT and not enhanced)
        return OutcomeKind.TRANSIENT if full else OutcomeKind.PERMANENT
    if code == 552 or enhanced == "5.3.4":
        return OutcomeKind.PERMANENT  # too large: this mail's own fault
    if phase is Phase.MAIL:
        return OutcomeKind.CHANNEL_DOWN  # of this message the server knows nothing but its size
    # Some say 550 when a quota is used up: this mail is as good as any, and can go out later.
    return OutcomeKind.TRANSIENT if asks_for_less(text) else OutcomeKind.PERMANENT


def is_about_the_address(phase: Phase, code: int, text: str) -> bool:
    """Tell whether a reply means that this address can never be reached.

    A mail has one recipient, so what is said from RCPT on is said of that one.
    In doubt it does not mean that: a mark keeps all later mail away.

    Args:
        text: the server's words, with the enhanced code in front if there is one.
    """
    enhanced = enhanced_code(text)
    if kind_of(phase, code, text) is not OutcomeKind.PERMANENT:
        return False
    if enhanced == "5.2.1":
        # Gmail says so too of a mailbox that gets too much at once (support.google.com/a/answer/3726730).
        return "receiving mail" not in text
    if enhanced:
        return enhanced in _NO_SUCH_ADDRESS
    return phase is Phase.RCPT and code in _NO_MAILBOX and not _NOT_THE_ADDRESS.search(text)
