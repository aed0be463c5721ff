"""What is asked of a person who asks for field work, or gives it to somebody."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from stations import rights
from stations.acts import Act, ReasonForm
from stations.models import Dock, Network
from stations.network_admin import SameNetworkForm
from stations.rights import Right, Role
from vehicles import fieldwork
from vehicles.models import FieldTask, Vehicle


class AskForm(ReasonForm):
    kind = forms.ChoiceField(label=_("What to do"), choices=FieldTask.Kind.choices)
    urgency = forms.TypedChoiceField(
        label=_("Urgency"), choices=FieldTask.Urgency.choices, coerce=int, initial=FieldTask.Urgency.TODAY
    )
    field_order = ("kind", "urgency", "reason")

    def told(self) -> str:
        return f"{FieldTask.Kind(self.cleaned_data['kind']).label}. {super().told()}"


def ask_about_car(*, vehicle: Vehicle, kind: str, urgency: int, reason: str, actor: str) -> FieldTask:
    return ask(vehicle.network, kind, urgency, reason, actor, vehicle=vehicle)


def ask_about_dock(*, dock: Dock, kind: str, urgency: int, reason: str, actor: str) -> FieldTask:
    return ask(dock.station.network, kind, urgency, reason, actor, dock=dock)


def ask(network: Network, kind: str, urgency: int, reason: str, actor: str, **concerned: Any) -> FieldTask:
    return fieldwork.ask_for(
        network=network,
        kind=FieldTask.Kind(kind),
        urgency=FieldTask.Urgency(urgency),
        why=reason,
        actor=actor,
        **concerned,
    )


def ask_act(row: str, operation: Any) -> Act:
    """The button on the page of a car or a dock."""
    explanation = _("The crews see it on their phones at once. It stays open until somebody has done it.")
    return Act("ask", _("Ask for field work"), operation, row, explanation, form=AskForm, needs=Right.GIVE_TASKS)


CREW = [role for role in Role if rights.grants(role, Right.WORK_TASKS)]


class PersonField(forms.ModelChoiceField):
    def label_from_instance(self, person: Any) -> str:
        return str(person)


class AssignForm(ReasonForm):
    person = PersonField(User.objects.none(), label=_("Who"))
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)
    field_order = ("person", "reason")

    def offer(self, rows: QuerySet) -> None:
        """Only who works tasks in the network of every row can be given them."""
        people = User.objects.filter(is_active=True)
        for network_id in set(rows.order_by().values_list("network", flat=True)):
            crew = Q(appointments__network=network_id, appointments__role__in=CREW)
            people = people.filter(pk__in=User.objects.filter(crew).values("pk"))
        self.fields["person"].queryset = people.order_by("full_name", "email")  # type: ignore[attr-defined]


class TaskForm(SameNetworkForm):
    why = forms.CharField(label=_("Why"), max_length=300, widget=forms.Textarea(attrs={"rows": 3, "cols": 60}))

    class Meta:
        model = FieldTask
        fields = ("network", "kind", "urgency", "vehicle", "dock", "station", "target", "why")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        car, dock, station = (cleaned.get(name) for name in ("vehicle", "dock", "station"))
        if not self.errors and (not (car or dock or station) or (car and dock)):
            raise forms.ValidationError(
                _("Choose one: a car, a dock or a station. A car may have a station beside it.")
            )
        return cleaned
