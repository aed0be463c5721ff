"""A browser asks to be told, or to be told no more."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.push import Unusable, drop_subscription, drop_subscriptions, keep_subscription
from accounts.push_keys import keys
from autolib.website.pages import person


@login_required
@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    if keys() is None:
        raise Http404
    sent = [request.POST.get(name, "") for name in ("endpoint", "p256dh", "auth")]
    here = request.session.session_key or ""
    try:
        keep_subscription(user=person(request), endpoint=sent[0], p256dh=sent[1], auth=sent[2], session_key=here)
    except Unusable:
        return JsonResponse({"detail": _("We do not know the push service of this browser.")}, status=400)
    return HttpResponse(status=204)


@login_required
@require_POST
def stop(request: HttpRequest) -> HttpResponse:
    drop_subscription(user=person(request), endpoint=request.POST.get("endpoint", ""))
    return HttpResponse(status=204)


@login_required
@require_POST
def stop_all(request: HttpRequest) -> HttpResponse:
    drop_subscriptions(user=person(request))
    messages.success(request, _("Your devices get no more notices. E-mails come as before."))
    return HttpResponseRedirect(reverse("account"))
