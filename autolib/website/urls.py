"""The pages of the site, each in French and English at the same address."""

from django.urls import include, path, register_converter

from autolib.website import inputs, live
from autolib.website.views import (
    account,
    app,
    bookings,
    demo,
    design,
    home,
    leaving,
    passkeys,
    push,
    security,
    station,
)

register_converter(inputs.CodeConverter, "code")
register_converter(inputs.DigestConverter, "digest")

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
    path("stations/photos/<digest:digest>.jpg", station.photo, name="station_photo"),
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
    path("account/security/", security.security, name="account_security"),
    path("account/security/<int:sign_in_id>/end/", security.end_sign_in, name="end_sign_in"),
    path("account/security/end-others/", security.end_other_sign_ins, name="end_other_sign_ins"),
    path("account/data/", leaving.data, name="account_data"),
    path("account/data/export/", leaving.export, name="export"),
    path("account/delete/", leaving.delete, name="delete_account"),
    path("goodbye/", leaving.goodbye, name="goodbye"),
    # allauth goes to its pages by these names. Those that are not here (codes, recovery) do not exist.
    path("account/passkeys/", passkeys.passkeys, name="mfa_index"),
    path("account/passkeys/", passkeys.passkeys, name="mfa_list_webauthn"),
    path("account/passkeys/add/", passkeys.add, name="mfa_add_webauthn"),
    path("account/passkeys/<int:pk>/name/", passkeys.rename, name="mfa_edit_webauthn"),
    path("account/passkeys/<int:pk>/remove/", passkeys.remove, name="mfa_remove_webauthn"),
    path("account/passkeys/sign-in/", passkeys.sign_in, name="mfa_login_webauthn"),
    path("account/passkeys/confirm/", passkeys.reauthenticate, name="mfa_reauthenticate_webauthn"),
    path("account/", include("allauth.account.urls")),
    path("design/", design.design, name="design"),
    path("demo/mail/", demo.mail, name="demo_mail"),
    path("demo/posts/<code:code>/", demo.post, name="demo_post"),
]
