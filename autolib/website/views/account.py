"""One's account: name, language, plan, badges, and the programs that may speak for one."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import sign_ins
from accounts.models import ApiToken, Badge, Plan, Subscriber, User
from accounts.operations import (
    current_subscription,
    drop_favourite,
    issue_token,
    keep_favourite,
    revoke_token,
    subscribe,
)
from accounts.refusals import PlanClosed
from autolib.website import inputs
from autolib.website.commands import Outcome, carried_out, subscriber_of
from autolib.website.forms import ProfileForm, TokenForm
from autolib.website.languages import remember_language
from autolib.website.networks import network_of
from autolib.website.pages import page, person
from autolib.website.passkeys import passkeys_of
from autolib.website.searching import asked
from stations.models import Station
from stations.refusals import Refusal

TOKENS_SHOWN = 20


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        # Only these columns, and nothing of an account that was deleted since it was read.
        User.objects.filter(pk=request.user.pk, is_active=True).update(**form.cleaned_data)
        translation.activate(form.cleaned_data["language"])
        messages.success(request, _("Your details are saved."))
        return remember_language(HttpResponseRedirect(reverse("account")), form.cleaned_data["language"])
    return _page(request, form=form, status=400 if form.errors else 200)


def _page(
    request: HttpRequest,
    *,
    form: ProfileForm | None = None,
    token_form: TokenForm | None = None,
    new_token: str = "",
    status: int = 200,
) -> HttpResponse:
    subscriber = Subscriber.objects.filter(user=request.user.pk).first()
    return page(
        request,
        "account.html",
        {
            "form": form or ProfileForm(instance=request.user),
            "token_form": token_form or TokenForm(),
            "new_token": new_token,
            "subscription": current_subscription(subscriber) if subscriber else None,
            "passkeys": passkeys_of(person(request)),
            "sign_ins": sign_ins.standing(person(request)),
            "badges": list(Badge.objects.filter(subscriber=subscriber, is_active=True).order_by("pk")),
            "tokens": list(
                ApiToken.objects.filter(user=request.user.pk, revoked_at=None).order_by("-created_at", "-pk")[
                    :TOKENS_SHOWN
                ]
            ),
        },
        status=status,
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def plans(request: HttpRequest) -> HttpResponse:
    """Choose a plan; afterwards back to where one came from."""
    go_on = inputs.next_address(request, otherwise=reverse("home"))
    outcome: Outcome | None = None
    if request.method == "POST":
        outcome = carried_out(request, lambda: _subscribe(request, go_on))
        if outcome.refusal is None:
            return HttpResponseRedirect(outcome.location, status=outcome.status)
    subscriber = Subscriber.objects.filter(user=request.user.pk).first()
    context = {
        "plans": Plan.objects.filter(network=network_of(request), is_open=True).order_by("pk"),
        "subscription": current_subscription(subscriber) if subscriber else None,
        "next": go_on,
        "refusal": outcome.refusal if outcome else None,
    }
    return page(request, "plans.html", context, status=outcome.status if outcome else 200)


def _subscribe(request: HttpRequest, go_on: str) -> str:
    code = inputs.text(request.POST, "plan", longest=50)
    plan = Plan.objects.filter(network=network_of(request), code=code).first()
    if plan is None:
        raise PlanClosed
    subscribe(subscriber=subscriber_of(request), plan=plan)
    return go_on


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def create_token(request: HttpRequest) -> HttpResponse:
    """The token is on this one answer and nowhere else, so this page is not a redirect."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("account"))
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _page(request, token_form=form, status=400)
    token = issue_token(user=person(request), scopes=[ApiToken.Scope.BOOKING], label=form.cleaned_data["label"])
    response = _page(request, new_token=token)
    response["Cache-Control"] = "no-store"
    return response


@login_required
@require_POST
def end_token(request: HttpRequest, token_id: int) -> HttpResponse:
    revoke_token(token=get_object_or_404(ApiToken, pk=token_id, user=request.user.pk))
    messages.success(request, _("The token is revoked: programs that use it are shut out."))
    return HttpResponseRedirect(reverse("account"))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def favourites(request: HttpRequest) -> HttpResponse:
    """Keep a place at hand, or let it go; then back to where one was."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("home"))
    go_on = HttpResponseRedirect(inputs.next_address(request, otherwise=reverse("home")))
    name = inputs.text(request.POST, "name")
    if "drop" in request.POST:
        drop_favourite(user=person(request), name=name)
        messages.success(request, _("%(name)s is no longer among your places.") % {"name": name})
        return go_on
    station = _station(request)
    found = station.title if station else _known_as(request, name)
    if not found:
        messages.error(request, _("Nothing found for “%(name)s”, so it was not kept.") % {"name": name})
        return go_on
    try:
        keep_favourite(user=person(request), name=found, station=station)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("%(name)s is kept among your places.") % {"name": found})
    return go_on


def _known_as(request: HttpRequest, words: str) -> str:
    """Only what can be found again is kept, under the name that finds it."""
    spot = asked(network=network_of(request), words=words).spot
    return spot.label if spot else ""


def _station(request: HttpRequest) -> Station | None:
    code = inputs.text(request.POST, "station", longest=100)
    return Station.objects.filter(network=network_of(request), code=code).first() if code else None


@require_http_methods(["GET", "HEAD", "POST"])
def language(request: HttpRequest) -> HttpResponse:
    """Switch the language: for this browser, and for good when somebody is signed in."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("home"))
    chosen = inputs.text(request.POST, "language", longest=8)
    response = HttpResponseRedirect(inputs.next_address(request, otherwise=reverse("home")))
    if chosen not in dict(settings.LANGUAGES):
        return response
    if request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk).update(language=chosen)
    return remember_language(response, chosen)
