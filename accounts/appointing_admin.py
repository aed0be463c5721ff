"""The operators of a network: who is appointed to what, by whoever may."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.appointing import appoint, dismiss
from accounts.models import Appointment
from stations import rights
from stations.acts import Act, ActsAdmin, ReasonForm
from stations.models import Network, Proposal
from stations.network_admin import NetworkFilter
from stations.refusals import Refusal, busy_when_locked
from stations.rights import Right, Role


class AppointForm(ReasonForm):
    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=254)
    full_name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=150,
        required=False,
        help_text=gettext_lazy("For an address that nobody here has yet; known people keep their name."),
    )
    network = forms.ModelChoiceField(Network.objects.none(), label=gettext_lazy("Network"))
    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        choices=Role.choices,
        help_text=gettext_lazy("A role that approves what others propose takes four eyes itself."),
    )
    field_order = ("email", "full_name", "network", "role", "reason")

    def offer_networks(self, networks: list[Network]) -> None:
        offered = Network.objects.filter(pk__in=[network.pk for network in networks]).order_by("name")
        self.fields["network"].queryset = offered  # type: ignore[attr-defined]
        if len(networks) == 1:
            self.fields["network"].initial = networks[0]

    def refuse(self, refusal: Refusal) -> None:
        self.add_error(refusal.field if refusal.field in self.fields else None, refusal.message)


DISMISS = Act(
    "dismiss",
    gettext_lazy("Dismiss"),
    dismiss,
    "appointment",
    gettext_lazy(
        "The role is taken away at once. Whoever has no role left is no operator any more, and is signed out "
        "everywhere. A role that approves what others propose takes four eyes."
    ),
    is_grave=True,
)


@admin.register(Appointment)
class AppointmentAdmin(ActsAdmin):
    people_path = "user"
    is_personal = True
    needs: ClassVar = {"view": Right.SEE_TRACES, "add": Right.APPOINT, "act": Right.APPOINT}
    list_display = ("person", "email", "network", "role")
    list_filter = (NetworkFilter, "role")
    search_fields = ("user__email", "user__full_name")
    ordering = ("network__name", "user__full_name", "user__email", "role", "id")
    sortable_by = ()
    fields = readonly_fields = ("person", "email", "network", "role")
    acts = (DISMISS,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Appointment]:
        return super().get_queryset(request).select_related("user", "network")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return super().changelist_view(request, {"title": _("Operators of a network"), **(extra_context or {})})

    @admin.display(description=gettext_lazy("name"))
    def person(self, appointment: Appointment) -> str:
        return str(appointment.user)

    @admin.display(description=gettext_lazy("e-mail"))
    def email(self, appointment: Appointment) -> str:
        return appointment.user.email

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        """Asks anew who one is, as a grave act does."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        page = reverse("admin:accounts_appointment_add")
        if asked := self.admin_site.require_fresh_proof(request, go_on=page):  # type: ignore[attr-defined]
            return asked
        typed = self.admin_site.typed_before(request)  # type: ignore[attr-defined]
        form = AppointForm(request.POST if request.method == "POST" else typed)
        form.offer_networks(rights.networks_with(request.user, Right.APPOINT))
        if request.method != "POST" or not form.is_valid():
            return self.appoint_page(request, form)
        try:
            self.appoint(request, form)
        except Refusal as refusal:
            form.refuse(refusal)
            return self.appoint_page(request, form)
        return HttpResponseRedirect(self.changelist_url(""))

    def appoint(self, request: HttpRequest, form: AppointForm) -> None:
        with transaction.atomic(), busy_when_locked():
            made = appoint(**form.cleaned_data, **_by(request))
            if isinstance(made, Proposal):
                self.trace_proposal(request, made, made)
        if isinstance(made, Proposal):
            self.tell_of_proposal(request, made)
        else:
            self.message_user(request, _("Appointed: %(what)s.") % {"what": made}, messages.SUCCESS)

    def appoint_page(self, request: HttpRequest, form: AppointForm) -> HttpResponse:
        explanation = _(
            "Whoever is new here gets a mail with a link to choose a password, and sets up a second step at the first "
            "sign-in. Whoever operates here already gets the role at once."
        )
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Appoint an operator"),
            "act": {"label": _("Appoint"), "explanation": explanation},
            "form": form,
            "media": self.media + form.media,
            "action_url": reverse("admin:accounts_appointment_add"),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, self.act_template, context)

    def perform(self, request: HttpRequest, act: Act, row: Model, form: ReasonForm) -> Any:
        """The operation leaves its own traces: the row is gone when it has been done."""
        with transaction.atomic(), busy_when_locked():
            result = dismiss(appointment=row, **form.cleaned_data, **_by(request))
            if isinstance(result, Proposal):
                self.trace_proposal(request, row, result)
            return result

    def url_after(self, request: HttpRequest, rows: QuerySet) -> str:
        """The page of a row that is gone is none to go back to."""
        is_there = Appointment.objects.filter(pk=rows[0].pk).exists()
        return super().url_after(request, rows) if is_there else self.changelist_url("")


def _by(request: HttpRequest) -> dict[str, str]:
    return {"actor": f"operator:{request.user.pk}", "came_from": getattr(request, "came_from", "")}
