"""What the lists of bookings may be narrowed to."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from bookings import claims, rule_effects
from bookings.models import State
from stations.admin_lists import QuestionFilter
from stations.models import Station
from stations.rights import Right, networks_with


def _overlong(rows: QuerySet) -> QuerySet:
    return rows.filter(pk__in=claims.overlong_trips().values("pk"))


class AttentionFilter(QuestionFilter):
    title = _("needs a person")
    parameter_name = "for_a_person"
    answers: ClassVar = {
        "open": (_("open now"), lambda rows: rows.filter(state__in=[State.RESERVED, State.ON_TRIP])),
        "overlong": (_("trips that last too long"), _overlong),
    }


class AskedStationFilter(admin.SimpleListFilter):
    """The station of a link: shown where an address asks for one, never a list of a thousand stations."""

    path: ClassVar[str]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        asked = str(self.value() or "")
        if not asked.isdecimal():
            return []
        found = Station.objects.filter(pk=int(asked), network__in=networks_with(request.user, Right.SEE_BOOKINGS))
        return [(asked, station.title) for station in found]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(**{self.path: self.value()}) if self.value() else queryset


class OriginFilter(AskedStationFilter):
    title = _("from")
    parameter_name = "origin"
    path = "origin_station"


class EndFilter(AskedStationFilter):
    title = _("returned at")
    parameter_name = "end"
    path = "end_station"


class WouldFilter(admin.SimpleListFilter):
    """The bookings that a preview of other rules counted: only its links ask for them."""

    title = _("other rules")
    parameter_name = "would"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        asked = request.GET.get(self.parameter_name)
        return [(asked, _("touched by the rules of the preview"))] if asked else []

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        asked = self.value()
        if asked is None:
            return queryset
        try:
            return rule_effects.touched(queryset, *rule_effects.read(asked))
        except ValueError as error:
            raise IncorrectLookupParameters from error
