"""Who gets in, by which door, and what the pages are made of."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.admin import ModelAdmin, TabularInline
from django.contrib.admin.sites import site
from django.contrib.auth.models import Group
from django.db.models import ForeignObjectRel, Model
from django.test import Client
from django.urls import reverse

from accounts.models import User
from autolib.console.site import SECTIONS
from bookings.models import Booking
from stations.admin_checks import errors_of, every_admin_is_scoped
from stations.models import Dock, Network, Pulse, Station
from tests import factories
from tests.console.conftest import City
from tests.console.pages import REGISTERED, label, url
from vehicles.models import VehicleType


def test_a_stranger_signs_in_at_the_door_of_the_site(client: Client, db: None) -> None:
    response = client.get(url(Station, "changelist"), follow=True)

    assert [step.split("?")[0] for step, _status in response.redirect_chain] == [
        "/admin/login/",
        reverse("account_login"),
    ]


def test_an_operator_signs_in_and_is_where_he_wanted_to_be(client: Client, lyon: Network) -> None:
    operator = factories.operator(lyon)
    operator.set_password("Vaulx-en-Velin")
    operator.save()
    EmailAddress.objects.create(user=operator, email=operator.email, verified=True, primary=True)
    wanted = url(Station, "changelist")
    door = client.get(wanted, follow=True).redirect_chain[-1][0]

    response = client.post(door, {"login": operator.email, "password": "Vaulx-en-Velin"}, follow=True)

    assert response.redirect_chain[-1][0] == wanted
    assert response.status_code == 200


def test_a_subscriber_finds_no_console(client: Client, lyon_city: City) -> None:
    client.force_login(lyon_city.subscriber.user)

    for page in (reverse("admin:index"), reverse("admin:login"), url(Station, "changelist"), reverse("admin:jsi18n")):
        assert client.get(page).status_code == 404


def test_who_is_no_longer_an_operator_is_out_at_once(at_desk: Client, lucien: User, lyon_city: City) -> None:
    User.objects.filter(pk=lucien.pk).update(is_staff=False)

    assert at_desk.get(url(Station, "changelist")).status_code == 404


def test_every_admin_passes_the_check() -> None:
    assert every_admin_is_scoped() == []


@pytest.mark.parametrize(
    ("model", "options", "found"),
    [
        (Station, {}, ["autolib.E001", "autolib.E004"]),
        (Dock, {"list_filter": ("station",)}, ["autolib.E001", "autolib.E003", "autolib.E004"]),
        (
            Booking,
            {"list_filter": (("vehicle", admin.RelatedOnlyFieldListFilter),)},
            ["autolib.E001", "autolib.E003", "autolib.E004"],
        ),
        (VehicleType, {}, ["autolib.E004"]),
        (Pulse, {"inlines": (type("Docks", (TabularInline,), {"model": Dock}),)}, ["autolib.E002", "autolib.E004"]),
        (Group, {}, ["autolib.E004"]),
    ],
)
def test_an_admin_that_shows_every_network_is_refused(model: type, options: dict, found: list[str]) -> None:
    careless = type("Careless", (ModelAdmin,), options)(model, admin.site)

    assert [error.id for error in errors_of(model, careless)] == found


@pytest.mark.parametrize("model", REGISTERED, ids=label)
def test_a_select_box_asks_for_its_own_field_only(at_desk: Client, model: type[Model]) -> None:
    box = {"app_label": model._meta.app_label, "model_name": model._meta.model_name}
    fields = model._meta.get_fields(include_hidden=True)

    answers = {each: at_desk.get(reverse("admin:autocomplete"), box | {"field_name": each.name}) for each in fields}

    for field, answer in answers.items():
        assert answer.status_code in ({403, 404} if isinstance(field, ForeignObjectRel) else {200, 403, 404})


def test_pages_run_no_script_of_their_own(at_desk: Client, lyon_city: City) -> None:
    pages = [
        reverse("admin:index"),
        url(Station, "changelist"),
        url(Station, "change", lyon_city.station.pk),
        url(Station, "import"),
        reverse("admin:stations_station_act", args=["close"], query={"id": lyon_city.station.pk}),
    ]

    for page in pages:
        response = at_desk.get(page)
        content = response.content.decode()
        assert "script-src 'self'" in response["Content-Security-Policy"]
        assert "unsafe" not in response["Content-Security-Policy"]
        assert "<style" not in content
        assert " style=" not in content
        assert "<script>" not in content
        assert " onclick=" not in content


def test_the_console_speaks_french_and_switches_language(at_desk: Client, lyon_city: City) -> None:
    at_desk.cookies["django_language"] = "fr"
    page = url(Station, "changelist")

    french = at_desk.get(page).content.decode()
    switched = at_desk.post(reverse("language"), {"language": "en", "next": page}, follow=True)

    assert '<html lang="fr"' in french
    assert ">English</button>" in french
    assert '<html lang="en"' in switched.content.decode()


def test_every_page_has_its_place_in_the_sections() -> None:
    placed = {name for _title, names in SECTIONS for name in names}

    assert {model._meta.label for model in site._registry} <= placed
