"""Who may do what in a network: roles, rights, and the one table between them.

A person has roles in networks (`accounts.Appointment`), and what a role may do is the same in every network. A
superuser runs the installation and may do everything everywhere. What no right names nobody may do.
"""

from typing import Any

from django.contrib.auth import get_user_model
from django.db import models
from django.utils.translation import gettext_lazy as _

from stations.models import Network


class Role(models.TextChoices):
    CONTROL = "control", _("control room")
    CREW = "crew", _("field crew")
    CARE = "care", _("customer care")
    FINANCE = "finance", _("finance")
    AUDITOR = "auditor", _("auditor")
    MANAGER = "manager", _("network manager")


class Right(models.TextChoices):
    SEE_NETWORK = "see_network", _("see stations, docks, posts and cars")
    RUN_STATIONS = "run_stations", _("open and close stations and docks")
    BUILD_STATIONS = "build_stations", _("add and change stations, docks, posts and places")
    RUN_CARS = "run_cars", _("withdraw cars, return them, move them")
    KEEP_FLEET = "keep_fleet", _("add and change cars")
    SEE_BOOKINGS = "see_bookings", _("see bookings")
    STEER_BOOKINGS = "steer_bookings", _("end trips, lengthen holds, move docks")
    SEE_PEOPLE = "see_people", _("see subscribers")
    CARE_FOR_PEOPLE = "care_for_people", _("give subscriptions, badges and promises")
    BLOCK_PEOPLE = "block_people", _("block and unblock subscribers")
    WORK_TASKS = "work_tasks", _("work field tasks")
    GIVE_TASKS = "give_tasks", _("make and assign field tasks")
    SEE_MACHINES = "see_machines", _("see devices, messages and the log")
    SETTLE_MESSAGES = "settle_messages", _("deal with messages in quarantine")
    KEEP_KEYS = "keep_keys", _("add devices and replace keys")
    SET_RULES = "set_rules", _("set the rules of the network")
    SELL_PLANS = "sell_plans", _("add and change plans")
    APPROVE = "approve", _("approve what takes four eyes")
    SEE_FIGURES = "see_figures", _("see the figures")
    EXPORT = "export", _("export")
    SEE_TRACES = "see_traces", _("see who did and saw what")
    APPOINT = "appoint", _("appoint and dismiss operators")


x, o = True, False
# fmt: off
TABLE: dict[Right, tuple[bool, ...]] = {
    #                       control  crew   care finance auditor manager
    Right.SEE_NETWORK:     (x,       x,     x,     x,      x,      x),
    Right.RUN_STATIONS:    (x,       o,     o,     o,      o,      x),
    Right.BUILD_STATIONS:  (o,       o,     o,     o,      o,      x),
    Right.RUN_CARS:        (x,       x,     o,     o,      o,      x),
    Right.KEEP_FLEET:      (o,       o,     o,     o,      o,      x),
    Right.SEE_BOOKINGS:    (x,       o,     x,     x,      x,      x),
    Right.STEER_BOOKINGS:  (x,       o,     x,     o,      o,      x),
    Right.SEE_PEOPLE:      (x,       o,     x,     x,      x,      x),
    Right.CARE_FOR_PEOPLE: (o,       o,     x,     o,      o,      x),
    Right.BLOCK_PEOPLE:    (o,       o,     x,     o,      o,      x),
    Right.WORK_TASKS:      (x,       x,     o,     o,      o,      x),
    Right.GIVE_TASKS:      (x,       o,     o,     o,      o,      x),
    Right.SEE_MACHINES:    (x,       o,     o,     o,      x,      x),
    Right.SETTLE_MESSAGES: (x,       o,     o,     o,      o,      x),
    Right.KEEP_KEYS:       (o,       o,     o,     o,      o,      x),
    Right.SET_RULES:       (o,       o,     o,     o,      o,      x),
    Right.SELL_PLANS:      (o,       o,     o,     x,      o,      x),
    Right.APPROVE:         (o,       o,     o,     x,      o,      x),
    Right.SEE_FIGURES:     (x,       o,     o,     x,      x,      x),
    Right.EXPORT:          (o,       o,     o,     x,      x,      x),
    Right.SEE_TRACES:      (o,       o,     o,     o,      x,      x),
    Right.APPOINT:         (o,       o,     o,     o,      o,      x),
}
# fmt: on


def grants(role: Role, right: Right) -> bool:
    return TABLE[right][list(Role).index(role)]


def appointments_of(user: Any) -> list[Any]:
    """What this person is, and where; asked of the database once a request."""
    if not hasattr(user, "known_appointments"):
        rows = user.appointments.select_related("network").order_by("network__name")
        user.known_appointments = list(rows) if user.is_active else []
    known: list[Any] = user.known_appointments
    return known


def networks_with(user: Any, right: Right) -> list[Network]:
    """Where this person has the right, by name."""
    if not is_superuser(user):
        found = {one.network_id: one.network for one in appointments_of(user) if grants(Role(one.role), right)}
        return list(found.values())
    if not hasattr(user, "every_network"):
        user.every_network = list(Network.objects.order_by("name"))
    every: list[Network] = user.every_network
    return every


def has_anywhere(user: Any, right: Right) -> bool:
    return is_superuser(user) or any(grants(Role(one.role), right) for one in appointments_of(user))


def has_in(user: Any, right: Right, network_id: int | None) -> bool:
    """Whether the person has the right in this network; what belongs to no network is a superuser's."""
    here = (one for one in appointments_of(user) if one.network_id == network_id)
    return is_superuser(user) or any(grants(Role(one.role), right) for one in here)


def others_with(right: Right, network_id: int, *, besides: Any) -> bool:
    """Whether somebody else has the right there by a role; superusers, who have it everywhere, aside."""
    roles = [role for role in Role if grants(role, right)]
    people = get_user_model()._default_manager.filter(is_active=True, is_staff=True).exclude(pk=besides.pk)
    return people.filter(appointments__network=network_id, appointments__role__in=roles).exists()


def person_behind(actor: str) -> Any:
    """The person whom “operator:12” stands for, as he stands now; None for any other actor."""
    kind, _colon, key = actor.partition(":")
    known = kind == "operator" and key.isdecimal()
    return get_user_model()._default_manager.filter(pk=int(key)).first() if known else None


def is_superuser(user: Any) -> bool:
    return bool(user.is_active and user.is_superuser)
