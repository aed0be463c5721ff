"""The mail by which a new operator chooses a password."""

from functools import partial
from smtplib import SMTPException

import structlog
from allauth.account import app_settings
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext, override

from accounts.models import Appointment
from accounts.second_factors import is_asked_of

log = structlog.get_logger()


def send(appointment: Appointment) -> None:
    """Once the appointment is certain; in the person's language."""
    transaction.on_commit(partial(_send, appointment))


def _send(appointment: Appointment) -> None:
    """A mail server that is away undoes no appointment: the sign-in page sends another link to whoever asks."""
    person = appointment.user
    token = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(person)
    link = reverse("account_reset_password_from_key", args=[user_pk_to_url_str(person), token])
    with override(person.language):
        content = {
            "network": appointment.network,
            "role": appointment.get_role_display(),
            "link": f"{settings.PUBLIC_URL}{link}",
            "has_second_step": is_asked_of(person),
            "console": f"{settings.PUBLIC_URL}{reverse('admin:index')}",
            "current_site": {"domain": settings.PUBLIC_URL.partition("://")[2]},
        }
        subject = gettext("Choose a password for the console of %(network)s") % {"network": appointment.network}
        body = render_to_string("console/invitation_mail.txt", content)
        try:
            send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [person.email])
        except (SMTPException, OSError) as error:
            log.error("mail_not_sent", template="invitation", error=str(error))
