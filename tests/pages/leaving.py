"""Ways in, devices, one's data, and leaving; and what stays in the pocket without a network."""

from tests.pages.registry import is_no_page, shows
from tests.pages.world import PASSWORD, World
from tests.website.passkey import Passkey
from tests.website.test_passkeys import options_on
from tests.website.visitor import Visitor

for name in ("push", "push_stop", "push_stop_all", "end_sign_in", "end_other_sign_ins"):
    is_no_page(name, because="only a form is sent there; it leads back or answers a script")
for name in ("manifest", "service_worker", "pocket"):
    is_no_page(name, because="for the browser, not for people")
is_no_page("export", because="a file to keep")
is_no_page("mfa_index", because="leads to the ways in")
is_no_page("mfa_list_webauthn", because="leads to the ways in")
is_no_page("mfa_login_webauthn", because="answers the sign-in page, and leads on")


@shows("offline")
def with_nothing_in_the_pocket(world: World) -> Visitor:
    return world.stranger.go(f"/offline/?language={world.language}")


@shows("account_security", is_main=True)
def ways_in_and_devices(world: World) -> Visitor:
    world.signed_in(world.anne).go("/")
    with_a_passkey(world)
    return world.visitor.go("/account/security/")


def with_a_passkey(world: World) -> Passkey:
    passkey = Passkey()
    page = asked_to_make_one(world)
    page.press("Make the passkey", credential=passkey.made(options_on(page)), name="Le téléphone d’Anne")
    return passkey


def asked_to_make_one(world: World) -> Visitor:
    return world.visitor.go("/account/passkeys/add/").press("Confirm", password=PASSWORD)


@shows("account_security")
def ways_in_with_a_password_only(world: World) -> Visitor:
    return world.visitor.go("/account/security/")


@shows("mfa_add_webauthn")
def to_make_one(world: World) -> Visitor:
    return asked_to_make_one(world)


@shows("mfa_edit_webauthn")
def to_rename_it(world: World) -> Visitor:
    with_a_passkey(world)
    return world.visitor.go("/account/security/").follow("Rename")


@shows("mfa_remove_webauthn")
def to_remove_it(world: World) -> Visitor:
    with_a_passkey(world)
    return world.visitor.go("/account/security/").follow("Remove")


@shows("mfa_reauthenticate_webauthn")
def to_show_it_once_more(world: World) -> Visitor:
    with_a_passkey(world)
    return world.visitor.go("/account/passkeys/confirm/?next=/account/data/")


@shows("account_data")
def what_is_known(world: World) -> Visitor:
    return world.visitor.go("/account/data/")


@shows("delete_account")
def what_goes_and_what_stays(world: World) -> Visitor:
    return world.visitor.go("/account/delete/").press("Confirm", password=PASSWORD)


@shows("delete_account")
def without_the_tick(world: World) -> Visitor:
    return what_goes_and_what_stays(world).press("Delete my account for good")


@shows("delete_account")
def refused_with_a_booking(world: World) -> Visitor:
    page = what_goes_and_what_stays(world)
    world.reserved()
    return page.press("Delete my account for good", understood="on")


@shows("goodbye")
def gone(world: World) -> Visitor:
    return what_goes_and_what_stays(world).press("Delete my account for good", understood="on")
