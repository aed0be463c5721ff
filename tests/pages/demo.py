"""The demo's stand-ins."""

from tests import factories
from tests.pages.registry import shows
from tests.pages.world import World
from tests.website.visitor import Visitor


@shows("demo_mail")
def empty(world: World) -> Visitor:
    world.be_the_demo()
    return world.stranger.go("/demo/mail/")


@shows("demo_mail")
def with_a_mail(world: World) -> Visitor:
    world.be_the_demo()
    world.stranger.go("/account/password/reset/").press("Send me the link", email=world.anne.user.email)
    return world.stranger.go("/demo/mail/")


def _at_the_post(world: World, who: Visitor) -> Visitor:
    world.be_the_demo()
    return who.go(f"/demo/posts/{world.bastille.code}/")


@shows("demo_post")
def for_a_stranger(world: World) -> Visitor:
    return _at_the_post(world, world.stranger)


@shows("demo_post")
def with_a_car_on_the_road(world: World) -> Visitor:
    factories.vehicle(network=world.paris)
    return _at_the_post(world, world.visitor)


@shows("demo_post")
def unlocked(world: World) -> Visitor:
    return _at_the_post(world, world.visitor).press("Hold up my badge")


@shows("demo_post")
def refused(world: World) -> Visitor:
    return _at_the_post(world, world.stranger).press("Hold it up", badge="0000")
