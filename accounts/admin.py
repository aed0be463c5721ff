"""People as customer care sees them: subscribers, their contracts, their cards. No password, no key."""

from datetime import date, datetime, time
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import appointing_admin, blocking, blocking_many, operations, plan_admin, user_admin  # noqa: F401
from accounts.models import Badge, Plan, Subscriber, Subscription
from stations import clock
from stations.acts import Act, ActsAdmin, ReasonForm
from stations.admin_lists import QuestionFilter
from stations.network_admin import NetworkFilter, NetworkScopedAdmin, NetworkScopedInline
from stations.refusals import Refusal
from stations.rights import Right


class SubscribeForm(ReasonForm):
    plan = forms.ModelChoiceField(Plan.objects.none(), label=_("Plan"))
    field_order = ("plan", "reason")

    def offer(self, rows: QuerySet) -> None:
        plans = Plan.objects.filter(network__in=rows.values("network"), is_open=True)
        self.fields["plan"].queryset = plans.order_by("name")  # type: ignore[attr-defined]

    def told(self) -> str:
        return f"{self.cleaned_data['plan']}. {super().told()}"


class BadgeForm(ReasonForm):
    uid = forms.CharField(
        label=_("Number of the card"), max_length=64, help_text=_("As a post reads it; only its last four are kept.")
    )
    field_order = ("uid", "reason")

    def told(self) -> str:
        return f"…{self.cleaned_data['uid'].strip()[-4:]}. {super().told()}"


class BlockForm(ReasonForm):
    ground = forms.ChoiceField(label=_("Ground"), choices=Subscriber.Ground.choices)
    until = forms.DateField(
        label=_("Unblock on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("At the first minute of this day the block ends by itself. Empty: until somebody ends it."),
    )
    field_order = ("ground", "reason", "until")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "ground" in cleaned and "reason" in cleaned:
            try:
                blocking.checked_reason(ground=cleaned["ground"], reason=cleaned["reason"])
            except Refusal as refusal:
                self.add_error("reason", refusal.message)
        return cleaned

    def told(self) -> str:
        return f"{Subscriber.Ground(self.cleaned_data['ground']).label}. {super().told()}"


def block(*, subscriber: Subscriber, ground: str, reason: str, actor: str, until: date | None) -> None:
    end = _begin_of(until, subscriber)
    blocking.block(subscriber=subscriber, ground=ground, reason=reason, actor=actor, until=end)


def propose_block(*, rows: Any, ground: str, reason: str, actor: str, until: date | None) -> Any:
    return blocking_many.propose_if_many(
        rows=rows, ground=ground, reason=reason, actor=actor, until=_begin_of(until, rows[0])
    )


def _begin_of(day: date | None, subscriber: Subscriber) -> datetime | None:
    """The day begins where the network is."""
    zone = ZoneInfo(subscriber.network.time_zone)
    return datetime.combine(day, time.min, tzinfo=zone) if day else None


def subscribe(*, subscriber: Subscriber, plan: Plan, actor: str, reason: str) -> Subscription:
    return operations.subscribe(subscriber=subscriber, plan=plan)


def give_badge(*, subscriber: Subscriber, uid: str, actor: str, reason: str) -> Badge:
    return operations.give_badge(subscriber=subscriber, uid=uid)


class SubscriptionsOfSubscriber(NetworkScopedInline):
    model = Subscription
    fields = readonly_fields = ("plan", "starts_at", "ends_at")
    ordering = ("-during",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscription]:
        return super().get_queryset(request).select_related("plan", "subscriber__user")

    @admin.display(description=_("from"))
    def starts_at(self, subscription: Subscription) -> Any:
        return subscription.during.lower

    @admin.display(description=_("until"), empty_value=_("no end"))
    def ends_at(self, subscription: Subscription) -> Any:
        return subscription.during.upper


class BadgesOfSubscriber(NetworkScopedInline):
    model = Badge
    fields = readonly_fields = ("last_four", "is_active")
    ordering = ("id",)


class SubscribedFilter(QuestionFilter):
    title = _("subscription")
    parameter_name = "subscribed"
    answers: ClassVar = {
        "yes": (_("valid now"), lambda rows: rows.exclude(plan_now=None)),
        "no": (_("none valid now"), lambda rows: rows.filter(plan_now=None)),
    }


class SubscriberAdmin(ActsAdmin):
    is_personal = True
    people_path = "user"
    imported_as = "subscribers"
    needs: ClassVar = {"view": Right.SEE_PEOPLE, "act": Right.CARE_FOR_PEOPLE, "import": Right.CARE_FOR_PEOPLE}
    list_display = ("user", "email", "phone", "plan_now", "is_blocked", "network")
    list_filter = (NetworkFilter, "is_blocked", "blocked_ground", SubscribedFilter)
    search_fields = ("user__email", "user__full_name", "user__phone")
    search_help_text = _("E-mail, name, phone, or the reference that events show.")
    ordering = ("-id",)
    sortable_by = ()
    block_fields = ("is_blocked", "blocked_ground", "blocked_reason", "blocked_until")
    fields = ("user", "email", "phone", "network", "reference", "plan_now", *block_fields)
    readonly_fields = fields
    inlines = (SubscriptionsOfSubscriber, BadgesOfSubscriber)
    acts = (
        Act(
            "block",
            _("Block the subscriber"),
            block,
            "subscriber",
            _("No new reservation is possible; a booking that is open goes on to its end."),
            form=BlockForm,
            concerns=lambda subscriber: not subscriber.is_blocked,
            needs=Right.BLOCK_PEOPLE,
            propose_if_many=propose_block,
        ),
        Act(
            "unblock",
            _("Unblock the subscriber"),
            blocking.unblock,
            "subscriber",
            _("Reservations are possible again."),
            concerns=lambda subscriber: subscriber.is_blocked,
            needs=Right.BLOCK_PEOPLE,
        ),
        Act(
            "subscribe",
            _("Start a subscription"),
            subscribe,
            "subscriber",
            _("It starts now and lasts as long as the plan says."),
            form=SubscribeForm,
            concerns=lambda subscriber: subscriber.plan_now is None,
        ),
        Act(
            "give_badge",
            _("Register a badge"),
            give_badge,
            "subscriber",
            _("The card opens the cars that this person reserved."),
            form=BadgeForm,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscriber]:
        valid = Subscription.objects.filter(subscriber=OuterRef("pk"), during__contains=clock.instant())
        rows = super().get_queryset(request).annotate(plan_now=Subquery(valid.values("plan__name")[:1]))
        return rows.select_related("user", "network")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        try:
            return queryset.filter(reference=UUID(search_term.strip())), False
        except ValueError:
            return super().get_search_results(request, queryset, search_term)

    @admin.display(description=_("e-mail"))
    def email(self, subscriber: Subscriber) -> str:
        return subscriber.user.email

    @admin.display(description=_("phone"))
    def phone(self, subscriber: Subscriber) -> str:
        return subscriber.user.phone

    @admin.display(description=_("plan valid now"), empty_value=_("none"))
    def plan_now(self, subscriber: Subscriber) -> str | None:
        return subscriber.plan_now


@admin.register(Subscription)
class SubscriptionAdmin(NetworkScopedAdmin):
    is_personal = True
    people_path = "subscriber__user"
    needs: ClassVar = {"view": Right.SEE_PEOPLE}
    network_path = "subscriber__network"
    list_display = ("subscriber", "plan", "starts_at", "ends_at")
    list_filter = (NetworkFilter,)
    search_fields = ("subscriber__user__email", "subscriber__user__full_name")
    ordering = ("-id",)
    sortable_by = ()
    fields = readonly_fields = ("subscriber", "plan", "starts_at", "ends_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscription]:
        return super().get_queryset(request).select_related("subscriber__user", "plan")

    @admin.display(description=_("from"))
    def starts_at(self, subscription: Subscription) -> Any:
        return subscription.during.lower

    @admin.display(description=_("until"), empty_value=_("no end"))
    def ends_at(self, subscription: Subscription) -> Any:
        return subscription.during.upper


@admin.register(Badge)
class BadgeAdmin(ActsAdmin):
    is_personal = True
    people_path = "subscriber__user"
    network_path = "subscriber__network"
    needs: ClassVar = {"view": Right.SEE_PEOPLE, "act": Right.CARE_FOR_PEOPLE}
    list_display = ("last_four", "subscriber", "is_active")
    list_filter = (NetworkFilter, "is_active")
    search_fields = ("last_four", "subscriber__user__email", "subscriber__user__full_name")
    ordering = ("-id",)
    fields = readonly_fields = ("subscriber", "last_four", "is_active")
    acts = (
        Act(
            "disable",
            _("Switch the badge off"),
            operations.disable_badge,
            "badge",
            _("The card opens nothing any more: for a lost or stolen one. It cannot be switched on again."),
            concerns=lambda badge: badge.is_active,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Badge]:
        return super().get_queryset(request).select_related("subscriber__user")
