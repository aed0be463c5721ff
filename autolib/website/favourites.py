"""The places that a person keeps: stations, and spots that were found by their words. Never a position of a browser."""

from django.http import HttpRequest

from accounts.models import Favourite


def favourites_of(request: HttpRequest) -> list[Favourite]:
    if not request.user.is_authenticated:
        return []
    return list(Favourite.objects.filter(user=request.user.pk).select_related("station").order_by("name", "pk"))
