"""Between saying and doing: what it would mean, that what is done is what was looked at, and that it is done once."""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.core.cache import cache
from django.db.models import Model

from stations.refusals import Refusal

TOKEN_SECONDS = 3600


def meant(look: Callable[[Any, dict[str, Any]], list[str]], row: Model, form: forms.Form) -> list[str]:
    """What `look` says. A refusal stands at its field instead, and the form is no longer valid."""
    try:
        return look(row, form.cleaned_data)
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return []


def new_token() -> str:
    return secrets.token_urlsafe(12)


@contextmanager
def once(token: str) -> Iterator[bool]:
    """Whether the page with this token is sent for the first time: a button pressed twice gives no minutes twice.

    What breaks inside has not been done, and may be sent again.
    """
    key = f"act:{token[:40]}"
    is_first = not token or cache.add(key, True, timeout=TOKEN_SECONDS)
    try:
        yield is_first
    except BaseException:
        if is_first:
            cache.delete(key)
        raise


def digest_of(form: forms.Form) -> str:
    said = [[name, str(form[name].value())] for name in sorted(form.fields)]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]
