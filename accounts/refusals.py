"""The refusals about people and their contracts."""

from django.utils.translation import gettext_lazy as _

from stations.refusals import Refusal


class PlanClosed(Refusal):
    code = "plan_closed"
    sentence = _("This plan is not open to new subscribers. Please choose another one.")


class SubscribedAlready(Refusal):
    code = "subscribed_already"
    sentence = _("You already have a subscription that is valid now.")


class BadgeTaken(Refusal):
    code = "badge_taken"
    sentence = _("This badge belongs to somebody already.")


class AccountClosed(Refusal):
    code = "account_closed"
    sentence = _("This account is closed.")


class KeyRequired(Refusal):
    code = "idempotency_key_required"
    sentence = _("Send an Idempotency-Key header: any text of 1 to 255 visible characters, new for each new command.")

    def __init__(self) -> None:
        super().__init__(field="Idempotency-Key")


class KeyReused(Refusal):
    code = "idempotency_key_reused"
    sentence = _("This Idempotency-Key was used for another command. Use a new key for each new command.")

    def __init__(self) -> None:
        super().__init__(field="Idempotency-Key")


class InProgress(Refusal):
    code = "in_progress"
    sentence = _("The same command is still being carried out. Ask again in a moment, with the same key.")


class RateLimited(Refusal):
    code = "rate_limited"
    sentence = _("Too many requests. Please wait a moment.")


class BlockedAlready(Refusal):
    code = "blocked_already"
    sentence = _("This subscriber is already blocked.")


class GroundTooShort(Refusal):
    code = "ground_too_short"
    sentence = _("Say in %(least)s letters or more what happened: the list names no ground for it.")


class BlockOver(Refusal):
    code = "block_over"
    sentence = _("A block ends later than now. Choose a later day, or none.")


class NotBlocked(Refusal):
    code = "not_blocked"
    sentence = _("This subscriber is not blocked.")


class BadgeOff(Refusal):
    code = "badge_off"
    sentence = _("This badge is already switched off.")


class TooManyFavourites(Refusal):
    code = "too_many_favourites"
    sentence = _("You keep %(most)s places already. Let one go first.")


class OperatorAccount(Refusal):
    code = "operator_account"
    sentence = _("This is an operator’s account. An administrator of the service closes it, not you.")


class WrongCode(Refusal):
    """Also for a code that was right once: nobody learns which."""

    code = "wrong_code"
    sentence = _("This code was not accepted. Each counts once and for a minute: take the next one.")


class LastSecondFactor(Refusal):
    code = "last_second_factor"
    sentence = _("This is your only way to show that it is you. Set up another one first.")


class OwnSecondFactors(Refusal):
    code = "own_second_factors"
    sentence = _("These are your own. Change them on the page “Your second step”.")


class NoSecondFactor(Refusal):
    code = "no_second_factor"
    sentence = _("There is nothing to remove.")


class NotAnOperator(Refusal):
    code = "not_an_operator"
    sentence = _("This address is a subscriber’s. Operators are appointed by a work address of their own.")


class NameRequired(Refusal):
    code = "name_required"
    sentence = _("Nobody here has this address yet. Give the name as well.")


class AlreadyAppointed(Refusal):
    code = "already_appointed"
    sentence = _("This person has this role in this network already.")


class AppointmentProposed(Refusal):
    code = "appointment_proposed"
    sentence = _("This is proposed already and waits for somebody else to decide.")


class NotAppointed(Refusal):
    code = "not_appointed"
    sentence = _("This person no longer has this role in this network.")


class OwnAppointment(Refusal):
    code = "own_appointment"
    sentence = _("Nobody decides on a role of his own. Ask somebody else, or a superuser.")
