"""What a station looks like, so that a stranger finds it in the dark."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from stations.models.network import Station


class StationPhoto(models.Model):
    """Of a station as it is now, written by `stations.station_photos`. No list and no page reads the file beside it."""

    station = models.OneToOneField(Station, models.PROTECT, verbose_name=_("station"), related_name="photo")
    digest = models.CharField(max_length=32)  # of the file: another photo has another address
    width = models.PositiveSmallIntegerField(_("width"))
    height = models.PositiveSmallIntegerField(_("height"))
    caption = models.CharField(_("caption"), max_length=200, blank=True)
    added_by = models.CharField(_("by"), max_length=80)
    added_at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("photo of a station")
        verbose_name_plural = _("photos of stations")
        indexes = [models.Index(fields=["digest"], name="photo_by_digest")]

    def __str__(self) -> str:
        return self.digest[:8]


class StationPhotoFile(models.Model):
    """A JPEG made anew by `stations.photos`, without what the camera wrote into it."""

    photo = models.OneToOneField(StationPhoto, models.CASCADE, primary_key=True, related_name="file")
    content = models.BinaryField()
