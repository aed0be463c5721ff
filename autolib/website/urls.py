"""The pages of the site, each in French and English at the same address."""

from django.urls import include, path, register_converter

from autolib.website import inputs, live
from autolib.website.views import account, app, bookings, demo, design, home, push, station

register_converter(inputs.CodeConverter, "code")

urlpatterns = [
    path("", home.home, name="home"),
    path("suggest.json", home.suggest, name="suggest"),
    path("journeys/", home.reserve, name="journey"),
    path("favourites/", account.favourites, name="favourites"),
    path("live.json", live.live, name="live"),
    path("layout.json", live.layout, name="layout"),
    path("manifest.webmanifest", app.manifest, name="manifest"),
    path("service-worker.js", app.service_worker, name="service_worker"),
    path("offline/", app.offline, name="offline"),
    path("stations/<code:code>/", station.station, name="station"),
    path("bookings/", bookings.bookings, name="bookings"),
    path("bookings/pocket.json", bookings.pocket, name="pocket"),
    path("bookings/<uuid:booking_id>/", bookings.booking, name="booking"),
    path("bookings/<uuid:booking_id>/state.json", bookings.state, name="booking_state"),
    path("language/", account.language, name="language"),
    path("account/", account.account, name="account"),
    path("account/plans/", account.plans, name="plans"),
    path("account/tokens/", account.create_token, name="create_token"),
    path("account/tokens/<int:token_id>/end/", account.end_token, name="end_token"),
    path("account/push/", push.keep, name="push"),
    path("account/push/stop/", push.stop, name="push_stop"),
    path("account/push/stop-all/", push.stop_all, name="push_stop_all"),
    path("account/", include("allauth.account.urls")),
    path("design/", design.design, name="design"),
    path("demo/mail/", demo.mail, name="demo_mail"),
    path("demo/posts/<code:code>/", demo.post, name="demo_post"),
]
