"""The users' admin, with what only the console knows: the second steps of operators."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import second_factors
from accounts.models import User
from accounts.user_admin import UserAdmin
from autolib.console import factor_mail, proof
from stations.acts import Act, ActsAdmin


def may_remove_factors(user: Any) -> bool:
    """Of other operators; nobody removes his own here."""
    return bool(user.is_active and user.is_superuser)


def remove_factors(*, user: User, actor: str, reason: str) -> None:
    second_factors.remove_all(user=user, actor=actor, reason=reason)
    factor_mail.tell(user, "removed_by_another")


admin.site.unregister(User)


@admin.register(User)
class OperatorsUserAdmin(ActsAdmin, UserAdmin):
    acts = (
        Act(
            "remove_second_steps",
            _("Remove the second steps"),
            remove_factors,
            "user",
            _(
                "For an operator who lost the phone, and whom you know by voice or sight. The app, the passkeys and "
                "the recovery codes open nothing any more; the operator is signed out everywhere, told by e-mail, and "
                "sets up anew at the next sign-in."
            ),
            concerns=lambda user: user.is_staff and Authenticator.objects.filter(user=user).exists(),
            is_grave=True,
        ),
    )

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._asked_first(request) or super().changeform_view(request, *args, **kwargs)

    def user_change_password(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._asked_first(request) or super().user_change_password(request, *args, **kwargs)

    def _asked_first(self, request: HttpRequest) -> Any:
        """Whoever may make operators says anew who he is: before the form is shown, so that nothing typed is lost."""
        if not request.user.is_superuser:
            return None
        return proof.require_fresh_proof(request, go_on=request.get_full_path())

    def may_act(self, request: HttpRequest, act: Act, obj: Model | None = None) -> bool:
        return may_remove_factors(request.user)
