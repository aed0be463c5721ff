"""The ways into an account, and where somebody is signed in with it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import sign_ins
from accounts.models import SignIn
from autolib.website.browsers import in_words
from autolib.website.pages import page, person
from autolib.website.passkeys import passkeys_of


@login_required
@require_safe
def security(request: HttpRequest) -> HttpResponse:
    user = person(request)
    places = [
        (one, in_words(one.browser, one.system), one.session_key == request.session.session_key)
        for one in sign_ins.standing(user)
    ]
    return page(
        request,
        "security.html",
        {
            "passkeys": passkeys_of(user),
            "places": sorted(places, key=lambda place: not place[2]),
            "has_others": any(not is_here for _one, _words, is_here in places),
        },
    )


@login_required
@require_POST
def end_sign_in(request: HttpRequest, sign_in_id: int) -> HttpResponse:
    one = get_object_or_404(SignIn, pk=sign_in_id, user=request.user.pk)
    sign_ins.end(SignIn.objects.filter(pk=one.pk))
    if one.session_key == request.session.session_key:
        request.session.flush()
        return HttpResponseRedirect(reverse("account_login"))
    words = in_words(one.browser, one.system)
    messages.success(request, _("%(device)s is signed out.") % {"device": words})
    return HttpResponseRedirect(reverse("account_security"))


@login_required
@require_POST
def end_other_sign_ins(request: HttpRequest) -> HttpResponse:
    sign_ins.end_others(user=person(request), session_key=request.session.session_key)
    messages.success(request, _("You are signed out everywhere but here."))
    return HttpResponseRedirect(reverse("account_security"))
