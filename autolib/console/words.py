"""How the console says things."""

from datetime import datetime

from django import template
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def age(since: datetime, now: datetime) -> str:
    """How long ago, in the one unit that counts: 40 s, 12 min, 3 h, 5 d."""
    seconds = max(0, int((now - since).total_seconds()))
    for unit, length in ((_("%d d"), 86400), (_("%d h"), 3600), (_("%d min"), 60)):
        if seconds >= length:
            return unit % (seconds // length)
    return _("%d s") % seconds
