"""What one act of an operator is: its operation, what it asks for, and what it says before and after."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy

from stations.models import Proposal
from stations.rights import Right
from stations.touched import Touched


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        help_text=gettext_lazy("It is kept with the act, in the history."),
    )

    def offer(self, rows: QuerySet) -> None:
        """What can be chosen for these rows, for a form that depends on them."""

    def told(self) -> str:
        """What the history says of it."""
        return str(self.cleaned_data["reason"])


@dataclass(frozen=True)
class Act:
    """`operation` is called with the row as its argument `row`, the actor, and what the form asked for."""

    name: str
    label: Any
    operation: Callable[..., Any]
    row: str
    explanation: Any
    form: type[ReasonForm] = ReasonForm
    concerns: Callable[[Any], bool] = lambda _row: True  # on which rows' pages the button is offered
    # What the operator must be told of a result; who may not see people is told no name.
    outcome: Callable[[Any, Any], str] = lambda _result, _user: ""
    needs: Right | None = None  # the right it takes, where that is not the one of the admin's acts
    preview: Callable[[list[Any]], Iterable[Touched]] = lambda _rows: ()  # whom it touches, said before it is done
    # What follows once the act is committed, in transactions of its own; answers what the operator must be told.
    afterwards: Callable[[Any, Any], str] = lambda _row, _user: ""
    is_grave: bool = False  # asks anew who one is, where the console knows how (its `require_fresh_proof`)
    is_for_one: bool = False  # offered on the page of a row, not for many at once
    # What it would mean with what was said, shown once more before it is done. Refuses as the operation does.
    look: Callable[[Any, dict[str, Any]], list[str]] | None = None
    beside: Callable[[Any], dict[str, Any]] = lambda _row: {}  # what the trace compares beside the row's columns
    # Asked first, with all `rows` of one network: a proposal where they are too many for one person to decide.
    propose_if_many: Callable[..., Proposal | None] | None = None

    def perform(self, row: Model, *, actor: str, values: dict[str, Any]) -> Any:
        return self.operation(**{self.row: row}, actor=actor, **values)
