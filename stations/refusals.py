"""What an operation says when it may not be done. Interfaces translate a refusal; they never invent one."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from django.db import OperationalError
from django.utils.translation import gettext_lazy

LOCK_NOT_AVAILABLE = "55P03"


class Refusal(Exception):
    """A rule said no and nothing was changed by the command that was refused.

    `code` is contract (`/api/docs/` lists every one), `message` is for people in the active language, `alternatives`
    are the nearest ways out: dicts with station id, name, count and walking minutes.
    """

    code: ClassVar[str] = "refused"
    sentence: ClassVar[Any] = gettext_lazy("This cannot be done now.")
    asked: Any = None  # what was asked for and by whom, where an operation says it (`bookings.refused`)

    def __init__(self, *, alternatives: Sequence[dict[str, Any]] = (), field: str | None = None, **values: Any) -> None:
        self.alternatives = list(alternatives)
        self.field = field
        self.values = values
        super().__init__(self.code)

    @property
    def message(self) -> str:
        return str(self.sentence) % self.values if self.values else str(self.sentence)


class Busy(Refusal):
    """Somebody else holds a lock for longer than we wait: the caller may try again."""

    code = "busy"
    sentence = gettext_lazy("Many people are asking for this at the same moment. Please try again.")


@contextmanager
def busy_when_locked() -> Iterator[None]:
    """A lock that is not to be had in time leaves as Busy, everything else as it is."""
    try:
        yield
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) == LOCK_NOT_AVAILABLE:
            raise Busy from error
        raise


class ReasonRequired(Refusal):
    code = "reason_required"
    sentence = gettext_lazy("Please give a reason: it is kept with the act.")

    def __init__(self) -> None:
        super().__init__(field="reason")


class NothingChanges(Refusal):
    code = "nothing_changes"
    sentence = gettext_lazy("It says so already: nothing would change.")


class RuleRefused(Refusal):
    code = "rule_refused"
    sentence = gettext_lazy("%(rule)s: %(why)s")


class RulesInThePast(Refusal):
    code = "rules_in_the_past"
    sentence = gettext_lazy("This cannot begin in the past. Choose an instant to come, or leave it empty for now.")


class RulesBeginThen(Refusal):
    code = "rules_begin_then"
    sentence = gettext_lazy("Other rules begin at that very instant. Choose another one, or withdraw those first.")


class RulesNotPlanned(Refusal):
    code = "rules_not_planned"
    sentence = gettext_lazy("These rules are no longer planned: they came into force or were withdrawn.")


def require_reason(reason: str) -> str:
    """The reason, trimmed. Refused when blank."""
    reason = reason.strip()
    if not reason:
        raise ReasonRequired
    return reason
