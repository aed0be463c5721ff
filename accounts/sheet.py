"""Subscribers from a table. Whoever is known elsewhere, operates, or has left is refused alike, and nothing is told."""

import re
from collections.abc import Sequence

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.enrolment import Newcomer, enrol
from accounts.models import Plan, Subscriber, Subscription, User
from stations import clock
from stations.import_runs import Changed, Done, Unit, differing
from stations.importing import PlanOutdated
from stations.models import Network
from stations.rights import Right
from stations.sheets.columns import BadCell, Column, email, one_of, text_of
from stations.sheets.kinds import Change, Comparison, Line, Sheet

COLUMN_OF = {"name": "full_name", "phone": "phone", "language": "language"}


def phone(text: str) -> str:
    if not re.fullmatch(r"\+?[0-9][0-9 ().-]{3,18}", text):
        raise BadCell(_("It must be a telephone number like +33 6 12 34 56 78."))
    return text


class SubscriberSheet(Sheet):
    kind = "subscribers"
    label = gettext_lazy("subscribers")
    needs = Right.CARE_FOR_PEOPLE
    key = ("email",)
    columns = (
        Column("email", gettext_lazy("address by which the person signs in"), "anne@example.org", email),
        Column("name", gettext_lazy("first name and name"), "Anne Martin", text_of(150)),
        Column("phone", gettext_lazy("with the code of the country"), "+33 6 12 34 56 78", phone, is_required=False),
        Column(
            "language",
            gettext_lazy("in which the person is written to: fr or en"),
            "fr",
            one_of(*dict(settings.LANGUAGES)),
            is_required=False,
        ),
        Column(
            "plan",
            gettext_lazy("code of the plan that starts once the address is confirmed"),
            "year",
            text_of(50),
            is_required=False,
        ),
    )

    def compare(self, network: Network, lines: Sequence[Line]) -> Comparison:
        comparison, known = Comparison(), _Known(network, lines)
        for line in lines:
            subscriber = known.subscribers.get(line.values["email"])
            if _is_refused(comparison, known, line, subscriber):
                continue
            if subscriber is None:
                comparison.created.append(line)
            else:
                comparison.say(line, subscriber.pk, known.standing(subscriber))
        return comparison

    def write(self, network: Network, comparison: Comparison, *, actor: str) -> Done:
        """Locks: the people who change, by id."""
        done = Done()
        plans = {plan.code: plan for plan in Plan.objects.filter(network=network)}
        _change(comparison.changed, plans, done)
        home = next(iter(network.languages), settings.LANGUAGE_CODE)
        people = [
            Newcomer(
                email=line.values["email"],
                full_name=line.values["name"],
                phone=line.values["phone"] or "",
                language=line.values["language"] or home,
                wanted_plan=plans.get(line.values["plan"]),
            )
            for line in comparison.created
        ]
        for each in enrol(network=network, people=people):
            done.created.append(Unit(each.subscriber, [each.user, each.address, each.subscriber]))
        return done


class _Known:
    """Who is known by the addresses of the lines: whom this network may change, and the addresses that are taken."""

    def __init__(self, network: Network, lines: Sequence[Line]) -> None:
        emails = [line.values["email"] for line in lines]
        users = User.objects.annotate(lower_email=Lower("email")).filter(lower_email__in=emails)
        taken = EmailAddress.objects.annotate(lower_email=Lower("email")).filter(lower_email__in=emails, verified=True)
        own = Subscriber.objects.filter(
            user__in=users, network=network, user__is_active=True, user__is_staff=False, user__is_superuser=False
        ).select_related("user", "wanted_plan")
        self.network = network
        self.subscribers = {each.user.email.lower(): each for each in own}
        changeable = {each.user_id for each in own}
        addresses = set(users.values_list("lower_email", flat=True))
        addresses |= {each.email.lower() for each in taken if each.user_id not in changeable}
        self.taken = addresses - self.subscribers.keys()
        self.plans = {plan.code: plan for plan in Plan.objects.filter(network=network)}
        valid = Subscription.objects.filter(subscriber__in=own, during__contains=clock.instant())
        self.valid = {each.subscriber_id: each.plan.code for each in valid.select_related("plan")}

    def standing(self, subscriber: Subscriber) -> dict[str, str]:
        user = subscriber.user
        wanted = subscriber.wanted_plan.code if subscriber.wanted_plan else ""
        plan = self.valid.get(subscriber.pk, wanted)
        return {"name": user.full_name, "phone": user.phone, "language": user.language, "plan": plan}


def _is_refused(comparison: Comparison, known: _Known, line: Line, subscriber: Subscriber | None) -> bool:
    if line.values["email"] in known.taken:
        comparison.refuse(line, "email", _("This address cannot be imported."))
        return True
    code = line.values["plan"]
    why = _against_plan(known, code, subscriber) if code else ""
    if why:
        comparison.refuse(line, "plan", why)
    return bool(why)


def _against_plan(known: _Known, code: str, subscriber: Subscriber | None) -> str:
    valid = known.valid.get(subscriber.pk) if subscriber is not None else None
    if valid is not None:
        told = _("A subscription to “%(plan)s” is valid now. Leave the cell empty.")
        return "" if valid == code else told % {"plan": valid}
    plan = known.plans.get(code)
    if plan is None:
        return _("There is no plan with this code in %(network)s.") % {"network": known.network}
    return "" if plan.is_open else _("This plan is not open to new subscribers.")


def _change(changes: Sequence[Change], plans: dict[str, Plan], done: Done) -> None:
    locked = Subscriber.objects.select_related("user").select_for_update(of=("self", "user"), no_key=True)
    locked = locked.filter(pk__in=[change.pk for change in changes], user__is_active=True)
    people = {each.pk: each for each in locked.order_by("user_id")}
    if len(people) < len(changes):  # somebody left meanwhile
        raise PlanOutdated
    for change in changes:
        subscriber = people[change.pk]
        user = subscriber.user
        before = {column: getattr(user, column) for column in COLUMN_OF.values()}
        for name, column in COLUMN_OF.items():
            setattr(user, column, change.after.get(name, before[column]))
        news = differing(before, {column: getattr(user, column) for column in COLUMN_OF.values()})
        if news[1]:
            user.save(update_fields=list(news[1]))
            done.changed.append(Changed(user, *news))
        if "plan" in change.after:
            wanted = {"wanted_plan_id": subscriber.wanted_plan_id}
            subscriber.wanted_plan = plans[change.after["plan"]]
            subscriber.save(update_fields=["wanted_plan"])
            now = {"wanted_plan_id": subscriber.wanted_plan_id}
            done.changed.append(Changed(subscriber, *differing(wanted, now)))
