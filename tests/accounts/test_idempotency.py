"""One answer to one command, whoever crashes or comes twice."""

from collections import Counter
from functools import partial

import pytest
from django.db import connection

from accounts.idempotency import Answer, checked_key, run_once
from accounts.models import IdempotencyRecord
from accounts.refusals import KeyRequired, KeyReused
from stations.refusals import Busy, Refusal
from tests.concurrency.rivals import at_once


class Counted:
    """A command that counts its effects."""

    def __init__(self, raises: Exception | None = None) -> None:
        self.times = 0
        self.raises = raises

    def __call__(self) -> Answer:
        self.times += 1
        if self.raises:
            raise self.raises
        return Answer(201, {"made": self.times})


def ask(command: Counted, *, key: str = "k", principal: str = "user:1", fingerprint: str = "f") -> Answer:
    return run_once(
        principal=principal,
        key=key,
        print_of_command=fingerprint,
        command=command,
        answer_of=lambda refusal: Answer(409, {"code": refusal.code}),
    )


@pytest.mark.django_db(transaction=True)
def test_the_second_time_is_a_replay() -> None:
    command = Counted()

    first, second = ask(command), ask(command)

    assert (first.body, first.is_replay) == ({"made": 1}, False)
    assert (second.status, second.body, second.is_replay) == (201, {"made": 1}, True)


@pytest.mark.django_db(transaction=True)
def test_a_refusal_is_an_answer_too() -> None:
    command = Counted(raises=Refusal())

    assert [ask(command).body, ask(command).body] == [{"code": "refused"}] * 2
    assert command.times == 1


@pytest.mark.django_db(transaction=True)
def test_another_command_under_the_key_is_refused_and_other_people_have_their_own_keys() -> None:
    command = Counted()
    ask(command)

    with pytest.raises(KeyReused):
        ask(command, fingerprint="other")

    assert ask(command, principal="user:2").body == {"made": 2}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("failure", [RuntimeError("crash"), Busy()])
def test_what_failed_leaves_no_trace_and_may_be_tried_again(failure: Exception) -> None:
    command = Counted(raises=failure)
    with pytest.raises(type(failure)):
        ask(command)
    assert not IdempotencyRecord.objects.exists()

    command.raises = None

    assert ask(command).status == 201


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_have_one_effect_and_one_answer() -> None:
    command = Counted()

    def slowly() -> Answer:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.1)")
        return command()

    answers = at_once([partial(ask, slowly)] * 50)  # type: ignore[list-item]

    assert command.times == 1
    assert Counter(str(answer.body) for answer in answers) == {"{'made': 1}": 50}
    assert sum(answer.is_replay for answer in answers) == 49


@pytest.mark.parametrize("key", [None, "", " ", "with space", "é", "x" * 256, "a\x00b", "line\nbreak"])
def test_a_key_is_visible_text_of_bounded_length(key: str | None) -> None:
    with pytest.raises(KeyRequired):
        checked_key(key)
