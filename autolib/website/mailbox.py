"""The demo's mailbox: what the product has mailed, read back from the folder that stands in for a mail server."""

import email
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from django.conf import settings

RULE = b"-" * 79 + b"\n"
MOST_FILES = 200


@dataclass(frozen=True)
class Mail:
    sent_at: datetime | None
    to: str
    subject: str
    body: str


def newest_first() -> list[Mail]:
    """The mails of the newest files; a folder that is not there yet holds none."""
    files = sorted(Path(settings.MAIL_DIR).glob("*.log"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    mails = [
        _mail(part) for path in files[:MOST_FILES] for part in reversed(path.read_bytes().split(RULE)) if part.strip()
    ]
    return sorted(mails, key=lambda mail: mail.sent_at.timestamp() if mail.sent_at else 0.0, reverse=True)


def _mail(raw: bytes) -> Mail:
    message = email.message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain",))
    date = message["Date"]
    return Mail(
        # A date of "-0000" is in UTC, without saying so.
        sent_at=date.datetime.replace(tzinfo=date.datetime.tzinfo or UTC) if date is not None else None,
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        body=body.get_content() if body is not None else "",
    )
