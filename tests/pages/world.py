"""Where the stories of pages take place: a small city, Anne, and strangers, who all speak one language."""

import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.core import mail
from django.test import Client
from django.utils import translation
from pytest_django import Settings

from accounts.models import Subscriber
from autolib.demo.picture import dusk
from autolib.website import live
from bookings import operations
from bookings.models import Booking
from stations.models import Place, Station
from stations.station_photos import set_photo
from tests import factories
from tests.website.visitor import Form, Visitor

if TYPE_CHECKING:
    from tests.conftest import Clock

PASSWORD = "pont-neuf-1607"


class Speaker(Visitor):
    """Stories name links and buttons in English; this visitor looks for them in the language of the page."""

    def say(self, english: str) -> str:
        with translation.override(self.headers["accept-language"]):
            # Pages are read with every space as a plain one.
            return " ".join(translation.gettext(english).split())

    def follow(self, words: str) -> Visitor:
        return super().follow(self.say(words))

    def _button(self, words: str) -> tuple[Form, str, str]:
        return super()._button(self.say(words))


class World:
    def __init__(
        self, *, language: str, settings: Settings, time: "Clock", monkeypatch: pytest.MonkeyPatch, folder: Path
    ) -> None:
        self.language = language
        self.settings = settings
        self.time = time
        self.monkeypatch = monkeypatch
        self.folder = folder
        live._made.clear()
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
        settings.ACCOUNT_RATE_LIMITS = False
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        self.paris = factories.network(contact_email="bonjour@autolib.example")
        self.plan = factories.plan(self.paris, duration_days=365)
        self.bastille = self.station(
            "Bastille", cars=[90, 70, 40], free_docks=1, address="1 rue de la Roquette", postal_code="75011"
        )
        self.nation = self.station("Nation", free_docks=2, latitude=48.8484, longitude=2.3959, postal_code="75012")
        self.long_one = self.station(
            "Boulevard du Général-Martial-Valin / Place de la Porte-de-Saint-Cloud",
            cars=[100],
            code="long",
            address="127 bis, boulevard du Général-Martial-Valin, angle de la rue Leblanc",
            postal_code="92100",
            city="Boulogne-Billancourt",
            latitude=48.8396,
            longitude=2.3960,
        )
        for name in ("Place de la Bastille", "Port de l’Arsenal, quai de la Bastille"):
            Place.objects.create(network=self.paris, name=name, latitude=48.8532, longitude=2.3692)

    def station(self, name: str, **fields: object) -> Station:
        fields.setdefault("code", name.lower())
        return factories.station(self.paris, name, **fields)  # type: ignore[arg-type]

    def photographed(self, station: Station, caption: str = "") -> None:
        set_photo(station=station, photo=dusk(1), caption=caption, reason="It is hard to find", actor="test")

    def be_the_demo(self) -> None:
        self.settings.DEMO = True
        self.settings.MAIL_DIR = self.settings.EMAIL_FILE_PATH = str(self.folder)
        self.settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"

    def be_another_network(self, **rules: object) -> None:
        """The site of a network that has nothing yet."""
        factories.network("lyon", latitude=45.758, longitude=4.8357, **rules)
        self.settings.NETWORK = "lyon"

    @property
    def stranger(self) -> Speaker:
        return Speaker(Client(SERVER_NAME="localhost"), self.language)

    @cached_property
    def anne(self) -> Subscriber:
        person = factories.subscriber(self.paris, "Anne", language=self.language)
        person.user.emailaddress_set.create(email=person.user.email, verified=True, primary=True)
        person.user.set_password(PASSWORD)
        person.user.save(update_fields=["password"])
        return person

    @cached_property
    def visitor(self) -> Speaker:
        """Anne, signed in."""
        return self.signed_in(self.anne)

    def signed_in(self, person: Subscriber) -> Speaker:
        visitor = self.stranger
        visitor.client.force_login(person.user)
        return visitor

    def newcomer(self) -> Subscriber:
        """Somebody without a plan."""
        return factories.subscriber(self.paris, "Chloé", is_subscribed=False, language=self.language)

    def reserved(self, destination: Station | None = None, *, by: Subscriber | None = None) -> Booking:
        return operations.reserve(
            subscriber=by or self.anne, station=self.bastille, destination=destination, actor="test"
        )

    def driving(self, destination: Station | None = None) -> Booking:
        booking = operations.start_trip(booking=self.reserved(destination), actor="test")
        self.time.forward(minutes=1)
        car = booking.vehicle
        operations.unplugged(dock=car.dock, vehicle=car, event_time=self.time.now(), actor="test")
        self.time.forward(minutes=12)
        return booking

    def at_booking(self, booking: Booking) -> Visitor:
        return self.visitor.go(f"/bookings/{booking.pk}/")

    def at_station(self, station: Station, query: str = "", *, who: Visitor | None = None) -> Visitor:
        return (who or self.visitor).go(f"/stations/{station.code}/{query}")

    @staticmethod
    def link_in_the_last_mail() -> str:
        match = re.search(r"https?://[^/\s]+(/\S+)", str(mail.outbox[-1].body))
        assert match is not None
        return match[1]
