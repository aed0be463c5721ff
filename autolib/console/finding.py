"""A subscriber by whatever can be said on the phone. Each question stands on an index, or reads what is open now."""

import re
from uuid import UUID

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import F, Func, Q, QuerySet, TextField, Value

from accounts.models import Badge, Subscriber, User
from bookings.models import OPEN, Booking
from stations.finding import with_all, words_of
from stations.models import Station
from stations.network_admin import LONGEST_SEARCH
from stations.search import plain

LIKE_ENOUGH = 0.45
# The end of a number is the same however its beginning is written: +33 6…, 0033 6…, 06….
PHONE_END = 9
LEAST_DIGITS = 8

PLAIN_NAME = Func(F("full_name"), function="plain_name", output_field=TextField())
PHONE = Func(
    Func(F("phone"), Value(r"\D"), Value(""), Value("g"), function="regexp_replace"),
    PHONE_END,
    function="right",
    output_field=TextField(),
)
PLATE = Func(
    Func(F("vehicle__plate"), function="upper"),
    Value("[^A-Z0-9]"),
    Value(""),
    Value("g"),
    function="regexp_replace",
    output_field=TextField(),
)


def found_among(rows: QuerySet[Subscriber], said: str) -> QuerySet[Subscriber]:
    """Who is meant by it; else who has a booking open that begins there; else whose name is nearly that, best first."""
    said = " ".join(said.replace("\0", "")[:LONGEST_SEARCH].split())
    if not said:
        return rows
    people = rows.filter(pk__in=_meant(said))
    if people.exists():
        return people
    starting = Booking.objects.filter(
        state__in=OPEN, origin_station__in=with_all(Station.objects.all(), words_of(said)).values("pk")
    )
    there = rows.filter(pk__in=starting.values("subscriber"))
    return there if there.exists() else _nearly(rows, said)


def _meant(said: str) -> QuerySet:
    """The ids of those who are called so, or who have that address, phone, badge, car or booking."""
    found = [Subscriber.objects.filter(user__in=_called(said.split()).values("pk"))]
    digits, letters = re.sub(r"\D", "", said), re.sub(r"[^A-Z0-9]", "", said.upper())
    if len(digits) >= LEAST_DIGITS and not re.search(r"[^\d\s+().\-/]", said):
        people = User.objects.alias(phone_end=PHONE).filter(phone_end=digits[-PHONE_END:])
        found.append(Subscriber.objects.filter(user__in=people.values("pk")))
    if len(letters) == 4:
        badges = Badge.objects.filter(last_four__iexact=letters)
        found.append(Subscriber.objects.filter(pk__in=badges.values("subscriber")))
    if letters:
        driven = Booking.objects.alias(plain_plate=PLATE).filter(state__in=OPEN, plain_plate=letters)
        found.append(Subscriber.objects.filter(pk__in=driven.values("subscriber")))
    found += _by_id(said)
    first, *others = (one.order_by().values("pk") for one in found)
    return first.union(*others)


def _called(words: list[str]) -> QuerySet[User]:
    """Every word in the name or in the address; accents and capitals are forgiven."""
    people = User.objects.alias(plain_name=PLAIN_NAME)
    for word in words[:6]:
        in_name = Q(plain_name__contains=plain(word)) if plain(word) else Q(pk=None)
        people = people.filter(in_name | Q(email__icontains=word))
    return people


def _by_id(said: str) -> list[QuerySet[Subscriber]]:
    """A whole reference or id of a booking, or the eight characters by which bookings are called."""
    hexadecimal = said.replace("-", "").lower()
    if not re.fullmatch(r"[0-9a-f]{8}|[0-9a-f]{32}", hexadecimal):
        return []
    first, last = (UUID(hexadecimal.ljust(32, filler)) for filler in ("0", "f"))
    bookings = Booking.objects.filter(pk__gte=first, pk__lte=last)
    return [
        Subscriber.objects.filter(reference__gte=first, reference__lte=last),
        Subscriber.objects.filter(pk__in=bookings.values("subscriber")),
    ]


def _nearly(rows: QuerySet[Subscriber], said: str) -> QuerySet[Subscriber]:
    name = Func(F("user__full_name"), function="plain_name", output_field=TextField())
    alike = rows.alias(likeness=TrigramWordSimilarity(plain(said), name)).filter(likeness__gte=LIKE_ENOUGH)
    return alike.order_by("-likeness", "-pk")
