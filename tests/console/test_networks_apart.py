"""An operator of Lyon asks every page of the admin for what belongs to Paris, and learns nothing."""

from typing import Any

from django.apps import apps
from django.contrib.admin.sites import site
from django.db.models import ForeignKey, ManyToManyField, Model
from django.test import Client
from django.urls import reverse

from accounts.models import User
from bookings.models import Booking
from stations.models import Dock, Station, Trace
from tests import factories
from tests.console.conftest import City
from tests.console.pages import SCOPED, label, rows_of, url

NOWHERE = {Booking: "00000000-0000-4000-8000-000000000000"}


def told(response: Any) -> str:
    return response.content.decode()


def content_of(row: Model) -> dict[str, Any]:
    return type(row).objects.filter(pk=row.pk).values().get()


def test_no_page_of_a_foreign_row_is_found(at_desk: Client, lyon_city: City, paris_city: City) -> None:
    for model in SCOPED:
        foreign = rows_of(paris_city, model)
        assert foreign, f"the city of the tests has no {label(model)}"
        for page in ("change", "history", "delete"):
            response = at_desk.get(url(model, page, foreign[0].pk))
            nowhere = at_desk.get(url(model, page, NOWHERE.get(model, 987654321)))

            assert (label(model), page, response.status_code) == (label(model), page, nowhere.status_code)
            assert response.status_code in (403, 404)
            assert paris_city.mark not in told(response)
        assert at_desk.post(url(model, "change", foreign[0].pk), {"name": "taken"}).status_code in (403, 404)


def test_lists_searches_and_filters_name_no_foreign_row(at_desk: Client, lyon_city: City, paris_city: City) -> None:
    for model in SCOPED:
        own, foreign = rows_of(lyon_city, model), rows_of(paris_city, model)
        page = url(model, "changelist")

        plain = at_desk.get(page)
        searched = at_desk.get(page, {"q": paris_city.mark})
        by_network = at_desk.get(page, {"network": paris_city.network.pk})
        filters = [spec.choices(plain.context["cl"]) for spec in plain.context["cl"].filter_specs]
        filtered = [at_desk.get(page + choice["query_string"]) for choices in filters for choice in choices]

        assert plain.context["cl"].result_count == own.count(), label(model)
        assert url(model, "change", foreign[0].pk) not in told(plain)
        assert not set(searched.context["cl"].queryset) & set(foreign)
        assert {response.status_code for response in (plain, searched, *filtered)} == {200}, label(model)
        assert not any(paris_city.mark in told(response) for response in (plain, by_network, *filtered))


def test_no_look_up_beyond_the_filters_is_an_oracle(at_desk: Client, lyon_city: City) -> None:
    asked = ("network__name__startswith", "station__network__name", "user__password__startswith", "digest__gt")
    for model in SCOPED:
        columns = [f"{field.name}__gt" for field in model._meta.concrete_fields]

        statuses = {at_desk.get(url(model, "changelist"), {name: "1"}).status_code for name in (*asked, *columns)}

        assert (label(model), statuses) == (label(model), {400})
        assert at_desk.get(url(model, "changelist"), {"_to_field": "password"}).status_code == 400


def test_pages_to_add_offer_no_foreign_row(at_desk: Client, lyon_city: City, paris_city: City) -> None:
    for model in SCOPED:
        targets = {f.name: f.related_model for f in model._meta.concrete_fields if isinstance(f, ForeignKey)}
        initial = {name: rows_of(paris_city, target)[0].pk for name, target in targets.items() if target in SCOPED}

        response = at_desk.get(url(model, "add"), initial)

        assert response.status_code in (200, 403)
        assert paris_city.mark not in told(response)


def test_the_autocomplete_of_the_site_answers_own_rows_only(at_desk: Client, lyon_city: City, paris_city: City) -> None:
    answered = 0
    for model in apps.get_models():
        for field in (*model._meta.concrete_fields, *model._meta.many_to_many):
            if not isinstance(field, ForeignKey | ManyToManyField):
                continue
            for term in ("", paris_city.mark, paris_city.mark[:4]):
                response = at_desk.get(
                    reverse("admin:autocomplete"),
                    {
                        "app_label": model._meta.app_label,
                        "model_name": model._meta.model_name,
                        "field_name": field.name,
                        "term": term,
                    },
                )
                assert response.status_code in (200, 403, 404)
                assert paris_city.mark not in told(response)
                if response.status_code == 200 and field.related_model in SCOPED:
                    answered += 1
                    own = {str(row.pk) for row in rows_of(lyon_city, field.related_model)}
                    assert {result["id"] for result in response.json()["results"]} <= own
    assert answered > 20


def test_acts_touch_own_rows_only_whatever_ids_are_posted(
    at_desk: Client, lyon_city: City, paris_city: City, lucien: User
) -> None:
    values = {"reason": "a test for all", "cause": "damage", "uid": "4711", "back": "page", "ground": "misuse"}
    values |= {"minutes": "15", "amount": "3.50"}
    for model in SCOPED:
        own, foreign = rows_of(lyon_city, model)[0], rows_of(paris_city, model)[0]
        before = content_of(foreign)
        for act in getattr(site._registry[model], "acts", ()):
            page = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_act", args=[act.name])
            mixed = {"action": act.name, "_selected_action": [own.pk, foreign.pk]}

            asked = at_desk.post(url(model, "changelist"), mixed)
            done = at_desk.post(page, {"id": [own.pk, foreign.pk], **values}, follow=True)

            assert at_desk.get(page, {"id": foreign.pk}).status_code == 404
            assert at_desk.post(page, {"id": [foreign.pk], **values}).status_code == 404
            assert paris_city.mark not in told(asked) + told(done)
        assert content_of(foreign) == before
        acted_on = {"object_id": str(foreign.pk), "model": model._meta.label_lower}
        assert not Trace.objects.filter(actor=f"operator:{lucien.pk}", **acted_on).exists()


def test_a_form_refuses_foreign_rows_that_were_posted(at_desk: Client, lyon_city: City, paris_city: City) -> None:
    docks = Dock.objects.count()

    taken = at_desk.post(url(Dock, "add"), {"station": paris_city.station.pk, "number": 90, "connector": 1})
    crossed = at_desk.post(
        url(Dock, "change", lyon_city.dock.pk),
        {"number": lyon_city.dock.number, "charge_point": paris_city.dock.charge_point_id, "connector": 1},
    )
    added = at_desk.post(
        url(Station, "add"),
        {"network": paris_city.network.pk, "code": "x", "name": "x", "kind": "street", "latitude": 1, "longitude": 1},
    )

    assert [list(response.context["adminform"].errors) for response in (taken, crossed, added)] == [
        ["station"],
        ["charge_point"],
        ["network"],
    ]
    assert Dock.objects.count() == docks
    assert not Station.objects.filter(code="x").exists()


def test_an_operator_of_nothing_sees_nothing(client: Client, paris_city: City) -> None:
    client.force_login(factories.operator(name="Nadine"))

    assert paris_city.mark not in told(client.get(reverse("admin:index")))
    for model in SCOPED:
        assert client.get(url(model, "changelist")).status_code == 403
