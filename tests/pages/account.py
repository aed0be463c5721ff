"""Signing up and in, one's account and its plan."""

from accounts.operations import give_badge, issue_token
from tests import factories
from tests.pages.registry import is_no_page, shows
from tests.pages.world import PASSWORD, World
from tests.website.visitor import Visitor

is_no_page("create_token", because="answers with the page of the account")
is_no_page("end_token", because="only a form is sent there; it leads back to the account")
is_no_page("account_confirm_login_code", because="signing in by a code is not on offer; it leads to signing in")


@shows("account", is_main=True)
def with_badge_and_token(world: World) -> Visitor:
    give_badge(subscriber=world.anne, uid="04AABBCCDD1234")
    issue_token(user=world.anne.user, scopes=["booking"], label="Tableau de bord de la montre de mon voisin")
    return world.visitor.go("/account/")


@shows("account")
def without_a_plan(world: World) -> Visitor:
    return world.signed_in(world.newcomer()).go("/account/")


@shows("account")
def saved(world: World) -> Visitor:
    return world.visitor.go("/account/").press("Save", full_name="Anne Morel", language=world.language)


@shows("account")
def refused_to_save(world: World) -> Visitor:
    return world.visitor.go("/account/").press("Save", full_name="A" * 400, language="xx")


@shows("account")
def with_a_new_token(world: World) -> Visitor:
    return world.visitor.go("/account/").press("Make the token", label="Ma montre")


@shows("account")
def refused_a_token(world: World) -> Visitor:
    return world.visitor.go("/account/").press("Make the token", label="")


@shows("plans")
def to_choose_from(world: World) -> Visitor:
    factories.Plan.objects.create(network=world.paris, code="ready", name="Prêt à rouler")
    return world.signed_in(world.newcomer()).go("/account/plans/")


@shows("plans")
def one_is_chosen(world: World) -> Visitor:
    return world.visitor.go("/account/plans/")


@shows("plans")
def none_is_open(world: World) -> Visitor:
    world.be_another_network()
    return world.signed_in(world.newcomer()).go("/account/plans/")


@shows("plans")
def refused(world: World) -> Visitor:
    page = world.signed_in(world.newcomer()).go("/account/plans/")
    return page.press(page.say("Choose %(name)s") % {"name": "1 an"}, plan="gone")


@shows("account_signup", is_main=True)
def to_fill_in(world: World) -> Visitor:
    return world.stranger.go("/account/signup/")


@shows("account_signup")
def with_mistakes(world: World) -> Visitor:
    return world.stranger.go("/account/signup/").press("Sign up", email="chloe", password1="123")


@shows("account_email_verification_sent")
def look_into_the_mailbox(world: World) -> Visitor:
    page = world.stranger.go("/account/signup/")
    return page.press("Sign up", email="chloe@example.org", password1=PASSWORD)


@shows("account_email_verification_sent")
def look_into_the_mailbox_of_the_demo(world: World) -> Visitor:
    world.be_the_demo()
    return look_into_the_mailbox(world)


@shows("account_confirm_email")
def with_a_link_that_was_used(world: World) -> Visitor:
    return world.stranger.go("/account/confirm-email/nonsense/")


@shows("account_login")
def sign_in(world: World) -> Visitor:
    return world.stranger.go("/account/login/")


@shows("account_login")
def with_a_wrong_password(world: World) -> Visitor:
    return world.stranger.go("/account/login/").press("Sign in", login=world.anne.user.email, password="wrong")


@shows("account_login")
def confirmed_in_another_browser(world: World) -> Visitor:
    look_into_the_mailbox(world)
    return world.stranger.go(world.link_in_the_last_mail())


@shows("account_logout")
def asked_whether_to_sign_out(world: World) -> Visitor:
    return world.visitor.go("/account/logout/")


@shows("account_inactive")
def blocked(world: World) -> Visitor:
    return world.stranger.go("/account/inactive/")


@shows("account_reauthenticate")
def asked_for_the_password_again(world: World) -> Visitor:
    return world.visitor.go("/account/reauthenticate/")


@shows("account_email")
def to_change(world: World) -> Visitor:
    return world.visitor.go("/account/email/")


@shows("account_email")
def waiting_for_the_link(world: World) -> Visitor:
    return world.visitor.go("/account/email/").press("Send me a link", email="anne@nouvelle-adresse.example")


@shows("account_email")
def with_a_mistake(world: World) -> Visitor:
    return world.visitor.go("/account/email/").press("Send me a link", email="anne")


@shows("account_change_password")
def with_an_old_and_a_new_one(world: World) -> Visitor:
    return world.visitor.go("/account/password/change/")


@shows("account_change_password")
def with_three_mistakes(world: World) -> Visitor:
    wrong = {"oldpassword": "x", "password1": "123", "password2": "456"}
    return world.visitor.go("/account/password/change/").press("Save the password", **wrong)


@shows("account_set_password")
def for_the_first_time(world: World) -> Visitor:
    person = world.newcomer()
    person.user.set_unusable_password()
    person.user.save(update_fields=["password"])
    return world.signed_in(person).go("/account/password/set/")


@shows("account_reset_password")
def forgotten(world: World) -> Visitor:
    return world.stranger.go("/account/password/reset/")


@shows("account_reset_password")
def forgotten_with_a_mistake(world: World) -> Visitor:
    return world.stranger.go("/account/password/reset/").press("Send me the link", email="anne")


@shows("account_reset_password_done")
def link_is_sent(world: World) -> Visitor:
    return forgotten(world).press("Send me the link", email=world.anne.user.email)


def _at_the_link(world: World) -> Visitor:
    return link_is_sent(world).go(world.link_in_the_last_mail())


@shows("account_reset_password_from_key")
def with_a_new_password(world: World) -> Visitor:
    return _at_the_link(world)


@shows("account_reset_password_from_key")
def with_two_that_differ(world: World) -> Visitor:
    return _at_the_link(world).press("Save the password", password1=PASSWORD, password2="another-one-1607")


@shows("account_reset_password_from_key")
def with_a_link_that_is_too_old(world: World) -> Visitor:
    return world.stranger.go("/account/password/reset/key/1-nonsense/")


@shows("account_reset_password_from_key_done")
def password_is_changed(world: World) -> Visitor:
    return _at_the_link(world).press("Save the password", password1=PASSWORD, password2=PASSWORD)
