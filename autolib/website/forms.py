"""Forms of the account. Their labels say the same words everywhere."""

from typing import Any

from allauth.account import forms as account
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import ApiToken, Plan, User
from autolib.website.languages import own_names


class PlainFields:
    """Labels above the fields instead of words inside them that vanish on the first key."""

    labels: dict[str, Any] = {}
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)


class NewPassword(PlainFields):
    """One short sentence instead of a list of everything that a password may not be."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = _("8 characters or more, and nothing that is easy to guess.")


class PlanField(forms.ModelChoiceField):
    def label_from_instance(self, plan: Plan) -> str:
        days = plan.duration_days
        lasts = (
            ngettext("valid for %(days)s day", "valid for %(days)s days", days) % {"days": days}
            if days
            else _("valid until you end it")
        )
        return f"{plan.name} · {lasts}"


class SignupForm(NewPassword, account.SignupForm):
    labels = {"email": _("E-mail"), "password1": _("Password")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plans = list(Plan.objects.filter(network__slug=settings.NETWORK, is_open=True).order_by("pk"))
        if plans:
            free_to_leave = next((plan for plan in plans if plan.duration_days is None), plans[0])
            self.fields["plan"] = PlanField(
                Plan.objects.filter(pk__in=[plan.pk for plan in plans]).order_by("pk"),
                to_field_name="code",
                label=_("Plan"),
                initial=free_to_leave.code,
                empty_label=None,
                widget=forms.RadioSelect,
            )


class LoginForm(PlainFields, account.LoginForm):
    labels = {"login": _("E-mail"), "password": _("Password"), "remember": _("Stay signed in on this device")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""
        # Browsers offer a passkey where they offer the address.
        self.fields["login"].widget.attrs["autocomplete"] = "username webauthn"


class ReauthenticateForm(PlainFields, account.ReauthenticateForm):
    labels = {"password": _("Password")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""


class AddEmailForm(PlainFields, account.AddEmailForm):
    labels = {"email": _("E-mail")}


class ResetPasswordForm(PlainFields, account.ResetPasswordForm):
    labels = {"email": _("E-mail")}


class ResetPasswordKeyForm(NewPassword, account.ResetPasswordKeyForm):
    labels = {"password1": _("New password"), "password2": _("The same password again")}


class SetPasswordForm(NewPassword, account.SetPasswordForm):
    labels = {"password1": _("New password"), "password2": _("The same password again")}


class ChangePasswordForm(NewPassword, account.ChangePasswordForm):
    labels = {
        "oldpassword": _("Present password"),
        "password1": _("New password"),
        "password2": _("The same password again"),
    }


class ProfileForm(forms.ModelForm):
    language = forms.ChoiceField(label=_("Language"), choices=own_names)

    class Meta:
        model = User
        fields = ["full_name", "language"]
        labels = {"full_name": _("Name")}
        widgets = {"full_name": forms.TextInput(attrs={"autocomplete": "name"})}


class TokenForm(forms.ModelForm):
    class Meta:
        model = ApiToken
        fields = ["label"]
        labels = {"label": _("What it is for")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["label"].required = True
