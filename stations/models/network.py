"""Networks, their stations, and the names that people search for."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stations.naming import title_of
from stations.search import plain


def default_languages() -> list[str]:
    return ["fr", "en"]


class Network(models.Model):
    """One city's system. Every number that an operator may decide about holds, rents and limits is a column here."""

    slug = models.SlugField(_("identifier"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    currency = models.CharField(
        _("currency"), max_length=3, default="EUR", validators=[RegexValidator(r"\A[A-Z]{3}\Z")]
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default="Europe/Paris")
    languages = ArrayField(models.CharField(max_length=8), verbose_name=_("languages"), default=default_languages)
    latitude = models.FloatField(_("latitude of the centre"))
    longitude = models.FloatField(_("longitude of the centre"))
    area = models.JSONField(
        _("area"),
        default=list,
        blank=True,
        help_text=_("Ring of [longitude, latitude] points around every place where a station may stand."),
    )
    is_open = models.BooleanField(_("open to subscribers"), default=True)
    contact_email = models.EmailField(_("contact e-mail"), blank=True)
    car_hold_seconds = models.PositiveIntegerField(
        _("a car is held for (s)"), default=30 * 60, validators=[MinValueValidator(1)]
    )
    dock_hold_seconds = models.PositiveIntegerField(
        _("a dock is held for (s)"), default=90 * 60, validators=[MinValueValidator(1)]
    )
    car_hold_extensions = models.PositiveSmallIntegerField(_("a car hold may be extended (times)"), default=1)
    dock_hold_extensions = models.PositiveSmallIntegerField(_("a dock hold may be extended (times)"), default=1)
    reminder_lead_seconds = models.PositiveIntegerField(_("reminder before the end of a hold (s)"), default=10 * 60)
    minimum_charge_percent = models.PositiveSmallIntegerField(
        _("minimum charge to rent (%)"), default=55, validators=[MaxValueValidator(100)]
    )
    maximum_trip_seconds = models.PositiveIntegerField(_("a trip is overlong after (s)"), default=12 * 3600)
    cancel_undo_seconds = models.PositiveIntegerField(
        _("a cancellation may be undone for (s)"), default=60, db_default=60
    )
    post_silence_seconds = models.PositiveIntegerField(
        _("a post is silent after (s)"), default=30 * 60, db_default=30 * 60
    )
    clock_tolerance_seconds = models.PositiveIntegerField(_("a device's clock may be ahead by (s)"), default=120)
    four_eyes_rule_change_percent = models.PositiveSmallIntegerField(
        _("a rule takes four eyes when it changes by more than (%)"), default=50, db_default=50
    )
    four_eyes_minimum_charge = models.BooleanField(
        _("another minimum charge takes four eyes"), default=True, db_default=True
    )
    four_eyes_closing = models.BooleanField(_("closing the network takes four eyes"), default=True, db_default=True)
    four_eyes_open_hours = models.PositiveSmallIntegerField(
        _("a proposal stays open for (h)"), default=24, db_default=24, validators=[MinValueValidator(1)]
    )
    four_eyes_block_people = models.PositiveIntegerField(
        _("blocking takes four eyes for more than (people at once)"), default=10, db_default=10
    )
    four_eyes_credit_amount = models.PositiveIntegerField(
        _("a promise of credit takes four eyes above (whole units of the currency)"), default=200, db_default=200
    )

    class Meta:
        verbose_name = _("network")
        verbose_name_plural = _("networks")
        constraints = [
            models.CheckConstraint(
                name="a_network_holds_for_a_second_at_least",
                condition=Q(car_hold_seconds__gte=1, dock_hold_seconds__gte=1),
            ),
            models.CheckConstraint(
                name="a_minimum_charge_is_a_percentage", condition=Q(minimum_charge_percent__lte=100)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Station(models.Model):
    """A place with docks. `is_installed`, `is_renting` and `is_returning` are the operator's word (GBFS names)."""

    AGGREGATE = "station"

    class Kind(models.TextChoices):
        STREET = "street", _("on the street")
        KIOSK = "kiosk", _("on the street, with a subscription kiosk")
        CAR_PARK = "car_park", _("in a car park")
        CENTER = "center", _("information centre, no cars")

    network = models.ForeignKey(Network, models.PROTECT, verbose_name=_("network"), related_name="stations")
    code = models.CharField(_("code"), max_length=100)
    name = models.CharField(_("name"), max_length=200)
    address = models.CharField(_("address"), max_length=200, blank=True)
    postal_code = models.CharField(_("postcode"), max_length=12, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    latitude = models.FloatField(_("latitude"), validators=[MinValueValidator(-90), MaxValueValidator(90)])
    longitude = models.FloatField(_("longitude"), validators=[MinValueValidator(-180), MaxValueValidator(180)])
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.STREET)
    is_installed = models.BooleanField(_("installed"), default=True)
    is_renting = models.BooleanField(_("renting"), default=True)
    is_returning = models.BooleanField(_("taking cars back"), default=True)
    closure_reason = models.CharField(_("reason of closure"), max_length=300, blank=True)
    access_note = models.CharField(_("access note"), max_length=300, blank=True)
    search_text = models.TextField(editable=False)
    sort_name = models.CharField(max_length=200, editable=False)
    published = models.JSONField(
        _("as last published"), default=dict, blank=True, editable=False
    )  # what the imported file last said of it: an unchanged row leaves the operator's later decisions alone
    version = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("station")
        verbose_name_plural = _("stations")
        constraints = [
            models.UniqueConstraint(fields=["network", "code"], name="a_station_code_is_used_once"),
            models.CheckConstraint(
                name="a_station_stands_on_earth",
                condition=Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
            ),
            models.CheckConstraint(
                name="a_station_that_is_not_there_serves_nobody",
                condition=Q(is_installed=True) | Q(is_renting=False, is_returning=False),
            ),
        ]
        indexes = [
            models.Index(fields=["network", "latitude", "longitude"], name="station_position"),
            models.Index(fields=["network", "sort_name", "id"], name="station_sort_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def title(self) -> str:
        """The name as people say it; `name` is the one that is published."""
        return title_of(self.name)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.prepare_search()
        super().save(*args, **kwargs)

    def prepare_search(self) -> None:
        """Called by `save`; whoever writes in bulk calls it."""
        self.sort_name = plain(self.name)[:200]
        self.search_text = plain(f"{self.name} {self.address} {self.postal_code} {self.city} {self.code}")


class Place(models.Model):
    """A name that people search for: a square, a station of the metro, a museum. No device, no dock."""

    network = models.ForeignKey(Network, models.CASCADE, related_name="places", verbose_name=_("network"))
    name = models.CharField(_("name"), max_length=200)
    latitude = models.FloatField(_("latitude"))
    longitude = models.FloatField(_("longitude"))
    search_text = models.TextField(editable=False)

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        constraints = [models.UniqueConstraint(fields=["network", "name"], name="a_place_name_is_used_once")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search_text = plain(self.name)
        super().save(*args, **kwargs)
