"""What care must know besides the bookings: what was refused to whom, what was promised, how the car was found."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Subscriber
from stations.models import Network, Station
from vehicles.models import Vehicle


class RefusedRequest(models.Model):
    """Something that was asked for and not given. No words that were typed and no position: a station, at most.

    After 90 days it is nobody's, after 400 it is gone (`bookings.refused.forget`).
    """

    class Need(models.TextChoices):
        CAR = "car", _("car")
        DOCK = "dock", _("dock")

    network = models.ForeignKey(Network, models.PROTECT, verbose_name=_("network"), related_name="+", db_index=False)
    subscriber = models.ForeignKey(
        Subscriber, models.PROTECT, verbose_name=_("subscriber"), related_name="+", null=True, db_index=False
    )
    station = models.ForeignKey(Station, models.PROTECT, verbose_name=_("station"), related_name="+", null=True)
    need = models.CharField(_("needed"), max_length=4, choices=Need, blank=True)
    code = models.CharField(_("refused because"), max_length=40)
    command = models.CharField(_("asked for"), max_length=30)
    occurred_at = models.DateTimeField(_("when"), db_index=True)

    class Meta:
        verbose_name = _("refused request")
        verbose_name_plural = _("refused requests")
        indexes = [
            models.Index(fields=["network", "-occurred_at"], name="refused_in_network"),
            models.Index(
                fields=["subscriber", "-occurred_at"],
                name="refused_to_subscriber",
                condition=Q(subscriber__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.command} {self.code}"


class CreditPromise(models.Model):
    """Money that customer care promised to somebody. It is open until it is settled by who keeps the books."""

    network = models.ForeignKey(Network, models.PROTECT, verbose_name=_("network"), related_name="+")
    subscriber = models.ForeignKey(Subscriber, models.PROTECT, verbose_name=_("subscriber"), related_name="+")
    booking = models.ForeignKey(
        "bookings.Booking", models.PROTECT, verbose_name=_("booking"), related_name="+", null=True, blank=True
    )
    amount = models.DecimalField(_("amount"), max_digits=8, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    promised_by = models.CharField(_("promised by"), max_length=80)
    promised_at = models.DateTimeField(_("promised"))
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("promised credit")
        verbose_name_plural = _("promised credits")
        constraints = [
            models.CheckConstraint(name="a_promise_is_of_something", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="a_promise_is_settled_or_withdrawn",
                condition=Q(settled_at__isnull=True) | Q(withdrawn_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                fields=["network", "id"],
                name="promise_open",
                condition=Q(settled_at__isnull=True, withdrawn_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    @property
    def is_open(self) -> bool:
        return self.settled_at is None and self.withdrawn_at is None


class Rating(models.Model):
    """How a subscriber found the car of a trip. Only what was chosen is kept, no words; the last word counts.

    However late it is said, it tells of the car as it was when the trip began (`found_at`).
    """

    class Cleanliness(models.TextChoices):
        CLEAN = "clean", pgettext_lazy("rating", "clean")
        FAIR = "fair", pgettext_lazy("rating", "acceptable")
        DIRTY = "dirty", pgettext_lazy("rating", "dirty")

    booking = models.OneToOneField(
        "bookings.Booking", models.PROTECT, verbose_name=_("booking"), primary_key=True, related_name="rating"
    )
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, verbose_name=_("car"), related_name="+", db_index=False)
    cleanliness = models.CharField(_("cleanliness"), max_length=5, choices=Cleanliness)
    is_faulty = models.BooleanField(_("something is broken or missing"), default=False)
    found_at = models.DateTimeField(_("found so"))
    rated_at = models.DateTimeField(_("rated"))

    class Meta:
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        indexes = [
            models.Index(fields=["vehicle", "-found_at"], name="rating_of_vehicle"),
            models.Index(
                fields=["found_at"], name="rating_of_trouble", condition=Q(cleanliness="dirty") | Q(is_faulty=True)
            ),
        ]

    def __str__(self) -> str:
        said = [self.get_cleanliness_display()]
        if self.is_faulty:
            said.append(gettext("something is broken or missing"))
        return ", ".join(said)
