"""The subscriber as customer care needs them: found by what is said on the phone, with what happened to them."""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from accounts.admin import SubscriberAdmin
from accounts.models import Subscriber
from autolib.console import timeline
from autolib.console.finding import found_among
from bookings import operations
from bookings.admin_acts import PROMISE_EXPLAINED, PromiseForm
from stations import rights
from stations.acts import Act, ActsAdmin
from stations.rights import Right
from stations.story import instant_of

PROMISE = Act(
    "promise_credit", _("Promise a credit"), operations.promise_credit, "subscriber", PROMISE_EXPLAINED, PromiseForm
)


@admin.register(Subscriber)
class CaredForSubscriberAdmin(SubscriberAdmin):
    acts: ClassVar = (*SubscriberAdmin.acts, PROMISE)
    change_form_template = "admin/subscriber_change_form.html"
    search_help_text = _(
        "Name, e-mail, phone, reference, last four of the badge, plate of the car, id of the booking, or the station "
        "where an open booking begins."
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.timeline_view)
        return [path("<path:object_id>/timeline/", view, name="accounts_subscriber_timeline"), *super().get_urls()]

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        return found_among(queryset, search_term), False

    def may_see_timeline(self, request: HttpRequest, subscriber: Subscriber) -> bool:
        """It tells of the person and of the bookings: whoever may see but one of them sees neither here."""
        needed = (Right.SEE_PEOPLE, Right.SEE_BOOKINGS)
        return all(rights.has_in(request.user, right, subscriber.network_id) for right in needed)

    def timeline_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        subscriber = self.get_object(request, object_id)
        if subscriber is None:
            raise Http404
        if not self.may_see_timeline(request, subscriber):
            raise PermissionDenied
        request.current_app = self.admin_site.name
        before = instant_of(request.GET.get("before"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("What happened: %(person)s") % {"person": subscriber},
            "opts": self.opts,
            "object": subscriber,
            "zone": subscriber.network.time_zone,
            "timeline": timeline.of(subscriber, before=before, acts=self.labels_of_acts()),
        }
        self.trace(request, subscriber, "look", data={"page": "timeline"})
        return TemplateResponse(request, "admin/subscriber_timeline.html", context)

    def labels_of_acts(self) -> dict[tuple[str, str], Any]:
        return {
            (model._meta.label_lower, act.name): act.label
            for model, found in self.admin_site._registry.items()
            if isinstance(found, ActsAdmin)
            for act in found.acts
        }

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        subscriber = kwargs.get("obj")
        if subscriber is not None and self.may_see_timeline(request, subscriber):
            context["timeline_url"] = reverse("admin:accounts_subscriber_timeline", args=[subscriber.pk])
        return super().render_change_form(request, context, *args, **kwargs)
