"""The photo of a station: set, replaced and removed. What may be a photo is in `photos`."""

from hashlib import sha256

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from stations import clock, photos
from stations.models import Station, StationPhoto, StationPhotoFile
from stations.refusals import Refusal, require_reason

MAX_CAPTION = 200
DIGITS = 32  # of the digest, in the address


class NoPhoto(Refusal):
    code = "station_has_no_photo"
    sentence = _("This station has no photo.")


def set_photo(*, station: Station, photo: bytes, caption: str = "", reason: str, actor: str) -> StationPhoto:
    """The station has this photo and no other; `photo` is the file as it was sent, `caption` what it shows.

    Refuses ReasonRequired, PhotoTooLarge, PhotoNotReadable. Lock: the station.
    """
    require_reason(reason)
    prepared = photos.prepare(photo)
    with transaction.atomic():
        _lock(station)
        kept, _is_new = StationPhoto.objects.update_or_create(
            station=station,
            defaults={
                "digest": sha256(prepared.content).hexdigest()[:DIGITS],
                "width": prepared.width,
                "height": prepared.height,
                "caption": " ".join(caption.split())[:MAX_CAPTION],
                "added_by": actor,
                "added_at": clock.now(),
            },
        )
        StationPhotoFile.objects.update_or_create(photo=kept, defaults={"content": prepared.content})
        return kept


def remove_photo(*, station: Station, reason: str, actor: str) -> None:
    """Refuses ReasonRequired, and NoPhoto where there is none. Lock: the station."""
    require_reason(reason)
    with transaction.atomic():
        _lock(station)
        if not StationPhoto.objects.filter(station=station).delete()[0]:
            raise NoPhoto


def photo_of(station: Station) -> StationPhoto | None:
    return StationPhoto.objects.filter(station=station).first()


def file_of(digest: str) -> bytes | None:
    """The JPEG with this digest, of whichever station: stations are public in every network. One query."""
    found = StationPhotoFile.objects.filter(photo__digest=digest).values_list("content", flat=True).first()
    return None if found is None else bytes(found)


def _lock(station: Station) -> None:
    Station.objects.select_for_update(no_key=True).get(pk=station.pk)
