"""Closing a whole network and opening it again."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from stations import four_eyes
from stations.four_eyes import Change, Kind
from stations.models import Network, Proposal
from stations.refusals import Refusal, require_reason
from stations.rights import Right


class NetworkAlreadyOpen(Refusal):
    code = "network_already_open"
    sentence = _("This network is already open.")


class NetworkAlreadyClosed(Refusal):
    code = "network_already_closed"
    sentence = _("This network is already closed.")


def close_network(*, network: Network, reason: str, actor: str) -> Network | Proposal:
    """No car of the network is rented out any more; what is held and driven goes on to its end.

    A proposal where the network's rules want four eyes. Refuses ReasonRequired and NetworkAlreadyClosed. Lock: the
    network.
    """
    reason = require_reason(reason)
    with transaction.atomic():
        row = _locked(network)
        if not row.is_open:
            raise NetworkAlreadyClosed
        if row.four_eyes_closing:
            return four_eyes.propose(network=row, what=CLOSE.name, arguments={}, reason=reason, actor=actor)
        return _set(row, is_open=False)


def open_network(*, network: Network, reason: str, actor: str) -> Network:
    """Refuses ReasonRequired and NetworkAlreadyOpen. Lock: the network."""
    require_reason(reason)
    with transaction.atomic():
        row = _locked(network)
        if row.is_open:
            raise NetworkAlreadyOpen
        return _set(row, is_open=True)


def _close_as_approved(proposal: Proposal, actor: str) -> Network:
    row = _locked(proposal.network)
    if not row.is_open:
        raise NetworkAlreadyClosed
    return _set(row, is_open=False)


def _would_change(proposal: Proposal) -> list[Change]:
    label = Network._meta.get_field("is_open").verbose_name
    return [Change("is_open", str(label), proposal.network.is_open, False)]


def _locked(network: Network) -> Network:
    return Network.objects.select_for_update(no_key=True).get(pk=network.pk)


def _set(row: Network, *, is_open: bool) -> Network:
    row.is_open = is_open
    row.save(update_fields=["is_open"])
    return row


CLOSE = Kind("close_network", _("Close the network"), _close_as_approved, _would_change, Right.SET_RULES)
four_eyes.register(CLOSE)
