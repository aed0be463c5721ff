"""Blocking many subscribers within a day takes four eyes: one proposal for all of them at once."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.blocking import block
from accounts.models import Subscriber
from accounts.refusals import BlockedAlready
from stations import clock, four_eyes, traces
from stations.four_eyes import Change, Kind
from stations.models import Proposal, Trace
from stations.rights import Right


def propose_if_many(
    *, rows: Sequence[Subscriber], ground: str, reason: str, actor: str, until: datetime | None = None
) -> Proposal | None:
    """The proposal to block these, all of one network; None where they are few enough for one person to decide.

    Whom the same person blocked alone within a day counts too: many in portions are many.
    """
    network = rows[0].network
    keys = {str(row.pk) for row in rows} | _blocked_lately(network.pk, actor)
    if len(keys) <= network.four_eyes_block_people:
        return None
    arguments = {
        "subscribers": sorted(row.pk for row in rows),
        "ground": str(ground),
        "until": until.isoformat() if until else None,
    }
    return four_eyes.propose(network=network, what=BLOCK.name, arguments=arguments, reason=reason, actor=actor)


def _blocked_lately(network_id: int, actor: str) -> set[str]:
    own = Trace.objects.filter(actor=actor, network=network_id, act="block", model=Subscriber._meta.label_lower)
    alone = own.filter(at__gt=clock.instant() - four_eyes.COUNTED_TOGETHER).exclude(data__has_key="proposal")
    return set(alone.values_list("object_id", flat=True))


def _subscribers(proposal: Proposal) -> list[Subscriber]:
    ids = proposal.arguments["subscribers"]
    wanted = Subscriber.objects.filter(pk__in=ids, network=proposal.network_id)
    return list(wanted.select_related("user").order_by("pk"))


def _block_as_approved(proposal: Proposal, actor: str) -> None:
    """Whoever is blocked meanwhile stays so, with the reason of then."""
    ground, until = proposal.arguments["ground"], proposal.arguments["until"]
    end = datetime.fromisoformat(until) if until else None
    for subscriber in _subscribers(proposal):
        try:
            block(subscriber=subscriber, ground=ground, reason=proposal.reason, actor=actor, until=end)
        except BlockedAlready:
            continue
        traces.write(
            network_id=proposal.network_id,
            actor=actor,
            act="block",
            model="accounts.subscriber",
            object_id=subscriber.pk,
            reason=proposal.reason,
            before={"is_blocked": False},
            after={"is_blocked": True},
            data={"proposal": proposal.pk, "proposed_by": proposal.proposed_by},
        )


def _would_change(proposal: Proposal) -> list[Change]:
    """Named by number in what is kept, by name on the page; and on what ground, until when."""
    ground, until = proposal.arguments["ground"], proposal.arguments["until"]
    return [
        *[
            Change(f"subscriber {row.pk}", _("%(who)s is blocked") % {"who": row}, row.is_blocked, True)
            for row in _subscribers(proposal)
        ],
        Change("ground", f"{_('Ground')} ({Subscriber.Ground(ground).label})", None, ground),
        Change("until", _("Unblock on"), None, until[:10] if until else None),
    ]


BLOCK = Kind(
    "block_subscribers",
    gettext_lazy("Block subscribers"),
    _block_as_approved,
    _would_change,
    Right.BLOCK_PEOPLE,
    is_traced=True,
)
four_eyes.register(BLOCK)
