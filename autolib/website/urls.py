"""The pages of the site, each in French and English at the same address."""

from django.urls import include, path, register_converter

from autolib.website import inputs, live
from autolib.website.views import account, bookings, demo, design, home, station

register_converter(inputs.CodeConverter, "code")

urlpatterns = [
    path("", home.home, name="home"),
    path("suggest.json", home.suggest, name="suggest"),
    path("journeys/", home.reserve, name="journey"),
    path("favourites/", account.favourites, name="favourites"),
    path("live.json", live.live, name="live"),
    path("layout.json", live.layout, name="layout"),
    path("stations/<code:code>/", station.station, name="station"),
    path("bookings/", bookings.bookings, name="bookings"),
    path("bookings/<uuid:booking_id>/", bookings.booking, name="booking"),
    path("bookings/<uuid:booking_id>/state.json", bookings.state, name="booking_state"),
    path("language/", account.language, name="language"),
    path("account/", account.account, name="account"),
    path("account/plans/", account.plans, name="plans"),
    path("account/tokens/", account.create_token, name="create_token"),
    path("account/tokens/<int:token_id>/end/", account.end_token, name="end_token"),
    path("account/", include("allauth.account.urls")),
    path("design/", design.design, name="design"),
    path("demo/mail/", demo.mail, name="demo_mail"),
    path("demo/posts/<code:code>/", demo.post, name="demo_post"),
]
