"""One's account, and the language one is spoken to."""

from pytest_django import DjangoAssertNumQueries

from accounts.models import ApiToken, Subscriber
from accounts.operations import digest_of_token, give_badge
from tests.website.visitor import Visitor


def test_name_and_language_are_saved_and_spoken_at_once(visitor: Visitor, anne: Subscriber) -> None:
    visitor.go("/account/").press("Save", full_name="Anne Morel", language="fr")

    anne.user.refresh_from_db()
    assert (anne.user.full_name, anne.user.language) == ("Anne Morel", "fr")
    assert visitor.page.language == "fr"
    assert "Vos informations sont enregistrées." in visitor.text


def test_the_switch_is_remembered_for_signed_in_people(visitor: Visitor, anne: Subscriber) -> None:
    visitor.go("/account/").press("Français")

    anne.user.refresh_from_db()
    assert anne.user.language == "fr"
    assert (visitor.address, visitor.page.language) == ("/account/", "fr")


def test_the_switch_works_for_strangers_too(stranger: Visitor) -> None:
    stranger.go("/?q=nowhere").press("Français")

    assert (stranger.address, stranger.page.language) == ("/?q=nowhere", "fr")


def test_the_switch_leads_to_no_other_site(stranger: Visitor) -> None:
    answer = stranger.client.post("/language/", {"language": "en", "next": "https://evil.example/"})

    assert answer["Location"] == "/"


def test_plan_and_badges_are_shown_by_their_last_four(visitor: Visitor, anne: Subscriber) -> None:
    give_badge(subscriber=anne, uid="04AABBCCDD1234")

    visitor.go("/account/")

    assert "1 an , valid until" in visitor.text
    assert "Badge ending in 1234" in visitor.text


def test_a_token_is_shown_once_and_can_be_revoked(visitor: Visitor, anne: Subscriber) -> None:
    visitor.go("/account/").press("Make the token", label="My watch")

    token = ApiToken.objects.get()
    shown = next(word for word in visitor.text.split() if digest_of_token(word) == token.digest)
    assert visitor.response["Cache-Control"] == "no-store"
    assert shown not in visitor.go("/account/").text
    visitor.press("Revoke My watch")
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_somebody_elses_token_cannot_be_revoked(visitor: Visitor) -> None:
    assert visitor.client.post("/account/tokens/1/end/").status_code == 404


def test_the_page_asks_a_fixed_number_of_questions(
    visitor: Visitor, anne: Subscriber, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(3):
        give_badge(subscriber=anne, uid=f"0400000{number}")

    with django_assert_num_queries(12):
        visitor.go("/account/")
