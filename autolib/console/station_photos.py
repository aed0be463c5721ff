"""The photo on a station's page in the console, and the acts that set and remove it."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from stations import photos, station_photos
from stations.acts import Act, ReasonForm
from stations.admin import StationAdmin
from stations.admin_lists import NOTHING
from stations.models import Station
from stations.rights import Right


class PhotoField(forms.FileField):
    """The file as it was sent; one that is too large is not even read."""

    widget = forms.FileInput(attrs={"accept": "image/jpeg,image/png"})

    def clean(self, data: Any, initial: Any = None) -> bytes:
        sent = super().clean(data, initial)
        if sent.size > photos.MOST_BYTES:
            raise forms.ValidationError(photos.PhotoTooLarge.sentence, code=photos.PhotoTooLarge.code)
        content: bytes = sent.read()
        return content


class PhotoForm(ReasonForm):
    photo = PhotoField(
        label=_("Photo"),
        help_text=_("JPEG or PNG, at most 8 MB. Everybody sees it: no faces, no number plates of others."),
    )
    caption = forms.CharField(
        label=_("What it shows"),
        max_length=station_photos.MAX_CAPTION,
        required=False,
        widget=forms.TextInput(attrs={"size": 60}),
        help_text=_("In the words of the network, for those who cannot see it: “The post, left of the blue door”."),
    )
    field_order = ("photo", "caption", "reason")


def told(station: Station) -> dict[str, str]:
    """For the trace: which photo it is, by the digest in its address, and its words."""
    photo = station_photos.photo_of(station)
    return {"photo": f"{photo.digest} {photo.caption}".strip() if photo else ""}


PHOTO_ACTS = (
    Act(
        "set_photo",
        _("Set the photo"),
        station_photos.set_photo,
        "station",
        _(
            "It is shown on the station’s page and with a booking, instead of the photo before. What the camera wrote "
            "into it, its position too, is not kept."
        ),
        form=PhotoForm,
        needs=Right.BUILD_STATIONS,
        is_for_one=True,
        beside=told,
    ),
    Act(
        "remove_photo",
        _("Remove the photo"),
        station_photos.remove_photo,
        "station",
        _("The station is shown without a photo, and the file is deleted."),
        concerns=lambda station: station_photos.photo_of(station) is not None,
        needs=Right.BUILD_STATIONS,
        is_for_one=True,
        beside=told,
    ),
)


class PictureOfStation(StationAdmin):
    readonly_fields = (*StationAdmin.readonly_fields, "picture")
    fieldsets: ClassVar = [
        (title, {**options, "fields": (*options["fields"], "picture")} if "latitude" in options["fields"] else options)
        for title, options in StationAdmin.fieldsets
    ]

    @admin.display(description=_("photo"))
    def picture(self, station: Station) -> str:
        photo = station_photos.photo_of(station)
        if photo is None:
            return NOTHING
        return format_html(
            '<a href="{0}"><img class="station-photo" src="{0}" width="{1}" height="{2}" alt="{3}" loading="lazy"></a>',
            reverse("station_photo", args=[photo.digest]),
            photo.width,
            photo.height,
            photo.caption or _("Photo of station %(name)s") % {"name": station.title},
        )
