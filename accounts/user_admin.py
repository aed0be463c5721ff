"""Users and their tokens. Managers appoint the operators of their networks (`accounts.appointing_admin`)."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as StockGroupAdmin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import operations
from accounts.models import ApiToken, Appointment, User
from stations import rights
from stations.acts import Act, ActsAdmin
from stations.network_admin import NetworkFilter, NetworkScopedAdmin, NetworkScopedInline, OperatorsAdmin
from stations.rights import Right


class UserForm(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class NewUserForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email",)

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class AppointmentsOfUser(NetworkScopedInline):
    """Who operates what, and as what: here a superuser says."""

    model = Appointment
    fields = ("network", "role")
    show_change_link = False
    can_delete = True

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return rights.is_superuser(request.user)

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission


@admin.register(User)
class UserAdmin(NetworkScopedAdmin, StockUserAdmin):
    """Operators see the users who subscribe in their networks; operators themselves are seen by superusers."""

    is_personal = True
    people_path = "pk"
    network_path = "subscriber__network"
    needs: ClassVar = {"view": Right.SEE_PEOPLE}
    with_permission = frozenset({"add", "change"})
    form = UserForm
    add_form = NewUserForm
    list_display = ("email", "full_name", "phone", "language", "is_active", "is_staff")
    list_filter = (NetworkFilter, "is_staff", "is_active")
    search_fields = ("email", "full_name", "phone")
    ordering = ("-id",)
    sortable_by = ()
    filter_horizontal = ("groups", "user_permissions")
    inlines = (AppointmentsOfUser,)
    readonly_fields = ("last_login", "date_joined")
    rights = ("is_staff", "is_superuser", "groups", "user_permissions")
    person = (None, {"fields": ("email", "full_name", "phone", "language", "is_active", *readonly_fields)})
    fieldsets = (person, (_("Password"), {"fields": ("password",)}), (_("Rights"), {"fields": rights}))
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "usable_password", "password1", "password2")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).select_related("subscriber")

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if request.user.is_superuser or obj is None else [self.person]

    def get_inlines(self, request: HttpRequest, obj: Model | None) -> Any:
        return super().get_inlines(request, obj) if obj is not None else ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """An operator's account is a superuser's to change: whoever sets its e-mail can sign in with it."""
        is_operator = obj is not None and (obj.is_staff or obj.is_superuser)
        return super().has_change_permission(request, obj) and (request.user.is_superuser or not is_operator)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:
        """People choose their own passwords; a superuser may set one for an operator who cannot."""
        if not request.user.is_superuser:
            self._get_obj_does_not_exist_redirect(request, self.opts, id)
        return super().user_change_password(request, id, form_url)


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(OperatorsAdmin, StockGroupAdmin):
    """What a group permits, its members may: whoever changes one could permit himself everything."""

    def is_allowed(self, request: HttpRequest, act: str, obj: Model | None = None) -> bool:
        return rights.is_superuser(request.user)


class TokenForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        label=_("scopes"), choices=ApiToken.Scope.choices, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = ApiToken
        fields = ("user", "label", "scopes")


def revoke(*, token: ApiToken, actor: str, reason: str) -> None:
    operations.revoke_token(token=token)


@admin.register(ApiToken)
class ApiTokenAdmin(ActsAdmin):
    """Operators see and revoke the tokens of their subscribers; those of operators are a superuser's business."""

    is_personal = True
    people_path = "user"
    network_path = "user__subscriber__network"
    needs: ClassVar = {"view": Right.SEE_PEOPLE, "act": Right.CARE_FOR_PEOPLE}
    with_permission = frozenset({"add"})
    list_display = ("user", "label", "scopes", "created_at", "revoked_at")
    list_filter = (NetworkFilter,)
    search_fields = ("user__email", "user__full_name", "label")
    ordering = ("-id",)
    sortable_by = ()
    form = TokenForm
    autocomplete_fields = ("user",)
    readonly_fields = ("created_at", "revoked_at")
    fields = ("user", "label", "scopes", *readonly_fields)
    acts = (
        Act(
            "revoke",
            _("Revoke the token"),
            revoke,
            "token",
            _("Programs that use it are refused from now on. It cannot be made valid again."),
            concerns=lambda token: token.revoked_at is None,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        tokens = super().get_queryset(request).select_related("user__subscriber")
        return tokens if request.user.is_superuser else tokens.filter(user__is_staff=False)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser and super().has_add_permission(request)

    def save_model(self, request: HttpRequest, obj: ApiToken, form: forms.ModelForm, change: bool) -> None:
        token = operations.issue_token(user=obj.user, scopes=form.cleaned_data["scopes"], label=obj.label)
        obj.pk = ApiToken.objects.get(digest=operations.digest_of_token(token)).pk
        told = _("The token is %(token)s — copy it now: it is shown this once and kept nowhere.") % {"token": token}
        self.message_user(request, told, messages.WARNING)
