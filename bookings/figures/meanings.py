"""What each figure means: the one place where it is said, and what operators read beside the figures.

`bookings.figures.folding` and `computing` do what is written here. The keys are the columns of pages.
"""

from django.utils.translation import gettext_lazy as _

MEANINGS = {
    "day": (
        _("day"),
        _(
            "From one midnight of the network’s time zone to the next. It is computed some minutes after its end, and "
            "again when a device or a person tells something of it later."
        ),
    ),
    "reservations": (
        _("reservations"),
        _("Bookings made on the day, those that start at once at the post included, by the instant they were made."),
    ),
    "trips": (
        _("trips"),
        _("Trips that ended on the day, whenever they started: so each counts once, with its whole length."),
    ),
    "minutes": (_("minutes"), _("How long those trips were, from unlocking the car to plugging it in.")),
    "kilometres": (
        _("kilometres"),
        _(
            "What odometers gained since the day before, for cars that told theirs soon after the end of both days. "
            "Only the last reading of a car is kept, so days computed later have none."
        ),
    ),
    "per_car": (
        _("trips per car"),
        _("Trips divided by the cars in service. A car in service half of the day counts as half a car."),
    ),
    "in_use": (_("in use"), _("Time on trips as a share of the time in which cars were in service.")),
    "kept": (
        _("promises kept"),
        _(
            "Of the bookings that ended on the day, those in which we did what we had promised: neither was the car "
            "withdrawn, nor did another car take the dock that was kept. A hold that ran out broke no promise of ours."
        ),
    ),
    "cancelled": (_("cancelled by subscribers"), _("Reservations that subscribers gave back on the day.")),
    "expired": (_("ran out"), _("Reservations whose time ended on the day without a trip.")),
    "withdrawn": (_("cancelled by us"), _("Reservations that ended because an operator withdrew the car.")),
    "displaced": (_("docks taken"), _("Docks kept for somebody that another car took on the day.")),
    "without_car": (
        _("without a car"),
        _(
            "Share of the time in which a station had no car to rent: none plugged in, in service and reserved by "
            "nobody, as the log tells it. The charge of cars is not in the log, so a car that is too low counts. "
            "Only time in which the station rented counts."
        ),
    ),
    "without_dock": (
        _("without a dock"),
        _(
            "Share of the time in which a station had no dock that was empty, in service and kept for nobody, as the "
            "log tells it. Only time in which the station took cars back counts."
        ),
    ),
    "charge": (
        _("charge"),
        _(
            "Mean charge of the cars in service, as each last said when the day was first computed. Days that were "
            "first computed hours after their end have none."
        ),
    ),
    "resolved": (
        _("messages dealt with"),
        _("Messages in quarantine that a person dealt with on the day, and how long they had waited on average."),
    ),
    "restored": (
        _("back in service"),
        _("Cars and docks that came back into service on the day, and how long they had been out of it on average."),
    ),
    "refused_car": (_("refused: no car"), _("Requests refused on the day because there was no car.")),
    "refused_dock": (_("refused: no dock"), _("Requests refused on the day because there was no dock.")),
}
