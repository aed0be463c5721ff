"""What an operator is told by mail of his second factors: whoever changes them without him is noticed."""

from functools import partial
from smtplib import SMTPException
from typing import Any
from urllib.parse import urlsplit

import structlog
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.dispatch import receiver
from django.template.loader import render_to_string
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.second_factors import is_asked_of

log = structlog.get_logger()

EVENTS: dict[str, tuple[Any, Any]] = {
    "added": (
        _("Your second step for the console: one was added"),
        _("“%(name)s” was set up as a second step for signing in to the console."),
    ),
    "removed": (
        _("Your second step for the console: one was removed"),
        _("“%(name)s” was removed: it no longer opens the console."),
    ),
    "removed_by_another": (
        _("Your second steps for the console were removed"),
        _("An administrator removed all your second steps. Set one up at your next sign-in to the console."),
    ),
    "codes_made": (
        _("Your recovery codes are new"),
        _("New recovery codes were made for the console. The old ones no longer count."),
    ),
    "code_used": (
        _("A recovery code was used"),
        _("One of your recovery codes was used to enter the console. Left: %(left)s."),
    ),
    "guessed": (
        _("Somebody is guessing your codes"),
        _("Somebody signed in with your password and entered wrong codes several times. The console stays shut."),
    ),
}


def tell(user: User, event: str, **values: Any) -> None:
    """Once what happened is certain."""
    transaction.on_commit(partial(_send, user, event, values))


def _send(user: User, event: str, values: dict[str, Any]) -> None:
    """A mail server that is away stops no work."""
    subject, sentence = EVENTS[event]
    with override(user.language):
        site = {"domain": urlsplit(settings.PUBLIC_URL).netloc}
        content = {"sentence": str(sentence) % values, "current_site": site}
        body = render_to_string("console/second_factor_mail.txt", content)
        try:
            send_mail(str(subject), body, settings.DEFAULT_FROM_EMAIL, [user.email])
        except (SMTPException, OSError) as error:
            log.error("mail_not_sent", template=f"second_factor_{event}", error=str(error))


@receiver(authenticator_added)
def added(user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    _tell_of(user, "added", authenticator)


@receiver(authenticator_removed)
def removed(user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    _tell_of(user, "removed", authenticator)


def _tell_of(user: User, event: str, factor: Authenticator) -> None:
    if is_asked_of(user) and factor.type != Authenticator.Type.RECOVERY_CODES:
        with override(user.language):
            tell(user, event, name=named(factor))


def named(factor: Authenticator) -> str:
    return gettext("Authenticator app") if factor.type == Authenticator.Type.TOTP else str(factor)
