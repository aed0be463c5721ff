"""How numbers, times and distances are written for people. Built into every template."""

from datetime import datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from stations.naming import title_of

register = template.Library()


@register.filter
def percent(value: object) -> str:
    """`92` as `92%`, or as `92 %` where a space is due."""
    return pgettext("a percentage", "%(number)s%%") % {"number": number_format(int(value), use_l10n=True)}  # type: ignore[call-overload]


@register.filter
def clock_time(value: datetime) -> str:
    """The time of day on the network's clocks."""
    return date_format(timezone.localtime(value), pgettext("time of day, in Django's date format", "H:i"))


@register.filter
def clock_time_exact(value: datetime) -> str:
    """With the seconds, for what ends within a minute."""
    return date_format(timezone.localtime(value), pgettext("time of day, in Django's date format", "H:i:s"))


@register.filter
def moment(value: datetime) -> str:
    """Day and time on the network's clocks."""
    local = timezone.localtime(value)
    day = date_format(local, pgettext("day, in Django's date format", "l j F"))
    return _("%(day)s at %(time)s") % {"day": day, "time": clock_time(value)}


@register.filter
def day(value: datetime) -> str:
    return date_format(timezone.localtime(value), pgettext("date, in Django's date format", "j F Y"))


@register.filter
def duration(value: timedelta) -> str:
    """`1 h 5 min`; seconds only under a minute."""
    seconds = max(0, int(value.total_seconds()))
    if seconds < 60:
        return _("%(seconds)s s") % {"seconds": seconds}
    hours, minutes = divmod(seconds // 60, 60)
    if not hours:
        return _("%(minutes)s min") % {"minutes": minutes}
    if not minutes:
        return _("%(hours)s h") % {"hours": hours}
    return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}


@register.filter
def seconds_long(value: int) -> str:
    """A number of seconds as a duration."""
    return duration(timedelta(seconds=value))


@register.filter
def distance(meters: int) -> str:
    if meters < 1000:
        return _("%(meters)s m") % {"meters": round(meters, -1)}
    kilometers = round(meters / 1000, 1)
    decimals = 0 if kilometers.is_integer() else 1
    return _("%(kilometers)s km") % {"kilometers": number_format(kilometers, decimal_pos=decimals, use_l10n=True)}


@register.filter
def cars(count: int) -> str:
    return ngettext("%(count)s car", "%(count)s cars", count) % {"count": count}


@register.filter
def docks(count: int) -> str:
    return ngettext("%(count)s free dock", "%(count)s free docks", count) % {"count": count}


@register.filter
def on_foot(minutes: int) -> str:
    return _("%(minutes)s min on foot") % {"minutes": minutes}


@register.filter
def titled(name: str) -> str:
    """The name of a station as people say it."""
    return title_of(name)


@register.filter
def iso(value: datetime) -> str:
    """For `<time datetime>` and for scripts: UTC, to the millisecond."""
    return timezone.localtime(value, timezone.get_default_timezone()).isoformat(timespec="milliseconds")


@register.inclusion_tag("parts/icon.html")
def icon(name: str) -> dict[str, str]:
    return {"name": name}
