"""How sign-up fits the product: a person who signs up becomes a subscriber of this site's network."""

from smtplib import SMTPException
from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.account.models import EmailAddress
from allauth.core import context as current
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from accounts.models import Subscriber, User
from accounts.operations import become_subscriber, current_subscription, subscribe_as_wanted
from accounts.push import drop_subscription
from autolib.callers import address_of
from autolib.website.languages import remember_language
from autolib.website.networks import network_of

log = structlog.get_logger()


class AccountAdapter(DefaultAccountAdapter):
    def save_user(self, request: HttpRequest, user: User, form: BaseForm, commit: bool = True) -> User:
        network = network_of(request)
        user.language = get_language() or user.language
        with transaction.atomic():
            super().save_user(request, user, form, commit=commit)
            become_subscriber(user=user, network=network, wanted_plan=form.cleaned_data.get("plan"))
        return user

    def set_password(self, user: User, password: str) -> None:
        """That column alone: a whole row that was read before somebody left would bring the person back."""
        user.set_password(password)
        if user.pk is not None:
            user.save(update_fields=["password"])

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """The contract starts here and not before: nobody is bound by a form that somebody else filled in."""
        is_confirmed = super().confirm_email(request, email_address)
        if is_confirmed:
            subscribe_as_wanted(user=email_address.user)
        return is_confirmed

    def get_login_stages(self) -> list[str]:
        """A passkey is another way in, never a second hurdle: whoever lost the phone gets in by password."""
        return [stage for stage in super().get_login_stages() if not stage.startswith("allauth.mfa.")]

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, Any]]:
        """In our own words. An operator's codes say who one is in the console, and not here."""
        flows = {flow["id"]: flow for flow in get_reauthentication_flows(user)}
        ways = []
        if "reauthenticate" in flows:
            ways.append(("reauthenticate", _("Use your password"), "account_reauthenticate"))
        if Authenticator.Type.WEBAUTHN in flows.get("mfa_reauthenticate", {}).get("types", []):
            ways.append(("mfa_reauthenticate:webauthn", _("Use a passkey"), "mfa_reauthenticate_webauthn"))
        return [{"id": name, "description": words, "url": reverse(page)} for name, words, page in ways]

    def send_goodbye(self, *, email: str, language: str) -> None:
        """To the address that the account had. A mail server that is away brings no account back."""
        try:
            with override(language):
                super().send_mail("account/email/account_deleted", email, {})
        except (SMTPException, OSError) as error:
            log.error("mail_not_sent", template="account_deleted", error=str(error))

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Speak the person's language, and ask whoever has no plan yet to choose one before they go on."""
        response = super().post_login(request, user, **kwargs)
        if not user.is_staff and not _is_subscribed(user):
            go_on = urlencode({"next": response["Location"]})
            response = HttpResponseRedirect(f"{reverse('plans')}?{go_on}")
        return remember_language(response, user.language)

    def logout(self, request: HttpRequest) -> None:
        """The page says which device it is on: whoever signs in there next must not read this person's notices."""
        endpoint = request.POST.get("push_endpoint", "")
        if endpoint and isinstance(request.user, User):
            drop_subscription(user=request.user, endpoint=endpoint)
        super().logout(request)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A mail server that is away must not break the page: the person is told, and may ask again."""
        try:
            super().send_mail(template_prefix, email, context)
        except (SMTPException, OSError) as error:
            log.error("mail_not_sent", template=template_prefix, error=str(error))
            messages.error(
                current.request, _("The e-mail could not be sent just now. Please ask for it again in a minute.")
            )

    def get_client_ip(self, request: HttpRequest) -> str:
        return address_of(request)


def _is_subscribed(user: User) -> bool:
    subscriber = Subscriber.objects.filter(user=user).first()
    return subscriber is not None and current_subscription(subscriber) is not None
