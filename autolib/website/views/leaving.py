"""What we know of a person: to take along, and to leave behind."""

import json
from functools import partial

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.refusals import OperatorAccount
from autolib.problems import body_of
from autolib.website.accounts import AccountAdapter
from autolib.website.commands import Outcome, carried_out
from autolib.website.export import exported
from autolib.website.pages import page, person
from autolib.website.views.passkeys import confirm_first
from bookings import operations
from stations import clock


@login_required
@require_safe
def data(request: HttpRequest) -> HttpResponse:
    return page(request, "data.html", {"is_confirmed": did_recently_reauthenticate(request)})


@login_required
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """One file. Whoever finds an open page must not leave with it: who it is, is asked once more."""
    user = person(request)
    if ask := confirm_first(request, go_on=reverse("account_data")):
        return ask
    at = clock.now()
    response = HttpResponse(
        json.dumps(exported(user, at=at), ensure_ascii=False, indent=2) + "\n",
        content_type="application/json; charset=utf-8",
    )
    response["Content-Disposition"] = f'attachment; filename="autolib-{at:%Y-%m-%d}.json"'
    response["Cache-Control"] = "no-store"
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    user = person(request)
    if user.is_staff or user.is_superuser:
        return page(request, "delete.html", {"refusal": body_of(OperatorAccount()), "is_possible": False}, status=409)
    if ask := confirm_first(request, go_on=reverse("delete_account")):
        return ask
    outcome: Outcome | None = None
    is_understood = "understood" in request.POST
    if request.method == "POST" and is_understood:
        outcome = carried_out(request, partial(_leave, user))
        if outcome.refusal is None:
            _say_goodbye(request, user)
            return HttpResponseRedirect(outcome.location, status=outcome.status)
    context = {
        "refusal": outcome.refusal if outcome else None,
        "is_possible": True,
        "is_missing": request.method == "POST" and not is_understood,
    }
    status = outcome.status if outcome else 400 if context["is_missing"] else 200
    return page(request, "delete.html", context, status=status)


def _leave(user: User) -> str:
    operations.leave(user=user)
    return reverse("goodbye")


def _say_goodbye(request: HttpRequest, user: User) -> None:
    """After the commit; `user` was read before, and so has the address still."""
    email, language = user.email, user.language
    logout(request)
    AccountAdapter(request).send_goodbye(email=email, language=language)


@require_safe
def goodbye(request: HttpRequest) -> HttpResponse:
    return page(request, "goodbye.html")
