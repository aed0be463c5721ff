"""The step between saying and doing: what it would mean, and that what is done is what was looked at."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django import forms
from django.db.models import Model

from stations.refusals import Refusal


def meant(look: Callable[[Any, dict[str, Any]], list[str]], row: Model, form: forms.Form) -> list[str]:
    """What `look` says. A refusal stands at its field instead, and the form is no longer valid."""
    try:
        return look(row, form.cleaned_data)
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return []


def digest_of(form: forms.Form) -> str:
    said = [[name, str(form[name].value())] for name in sorted(form.fields)]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]
