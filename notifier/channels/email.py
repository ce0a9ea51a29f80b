"""Mail by SMTP: Apprise's URL grammar and provider settings, our own mail and our own connection.

Apprise sends about 40 mails a second, tells no reply code, cannot be given a
text part or a Message-ID, and lets a newline in a name replace the recipient.
So its class is kept for what it knows of URLs, and `deliver` does the rest.
"""

# mypy: disable-error-code="no-untyped-call"
# Apprise says that it is typed, and is so in part.

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from email.header import decode_header, make_header
from typing import Any

from apprise.exception import AppriseImproperlyConfigured
from apprise.plugins.email import NotifyEmail
from apprise.utils.parse import is_email, is_hostname, is_ipaddr

from notifier import addresses
from notifier.channels import exchange, heading, mime, recipient
from notifier.channels.classify import clean, from_smtp, refused
from notifier.channels.pool import Pool
from notifier.channels.smtp import Server, SmtpError
from notifier.core.head import Head
from notifier.core.message import Rendered
from notifier.core.retry import Outcome, OutcomeKind
from notifier.errors import ConfigError

TEXT_TIMEOUT = 300.0
"""Seconds to wait for the answer to a whole mail, unless the URL says `rto`.

RFC 5321, 4.5.3.2.6 asks for ten minutes: some servers look for spam before they
answer, and an answer that is missed makes the mail `unknown`.
"""

_NO_SENDER = "write the sender as ?from=orders@shop.example; Apprise would make it of user and server"
_MESSAGE_ID = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_RELAY_NAME = re.compile(r"(?:e?mail|email-smtp|smtp|mx|relay|out|send)\d*[.-]", re.IGNORECASE)


class ShopMail(NotifyEmail):
    """A mail account from a mailto:// or mailtos:// URL.

    Never changed after it was made, so that all threads may use it. Raises
    ConfigError for what Apprise accepts and we cannot do or ought not to.
    """

    request_rate_per_sec = 0

    def __init__(self, from_addr: str | None = None, headers: Any = None, **kwargs: Any) -> None:
        try:
            super().__init__(from_addr=from_addr, headers=headers, **kwargs)
        except AppriseImproperlyConfigured as error:
            raise ConfigError(_NO_SENDER) if "~From~" in str(error) else error from None
        # A sender without a name of its own appears under the shop's.
        self.sender = (_decoded(str(self.from_addr[0] or self.app_id)), str(self.from_addr[1]))
        self._check(from_addr)
        self._check_options(kwargs)
        try:
            self._letterhead = mime.letterhead(self.sender, self._own_headers())
        except mime.UnsafeHeader as error:
            raise ConfigError(str(error)) from None
        self._plain = self.resolve_format("html").value == "text"  # ?format=text
        self._zone = self.tzinfo if kwargs.get("tz") else UTC
        is_default = self.socket_read_timeout == exchange.TIMEOUT[1]
        self.server = Server(
            host=self.smtp_host.strip("[]"),
            port=int(self.port or 0),
            mode=str(self.secure_mode),
            user=self.user or "",
            password=self.password or "",
            verify=self.verify_certificate,
            # smtplib would ask the DNS for this machine's name, for every connection
            local_hostname=self.sender[1].rpartition("@")[2],
            connect_timeout=self.socket_connect_timeout,
            read_timeout=self.socket_read_timeout,
            text_timeout=TEXT_TIMEOUT if is_default else self.socket_read_timeout,
        )

    def deliver(self, to: str, rendered: Rendered, message_id: str, pool: Pool) -> Outcome:
        """Send one mail to one recipient.

        Args:
            to: a bare ASCII address, as contacts hold it.
            rendered: `subject`, `html`, `text` and `head` are used; one of the two bodies may be empty.
            message_id: the left part of Message-ID, the same for every attempt.
            pool: whose connections are used.

        Returns:
            DELIVERED once the server has taken it; UNKNOWN if its answer was lost.
        """
        problem = recipient.refusal(recipient.Address.EMAIL, to)
        if problem:
            return refused(problem, bad_address=True)
        if not _MESSAGE_ID.fullmatch(message_id):
            return refused("the message id does not fit into a header")
        text, html = rendered.text, rendered.html
        if text and self._plain:
            html = ""
        if not text and not html:
            return refused("the mail has no text")
        address = addresses.as_sent(to)
        letterhead = self._letterhead if to not in self.reply_to else self._letterhead_to(to)
        try:
            mail = mime.build(
                letterhead,
                recipient=address,
                subject=rendered.subject,
                text=text,
                html=html,
                message_id=message_id,
                now=datetime.now(self._zone),
                headers=self._headers_of(rendered.head, letterhead, to),
            )
        except mime.UnsafeHeader as error:
            return refused(str(error))
        try:
            answer = pool.send(self.server, self.sender[1], address, mail)
        except SmtpError as error:
            return from_smtp(error)
        return Outcome(OutcomeKind.DELIVERED, code="250", detail=clean(answer))

    def _letterhead_to(self, to: str) -> mime.Letterhead:
        """Return the letterhead for somebody whom `reply` names: nobody is asked to answer to themselves."""
        return mime.letterhead(self.sender, self._own_headers(without=to))

    def _headers_of(self, head: Head, letterhead: mime.Letterhead, to: str) -> dict[str, str]:
        """Return what one mail has of its own, but for what the URL says itself."""
        if head.reply_to in (to, self.sender[1]):  # no news, and nobody is asked to answer to themselves
            head = replace(head, reply_to="")
        suggested = heading.suggested(head, letterhead.domain)
        own = {name: value for name, value in suggested.items() if name.lower() not in letterhead.lines}
        return own | heading.unsubscribing(head.unsubscribe_url)

    def _own_headers(self, without: str = "") -> dict[str, str]:
        own = dict(self.headers)
        answering = sorted(self.reply_to - {without})
        if answering:
            pairs = [(str(self.names.get(address) or ""), address) for address in answering]
            own["Reply-To"] = ", ".join(mime.mailbox(*pair) for pair in pairs)
        return own

    def _check(self, from_addr: str | None) -> None:
        """Refuse accounts that Apprise accepts and we cannot use or ought not to."""
        if self.cc or self.bcc:
            raise ConfigError("cc and bcc are not used: a message has one recipient")
        if self.pgp_mode != "no":
            raise ConfigError("pgp is not supported")
        if not (self.user or "").isascii() or not (self.password or "").isascii():
            raise ConfigError("user and password must be ASCII: the SMTP login takes no more")
        guessed = not is_email(from_addr or "") and self.smtp_host == self.host
        relay = self.host.count(".") >= 2 and _RELAY_NAME.match(self.host)
        if guessed and (not self.user or is_ipaddr(self.host) or relay):
            raise ConfigError(_NO_SENDER)
        if recipient.refusal(recipient.Address.EMAIL, self.sender[1]):
            raise ConfigError("the sender is not one plain e-mail address in ASCII")
        if not is_hostname(self.smtp_host) and not is_ipaddr(self.smtp_host):
            raise ConfigError("the mail server is not one host name or IP address")

    def _check_options(self, given: dict[str, Any]) -> None:
        """Refuse options that Apprise takes and we do not follow, and those that it would pass over.

        Args:
            given: the options as the URL has them.
        """
        if given.get("overflow") in ("split", "truncate"):
            raise ConfigError("a mail is sent whole and once; leave out overflow")
        if given.get("emojis"):
            raise ConfigError("emojis=yes is not supported; write the emoji itself into the template")
        port = str(given.get("port") or self.port)
        if not (port.isascii() and port.isdecimal() and 1 <= int(port) <= 65535):
            raise ConfigError("the port must be a number from 1 to 65535")
        if given.get("reply_to") and not self.reply_to:
            raise ConfigError("reply must be an e-mail address, or several with a comma between them")


def _decoded(name: str) -> str:
    """Return a sender's name in words: Apprise has encoded some, such as those with a comma (RFC 2047)."""
    return str(make_header(decode_header(name)))
