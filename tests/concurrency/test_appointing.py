"""Many who appoint the same person at once appoint once. The control looks first and has no lock: twice."""

from functools import partial
from threading import Event
from typing import Any
from unittest.mock import patch

import pytest
from django.db import IntegrityError, connection

from accounts import appointing
from accounts.erasing import is_erased
from accounts.models import Appointment, User
from accounts.refusals import AlreadyAppointed
from stations import four_eyes
from stations.models import Network, Proposal, Trace
from stations.rights import Role
from tests import factories
from tests.concurrency.rivals import at_once, wait_until_somebody_waits

pytestmark = pytest.mark.django_db(transaction=True)

RIVALS = 12


@pytest.fixture
def network(transactional_db: None) -> Network:
    return factories.network()


def rivals_for(network: Network, role: Role) -> list[Any]:
    managers = [factories.operator(network, name="Odile") for _ in range(RIVALS)]
    said = {"email": "nina@city.example", "full_name": "Nina", "network": network, "role": role, "reason": "x"}
    return [partial(appointing.appoint, **said, actor=f"operator:{one.pk}") for one in managers]


def codes(outcomes: list[Any]) -> list[str]:
    return sorted(getattr(outcome, "code", type(outcome).__name__) for outcome in outcomes)


def test_many_who_appoint_a_new_person_at_once_make_one_operator(network: Network) -> None:
    outcomes = at_once(rivals_for(network, Role.CREW))

    assert codes(outcomes) == ["Appointment"] + ["already_appointed"] * (RIVALS - 1)
    assert User.objects.filter(email="nina@city.example").count() == 1
    assert Trace.objects.filter(model="accounts.appointment").count() == 1


def test_whoever_is_appointed_between_two_looks_is_already_appointed(network: Network) -> None:
    late, early = rivals_for(network, Role.CREW)[:2]
    has_come_between: list[Any] = []

    def let_the_other_come_between(execute: Any, sql: str, *given: Any) -> Any:
        answer = execute(sql, *given)
        if 'FROM "accounts_user"' in sql and not has_come_between:
            has_come_between.extend(at_once([early]))
        return answer

    with connection.execute_wrapper(let_the_other_come_between), pytest.raises(AlreadyAppointed):
        late()

    assert codes(has_come_between) == ["Appointment"]


def test_many_who_propose_the_same_at_once_propose_it_once(network: Network) -> None:
    outcomes = at_once(rivals_for(network, Role.MANAGER))

    assert codes(outcomes) == ["Proposal"] + ["appointment_proposed"] * (RIVALS - 1)
    assert Proposal.objects.count() == 1


def test_control_without_the_lock_it_is_proposed_again(network: Network) -> None:
    factories.user("nina@city.example")
    propose = appointing._propose

    def slowly(*given: Any) -> Any:
        made = propose(*given)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.1)")
        return made

    with (
        patch.object(appointing, "_person_at", lambda email, *_: User.objects.get(email=email)),
        patch.object(appointing, "_propose", slowly),
    ):
        at_once(rivals_for(network, Role.MANAGER)[:4])

    assert Proposal.objects.count() > 1


def propose_while_it_is_forgotten(network: Network) -> User:
    """Whom one proposes once more while another one forgets that he was proposed in vain."""
    again, other = rivals_for(network, Role.MANAGER)[:2]
    proposal = other()
    key = proposal.arguments["user"]
    four_eyes.take_back(proposal=proposal, actor=proposal.proposed_by, reason="x")
    is_held, propose = Event(), appointing._propose

    def held(*given: Any) -> Any:
        is_held.set()
        wait_until_somebody_waits()
        return propose(*given)

    def forget() -> int:
        is_held.wait(timeout=30)
        return appointing.forget_the_unappointed()

    with patch.object(appointing, "_propose", held):
        assert not [one for one in at_once([again, forget]) if isinstance(one, Exception)]
    assert Proposal.objects.filter(decision="").get().arguments["user"] == key
    return User.objects.get(pk=key)


def test_whoever_is_proposed_once_more_is_not_forgotten(network: Network) -> None:
    assert propose_while_it_is_forgotten(network).email == "nina@city.example"


def test_control_without_the_lock_it_is_proposed_to_appoint_nobody(network: Network) -> None:
    with patch.object(appointing, "_locked", lambda key: User.objects.get(pk=key)):
        assert is_erased(propose_while_it_is_forgotten(network))


def test_the_database_keeps_one_role_once(network: Network) -> None:
    nina = factories.user()

    def give() -> Appointment:
        return Appointment.objects.create(user=nina, network=network, role=Role.CREW)

    outcomes = at_once([give, give])

    assert sorted(isinstance(one, IntegrityError) for one in outcomes) == [False, True]
