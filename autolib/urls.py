"""Every address of the service; each interface has its own list. `autolib.health` answers before, for the probes."""

from django.contrib import admin
from django.urls import include, path

handler400 = "autolib.website.errors.bad_request"
handler403 = "autolib.website.errors.forbidden"
handler404 = "autolib.website.errors.not_found"
handler500 = "autolib.website.errors.server_error"

urlpatterns = [
    path("api/", include("autolib.api.urls")),
    path("devices/", include("autolib.devices.urls")),
    path("admin/", admin.site.urls),
    path("", include("autolib.website.urls")),
]
