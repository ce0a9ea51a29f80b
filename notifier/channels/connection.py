"""A connection to a mail server that hands over one mail after another and knows how far each got."""

from __future__ import annotations

import select
from collections.abc import Iterator
from contextlib import contextmanager

from notifier.channels.line import open_line
from notifier.channels.smtp import Failure, Phase, Server, SmtpError, refusal

PATIENCE = 2.0
"""Seconds to wait until a refused mail is put aside: only the connection is at stake, not the mail."""


class Connection:
    """An open connection, logged in; raises SmtpError.

    `mails` counts those that were accepted; `usable` tells whether another one
    may follow. One thread at a time may use it.
    """

    def __init__(self, server: Server) -> None:
        self._line = open_line(server)
        self._text_timeout = server.text_timeout
        self._owed = 0  # answers that are still to come to commands of a refused mail
        self.mails = 0
        self.usable = True

    def send(self, sender: str, recipient: str, mail: bytes) -> str:
        """Hand over one mail and return the server's words; afterwards the next one may follow.

        Args:
            sender: the envelope's sender, a bare ASCII address.
            recipient: the one recipient, a bare ASCII address.
            mail: the whole mail, 7 bit, lines ending in CRLF, beginning with a header.
        """
        self.usable = False
        try:
            self._announce(sender, recipient, len(mail))
            words = self._hand_over(mail)
        except SmtpError as error:
            # After 421 the server closes the line itself (RFC 5321, 3.8).
            if error.failure is Failure.REFUSED and error.code != 421:
                self.usable = self._put_aside()
            raise
        self.mails += 1
        self.usable = True
        return words

    def alive(self) -> bool:
        """Tell without a round trip whether the server is still there.

        Unasked it only speaks to say goodbye, so that anything to read means the
        end, as does the end itself.
        """
        sock = self._line.sock
        if sock is None or sock.pending():
            return False
        poll = select.poll()
        poll.register(sock, select.POLLIN)
        return not poll.poll(0)

    def hang_up(self) -> None:
        """Say goodbye and close; never waits, never fails."""
        self._line.hang_up()

    def abandon(self) -> None:
        """Close without a word: the other end is gone, or the connection is another process's."""
        self._line.close()

    def _announce(self, sender: str, recipient: str, size: int) -> None:
        """Go through MAIL, RCPT and DATA.

        They are sent in one go where the server allows that (RFC 2920), which
        saves two of four round trips. The text is not among them: it follows
        when all three were answered.
        """
        if not (sender + recipient).isprintable():
            raise ValueError("an address would break out of its line")
        line = self._line
        sized = f" SIZE={size}" if line.has_extn("size") else ""
        commands = {
            Phase.MAIL: f"MAIL FROM:<{sender}>{sized}",
            Phase.RCPT: f"RCPT TO:<{recipient}>",
            Phase.DATA: "DATA",
        }
        together = line.has_extn("pipelining")
        line.phase = Phase.MAIL
        if together:
            line.send("".join(f"{command}\r\n" for command in commands.values()))
        for number, (phase, command) in enumerate(commands.items(), 1):
            line.phase = phase
            if not together:
                line.putcmd(command)
            code, words = line.getreply()
            if code != 354 if phase is Phase.DATA else code > 299:
                self._owed = len(commands) - number if together else 0
                raise refusal(phase, line.peer, code, words)

    def _hand_over(self, mail: bytes) -> str:
        line = self._line
        end = b".\r\n" if mail.endswith(b"\r\n") else b"\r\n.\r\n"
        # A line's first dot is doubled (RFC 5321, 4.5.2).
        line.send(mail.replace(b"\r\n.", b"\r\n..") + end)
        line.phase = Phase.AFTER_DATA
        with self._patient(self._text_timeout):
            code, words = line.getreply()
        if code > 299:
            raise refusal(line.phase, line.peer, code, words)
        return words.decode("utf-8", "replace")

    @contextmanager
    def _patient(self, seconds: float) -> Iterator[None]:
        before, self._line.patience = self._line.patience, seconds
        try:
            yield
        finally:
            self._line.patience = before

    def _put_aside(self) -> bool:
        """Leave a refused mail behind; return whether the connection can be used again."""
        line, owed = self._line, self._owed
        self._owed = 0
        try:
            if line.sock is None:
                return False
            with self._patient(PATIENCE):
                for _ in range(owed):
                    if line.getreply()[0] == 354:
                        return False  # the server waits for a text that is not to come
                return line.rset()[0] == 250
        except SmtpError:
            return False
