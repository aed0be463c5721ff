"""The refusals of bookings. Each code is contract; each sentence says what is so and what to do."""

from django.utils.translation import gettext_lazy as _

from stations.refusals import Refusal


class CarUnavailable(Refusal):
    code = "car_unavailable"
    sentence = _("No car can be reserved here at the moment. Cars near by are listed below.")


class DockUnavailable(Refusal):
    code = "dock_unavailable"
    sentence = _("No dock is free at %(station)s at the moment. Docks near by are listed below.")


class AlreadyHolding(Refusal):
    code = "already_holding"
    sentence = _("You already have a booking. End or cancel it before you make another one.")


class NotLive(Refusal):
    code = "not_live"
    sentence = _("This reservation has ended, so it can no longer be used or changed. You can make a new one.")


class NotNow(Refusal):
    code = "not_now"
    sentence = _("This cannot be done while the booking is “%(state)s”.")


class StationClosed(Refusal):
    code = "station_closed"
    sentence = _("%(station)s is closed. Open stations near by are listed below.")


class StationCloses(StationClosed):
    code = "station_closes"
    sentence = _("%(station)s closes at %(time)s: no dock can be kept there so long. Docks near by are listed below.")


class DockCloses(Refusal):
    code = "dock_closes"
    sentence = _("%(station)s closes at %(time)s: the dock cannot be held for longer than that.")


class NetworkClosed(Refusal):
    code = "network_closed"
    sentence = _("%(network)s is closed at the moment: no new reservations are taken. Cars can still be returned.")


class SubscriptionRequired(Refusal):
    code = "subscription_required"
    sentence = _("You need a subscription that is valid now. Choose a plan in your account.")


class SubscriberBlocked(Refusal):
    code = "subscriber_blocked"
    sentence = _("Your account cannot make reservations at the moment. Please contact customer care.")


class AlreadyExtended(Refusal):
    code = "already_extended"
    sentence = _("This hold has already been extended as often as the network allows.")


class NothingToUndo(Refusal):
    code = "nothing_to_undo"
    sentence = _("It is too late to undo this cancellation. You can make a new reservation.")


class NoDestination(Refusal):
    code = "no_destination"
    sentence = _("No dock is held for this booking. Choose a destination first.")


class SameDestination(Refusal):
    code = "same_destination"
    sentence = _("Your dock is already held at this station.")


class CarOnTrip(Refusal):
    code = "car_on_trip"
    sentence = _("This car is on a trip. It can be withdrawn once it has been returned, or after the trip was ended.")


class CarReserved(Refusal):
    code = "car_reserved"
    sentence = _("Somebody has reserved this car. Wait until it is free, or hand the task back.")


class CarWithdrawn(Refusal):
    code = "car_withdrawn"
    sentence = _("This car is already out of service.")


class CarInService(Refusal):
    code = "car_in_service"
    sentence = _("This car is already in service.")


class BadgeUnknown(Refusal):
    code = "badge_unknown"
    sentence = _("This badge is not known or no longer active.")


class CarElsewhere(Refusal):
    code = "car_elsewhere"
    sentence = _("The car of your booking is at %(station)s. Present your badge there.")


class BookingOpen(Refusal):
    code = "booking_open"
    sentence = _("You have a booking that is running. End or cancel it first, then delete the account.")


class CleanlinessRequired(Refusal):
    code = "cleanliness_required"
    sentence = _("Choose how clean the car is: clean, acceptable or dirty. Then send it again.")


class RatingTooLate(Refusal):
    code = "rating_too_late"
    sentence = _("A car can be rated until %(days)s days after the trip. Tell customer care if something is wrong.")


class MinutesOutOfRange(Refusal):
    code = "minutes_out_of_range"
    sentence = _("A hold is made longer by %(least)s to %(most)s minutes at a time.")


class NothingPromised(Refusal):
    code = "nothing_promised"
    sentence = _("A promised credit is more than nothing.")


class PromisedAlready(Refusal):
    code = "promised_already"
    sentence = _("The same credit is promised already, for the same reason.")


class PromiseOver(Refusal):
    code = "promise_over"
    sentence = _("This promise was settled or withdrawn already.")


class NotFound(Refusal):
    code = "not_found"
    sentence = _("This does not exist, or it is not yours to see.")
