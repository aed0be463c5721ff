"""The crew's page, for a phone at a kerb: my tasks, then the next nearest, each with what can be done to it.

“Nearest” is from what the crew names, or from where it last finished a task, or from where the browser says it is: that
position comes with the one request, and is written down nowhere.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from math import isfinite
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from bookings import operations
from stations import clock, photos, rights, traces
from stations.finding import Named, named_like
from stations.geography import walking_minutes
from stations.models import Network
from stations.refusals import Refusal
from stations.rights import Right
from vehicles import fieldwork
from vehicles.models import TASK_PLACES, FieldPhoto, FieldTask
from vehicles.nearest_tasks import Near, Point, last_place, open_tasks, tasks_of

PER_PAGE = 10
LONGEST_NOTE = 300
OTHER_PLACES = 3


def addresses(site: AdminSite) -> list[URLPattern]:
    return [
        path("tasks/", site.admin_view(tasks), {"site": site}, name="tasks"),
        path("tasks/<int:pk>/<slug:name>/", site.admin_view(command), {"site": site}, name="task_command"),
        path("tasks/photos/<uuid:pk>/", site.admin_view(photo, cacheable=True), name="task_photo"),
    ]


class WordForm(forms.Form):
    """What comes with a command: which of it is needed the operation says."""

    reason = forms.CharField(max_length=LONGEST_NOTE, required=False)
    note = forms.CharField(max_length=LONGEST_NOTE, required=False)
    photo = forms.FileField(required=False)
    is_rentable = forms.BooleanField(required=False)

    def file(self) -> bytes | None:
        """The photo as it was sent; one that is too large is not even read."""
        sent = self.cleaned_data["photo"]
        if sent is None:
            return None
        if sent.size > photos.MOST_BYTES:
            raise photos.PhotoTooLarge(field="photo")
        content: bytes = sent.read()
        return content


@dataclass(frozen=True)
class Start:
    """Where “nearest” is from, what it is called, and what else was perhaps meant."""

    point: Point | None
    name: str = ""
    typed: str = ""
    others: list[Named] = field(default_factory=list)
    is_position: bool = False


@dataclass(frozen=True)
class Card:
    """A task as the page shows it. `age` is empty while it is new; `failed` is what was sent in vain, to show again."""

    near: Near
    age: str
    may_return: bool
    failed: dict[str, Any] = field(default_factory=dict)

    @property
    def task(self) -> FieldTask:
        return self.near.task

    @property
    def minutes(self) -> int | None:
        return walking_minutes(self.near.meters) if self.near.meters is not None else None


def tasks(request: HttpRequest, site: AdminSite, failed: dict[str, Any] | None = None) -> HttpResponse:
    networks = _networks(request)
    me = fieldwork.actor_of(request.user)
    start = _start(request, networks, me)
    page = _number(request.GET.get("page"))
    own = tasks_of(assignee=me, networks=networks, start=start.point)
    found, count = open_tasks(networks=networks, start=start.point, skip=page * PER_PAGE, limit=PER_PAGE)
    now = clock.now()

    def card(near: Near) -> Card:
        may_return = rights.has_in(request.user, Right.RUN_CARS, near.task.network_id)
        is_new = now - near.task.created_at < timedelta(minutes=1)
        age = "" if is_new else timesince(near.task.created_at, now, depth=1)
        return Card(near, age, may_return, failed if failed and failed["pk"] == near.task.pk else {})

    context = {
        **site.each_context(request),
        "title": _("My tasks"),
        "is_nav_sidebar_enabled": False,
        "mine": [card(near) for near in own],
        "open": [card(near) for near in found],
        "count": count,
        "start": start,
        "has_networks": len(networks) > 1,
        "previous": page - 1 if page else None,
        "following": page + 1 if count > (page + 1) * PER_PAGE else None,
        "pages": {"now": page + 1, "all": max(1, -(-count // PER_PAGE))},
    }
    request.current_app = site.name  # type: ignore[attr-defined]
    return TemplateResponse(request, "admin/tasks.html", context)


def command(request: HttpRequest, site: AdminSite, pk: int, name: str) -> HttpResponse:
    """One press of a button: the operation and its trace, or neither, and the page again."""
    if request.method != "POST":  # a page that was refused, asked for again
        return HttpResponseRedirect(reverse("admin:tasks"))
    if name not in COMMANDS:
        raise Http404
    task = get_object_or_404(FieldTask.objects.select_related(*TASK_PLACES), pk=pk, network__in=_networks(request))
    form = WordForm(request.POST, request.FILES)
    try:
        if not form.is_valid():
            raise Unreadable(" ".join(str(error) for errors in form.errors.values() for error in errors))
        _do(request, task, name, form)
    except (Refusal, Unreadable) as refusal:
        told = refusal.message
        messages.error(request, told)
        typed = {each: request.POST.get(each, "")[:LONGEST_NOTE] for each in ("reason", "note")}
        return tasks(request, site, failed={"pk": pk, "name": name, "told": told, **typed})
    messages.success(request, str(DONE[name]) % {"task": task})
    there = "" if name in ("finish", "hand_back") else f"#task-{pk}"
    here = {"q": request.POST["q"]} if request.POST.get("q") and name != "finish" else None
    return HttpResponseRedirect(reverse("admin:tasks", query=here) + there)


class Unreadable(Exception):
    """The form was not well formed: `message` names what and why."""

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


def _do(request: HttpRequest, task: FieldTask, name: str, form: WordForm) -> None:
    actor = fieldwork.actor_of(request.user)
    with transaction.atomic():
        before = traces.snapshot(task)
        done = COMMANDS[name](request, task, actor, form)
        changed = traces.difference(before, traces.snapshot(done))
        traces.write(
            network_id=task.network_id,
            actor=actor,
            act=name,
            model=FieldTask._meta.label_lower,
            object_id=task.pk,
            reason=form.cleaned_data["reason"] or form.cleaned_data["note"],
            before=changed[0],
            after=changed[1],
            came_from=request.came_from,  # type: ignore[attr-defined]
        )


def _take(request: HttpRequest, task: FieldTask, actor: str, form: WordForm) -> FieldTask:
    return fieldwork.take(task=task, person=request.user)


def _start_task(request: HttpRequest, task: FieldTask, actor: str, form: WordForm) -> FieldTask:
    return operations.start_task(task=task, actor=actor)


def _finish(request: HttpRequest, task: FieldTask, actor: str, form: WordForm) -> FieldTask:
    is_rentable = form.cleaned_data["is_rentable"]
    if is_rentable and not rights.has_in(request.user, Right.RUN_CARS, task.network_id):
        raise PermissionDenied
    note = form.cleaned_data["note"]
    return operations.finish_task(task=task, outcome=note, photo=form.file(), is_rentable=is_rentable, actor=actor)


def _hand_back(request: HttpRequest, task: FieldTask, actor: str, form: WordForm) -> FieldTask:
    """One's own: those of others are handed back by whoever gives tasks, in the list."""
    return operations.hand_back_task(task=task, reason=form.cleaned_data["reason"], is_own_only=True, actor=actor)


COMMANDS = {"take": _take, "start": _start_task, "finish": _finish, "hand_back": _hand_back}
DONE = {
    "take": gettext_lazy("It is yours: %(task)s."),
    "start": gettext_lazy("Begun: %(task)s."),
    "finish": gettext_lazy("Done: %(task)s. The next one is below."),
    "hand_back": gettext_lazy("Handed back: %(task)s. The next one is below."),
}


@require_GET
def photo(request: HttpRequest, pk: Any) -> HttpResponse:
    """To whoever works tasks in the network of the task; to others there is none."""
    networks = rights.networks_with(request.user, Right.WORK_TASKS)
    found = get_object_or_404(FieldPhoto, pk=pk, task__network__in=networks)
    name = f"task-{found.task_id}-{found}.jpg"
    return HttpResponse(
        bytes(found.content),
        content_type="image/jpeg",
        headers={
            "Content-Disposition": f'inline; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, max-age=3600",
            "Cross-Origin-Resource-Policy": "same-origin",
        },
    )


def _networks(request: HttpRequest) -> list[Network]:
    networks = rights.networks_with(request.user, Right.WORK_TASKS)
    if not networks:
        raise PermissionDenied
    return networks


def _start(request: HttpRequest, networks: list[Network], me: str) -> Start:
    if request.method == "POST" and "latitude" in request.POST:
        point = _position(request)
        if point is not None:
            return Start(point, is_position=True)
        messages.error(request, _("Your position could not be read. Type the name of a station instead."))
    typed = (request.POST if request.method == "POST" else request.GET).get("q", "").replace("\0", "").strip()
    if typed:
        meant = [named for network in networks for named in named_like(typed, network=network, limit=OTHER_PLACES)]
        if meant:
            return Start(
                Point(meant[0].latitude, meant[0].longitude), meant[0].label, typed, meant[1 : OTHER_PLACES + 1]
            )
        messages.error(request, _("Nothing is called “%(typed)s” here. Try the name of a station.") % {"typed": typed})
    place = last_place(assignee=me, networks=networks)
    return Start(Point.of(place), place.title) if place else Start(None)


def _position(request: HttpRequest) -> Point | None:
    try:
        point = Point(float(request.POST["latitude"]), float(request.POST["longitude"]))
    except (ValueError, KeyError):
        return None
    is_on_earth = all(map(isfinite, point)) and abs(point.latitude) <= 90 and abs(point.longitude) <= 180
    return point if is_on_earth else None


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 5 else 0
