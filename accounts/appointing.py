"""Who operates a network, and as what: appointed and dismissed by its managers.

A role that may approve what takes four eyes takes four eyes itself, to give and to take away: otherwise one manager
could make a second one of himself. Superusers decide alone.
"""

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import invitations, sign_ins
from accounts.erasing import erase, is_erased
from accounts.models import Appointment, Subscriber, User
from accounts.refusals import (
    AccountClosed,
    AlreadyAppointed,
    AppointmentProposed,
    NameRequired,
    NotAnOperator,
    NotAppointed,
    OwnAppointment,
)
from stations import clock, four_eyes, rights, traces
from stations.four_eyes import Change, Kind
from stations.models import Network, Proposal
from stations.refusals import require_reason
from stations.rights import Right, Role


def appoint(
    *, email: str, full_name: str, network: Network, role: str, reason: str, actor: str, came_from: str = ""
) -> Appointment | Proposal:
    """Give the role to whoever has this address: to a new operator, who is invited by mail, or to a known one.

    A proposal where the role takes four eyes. Traced here. Refuses ReasonRequired, NameRequired for an unknown address,
    NotAnOperator for a subscriber's, AccountClosed, OwnAppointment, AlreadyAppointed and AppointmentProposed. Lock: the
    person.
    """
    reason, role = require_reason(reason), Role(role)
    with transaction.atomic():
        person = _person_at(email, full_name, network)
        _check(person, actor)
        if _takes_four_eyes(role, actor):
            if Appointment.objects.filter(user=person, network=network, role=role).exists():
                raise AlreadyAppointed
            return _propose(APPOINT, person, network, role, reason, actor)
        return _give(person, network, role, reason=reason, actor=actor, came_from=came_from)


def dismiss(*, appointment: Appointment, reason: str, actor: str, came_from: str = "") -> Proposal | None:
    """Take the role away; whose last one it was is no operator any more, and is signed out everywhere.

    Who never came is forgotten. A proposal where the role takes four eyes. Traced here. Refuses ReasonRequired,
    OwnAppointment, NotAppointed and AppointmentProposed. Lock: the person.
    """
    reason, role = require_reason(reason), Role(appointment.role)
    with transaction.atomic():
        person = _locked(appointment.user_id)
        _refuse_oneself(person, actor)
        _standing(person, appointment.network, role)
        if _takes_four_eyes(role, actor):
            return _propose(DISMISS, person, appointment.network, role, reason, actor)
        _take(person, appointment.network, role, reason=reason, actor=actor, came_from=came_from)
        return None


def forget_the_unappointed() -> int:
    """Erase who was proposed and never appointed, once no proposal of it is open; how many. Lock: the person.

    Only who has never signed in and has nothing else here: a proposal made that account, and nothing came of it.
    """
    proposed = Proposal.objects.filter(what=APPOINT.name).exclude(decision=Proposal.Decision.APPROVED)
    known = Q(subscriber__isnull=False) | Q(appointments__isnull=False) | Q(emailaddress__isnull=False)
    never = User.objects.filter(pk__in={int(key) for key in proposed.values_list("arguments__user", flat=True)})
    never = never.filter(is_active=True, is_staff=False, is_superuser=False, last_login=None).exclude(known)
    never = never.filter(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    count = 0
    for key in list(never.values_list("pk", flat=True)):
        with transaction.atomic():
            person = _locked(key)
            if never.filter(pk=key).exists() and not _proposed(arguments__user=key).exists():
                erase(user=person)
                count += 1
    return count


def _person_at(email: str, full_name: str, network: Network) -> User:
    """Locked. Whoever is new is no operator before the appointment stands."""
    email, full_name = User.objects.normalize_email(email).strip().lower(), full_name.strip()
    at_address = User.objects.select_for_update(no_key=True).filter(email__iexact=email)
    if known := at_address.first():
        return known
    if _is_verified_by_another(email):
        raise NotAnOperator(field="email")
    if not full_name:
        raise NameRequired(field="full_name")
    new = {"email": email, "full_name": full_name, "language": network.languages[0], "password": make_password(None)}
    User.objects.get_or_create(email__iexact=email, defaults=new)
    return at_address.get()


def _is_verified_by_another(email: str) -> bool:
    """Whoever was appointed at this address since it was last looked for is not another."""
    verified = EmailAddress.objects.filter(email__iexact=email, verified=True)
    return verified.exclude(user__email__iexact=email).exists()


def _locked(user_id: int) -> User:
    return User.objects.select_for_update(no_key=True).get(pk=user_id)


def _check(person: User, *actors: str) -> None:
    """Whoever was an operator once may be one again; a subscriber is none by the same account."""
    if not person.is_active:
        raise AccountClosed(field="email")
    is_other = person.is_superuser or Subscriber.objects.filter(user=person).exists()
    if not person.is_staff and is_other:
        raise NotAnOperator(field="email")
    _refuse_oneself(person, *actors)


def _refuse_oneself(person: User, *actors: str) -> None:
    if f"operator:{person.pk}" in actors and not rights.is_superuser(person):
        raise OwnAppointment


def _takes_four_eyes(role: Role, actor: str) -> bool:
    decider = rights.person_behind(actor)
    is_alone = decider is not None and rights.is_superuser(decider)
    return rights.grants(role, Right.APPROVE) and not is_alone


def _standing(person: User, network: Network, role: Role) -> Appointment:
    found = Appointment.objects.filter(user=person, network=network, role=role).first()
    if found is None:
        raise NotAppointed
    return found


def _propose(kind: Kind, person: User, network: Network, role: Role, reason: str, actor: str) -> Proposal:
    arguments = {"user": person.pk, "role": role.value}
    if _proposed(network=network, what=kind.name, arguments=arguments).exists():
        raise AppointmentProposed
    return four_eyes.propose(network=network, what=kind.name, arguments=arguments, reason=reason, actor=actor)


def _proposed(**what: Any) -> QuerySet[Proposal]:
    return Proposal.objects.filter(decision="", expires_at__gt=clock.instant(), **what)


def _give(person: User, network: Network, role: Role, *, actor: str, **told: Any) -> Appointment:
    made, is_new = Appointment.objects.get_or_create(user=person, network=network, role=role)
    if not is_new:
        raise AlreadyAppointed
    _trace("appoint", made, actor=actor, after=_said(made), **told)
    if not person.is_staff:
        _set_operator(person, made, act="appoint", actor=actor, **told)
        if not person.has_usable_password():
            _invite(person, made)
    return made


def _take(person: User, network: Network, role: Role, *, actor: str, **told: Any) -> None:
    row = _standing(person, network, role)
    _trace("dismiss", row, actor=actor, before=_said(row), **told)
    if person.is_staff and not person.is_superuser and not person.appointments.exclude(pk=row.pk).exists():
        _set_operator(person, row, act="dismiss", actor=actor, **told)
        sign_ins.end(person.sign_ins.all())
    row.delete()
    if not person.is_staff and _has_never_come(person):
        erase(user=person)


def _has_never_come(person: User) -> bool:
    """Invited and dismissed before anybody followed the link: perhaps the address was somebody else's."""
    is_new = person.last_login is None and not person.has_usable_password()
    return is_new and not Subscriber.objects.filter(user=person).exists()


def _set_operator(person: User, row: Appointment, *, act: str, **told: Any) -> None:
    before, after = {"is_staff": person.is_staff}, {"is_staff": not person.is_staff}
    person.is_staff = not person.is_staff
    person.save(update_fields=["is_staff"])
    _trace(act, row, about=person, before=before, after=after, **told)


def _invite(person: User, row: Appointment) -> None:
    """The link that is sent to the address is the only way in: whoever comes has shown that it is theirs."""
    shown = {"verified": True, "primary": True}
    EmailAddress.objects.update_or_create(user=person, email=person.email, defaults=shown)
    invitations.send(row)


def _said(row: Appointment) -> dict[str, Any]:
    return {"user": row.user_id, "role": row.role}


def _trace(act: str, row: Appointment, *, about: User | None = None, **told: Any) -> None:
    of = about or row
    traces.write(network_id=row.network_id, act=act, model=of._meta.label_lower, object_id=of.pk, **told)


def _appoint_as_approved(proposal: Proposal, actor: str) -> Appointment:
    person, role = _locked(proposal.arguments["user"]), Role(proposal.arguments["role"])
    _check(person, proposal.proposed_by, actor)
    return _give(person, proposal.network, role, reason=proposal.reason, actor=actor, data=_by(proposal))


def _dismiss_as_approved(proposal: Proposal, actor: str) -> None:
    person, role = _locked(proposal.arguments["user"]), Role(proposal.arguments["role"])
    _refuse_oneself(person, proposal.proposed_by, actor)
    _take(person, proposal.network, role, reason=proposal.reason, actor=actor, data=_by(proposal))


def _by(proposal: Proposal) -> dict[str, Any]:
    return {"proposal": proposal.pk, "proposed_by": proposal.proposed_by}


def _would_change(proposal: Proposal) -> list[Change]:
    """Named by number in what is kept; by name and address on the page, since a name alone can be anybody's."""
    key, role = proposal.arguments["user"], Role(proposal.arguments["role"])
    person = User.objects.get(pk=key)
    has_it = Appointment.objects.filter(user=key, network=proposal.network_id, role=role).exists()
    label = _("%(who)s (%(email)s) is %(role)s")
    if is_erased(person):
        label = _("Somebody whose account has been erased is %(role)s")
    said = {"who": person.full_name, "email": person.email, "role": role.label}
    return [Change(f"user {key} {role}", label % said, has_it, proposal.what == APPOINT.name)]


APPOINT = Kind(
    "appoint", gettext_lazy("Appoint an operator"), _appoint_as_approved, _would_change, Right.APPOINT, is_traced=True
)
DISMISS = Kind(
    "dismiss", gettext_lazy("Dismiss an operator"), _dismiss_as_approved, _would_change, Right.APPOINT, is_traced=True
)
four_eyes.register(APPOINT)
four_eyes.register(DISMISS)
