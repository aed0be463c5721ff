"""E-mail addresses, as the sign-in keeps them."""

from typing import Any, ClassVar

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from stations import rights
from stations.network_admin import NetworkFilter, NetworkScopedAdmin
from stations.rights import Right

admin.site.unregister(EmailAddress)
# Passkeys and codes are their owner's alone. Whoever loses a passkey has the password; for operators see `operators`.
admin.site.unregister(Authenticator)


@admin.register(EmailAddress)
class EmailAddressAdmin(NetworkScopedAdmin):
    """For the question whether a subscriber has confirmed the address."""

    is_personal = True
    people_path = "user"
    network_path = "user__subscriber__network"
    needs: ClassVar = {"view": Right.SEE_PEOPLE}
    with_permission = frozenset({"add", "change"})
    list_display = ("email", "user", "verified", "primary")
    list_filter = (NetworkFilter, "verified")
    search_fields = ("email", "user__full_name")
    ordering = ("-id",)
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[EmailAddress]:
        return super().get_queryset(request).select_related("user__subscriber")

    def is_allowed(self, request: HttpRequest, act: str, obj: Any = None) -> bool:
        """An operator's address is a superuser's to change: whoever sets it can sign in with it."""
        is_operators = obj is not None and (obj.user.is_staff or obj.user.is_superuser)
        is_free = act == "view" or not is_operators or rights.is_superuser(request.user)
        return is_free and super().is_allowed(request, act, obj)
