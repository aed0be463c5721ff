"""The ground: networks, their stations, docks and charging posts, and what devices said. No car is known here."""

from stations.models.closing import PlannedClosure
from stations.models.decisions import Proposal, RuleVersion
from stations.models.devices import ChargePoint, Device, DeviceMessage, Dock, DockReport
from stations.models.imports import ImportRun
from stations.models.log import Event, Pulse
from stations.models.network import Network, Place, Station, default_languages
from stations.models.photo import StationPhoto, StationPhotoFile
from stations.models.trace import Trace, TraceSeal

__all__ = [
    "ChargePoint",
    "Device",
    "DeviceMessage",
    "Dock",
    "DockReport",
    "Event",
    "ImportRun",
    "Network",
    "Place",
    "PlannedClosure",
    "Proposal",
    "Pulse",
    "RuleVersion",
    "Station",
    "StationPhoto",
    "StationPhotoFile",
    "Trace",
    "TraceSeal",
    "default_languages",
]
