"""The refusals of field work. Each code is contract; each sentence says what is so and what to do."""

from django.utils.translation import gettext_lazy as _

from stations.refusals import Refusal


class AlreadyAsked(Refusal):
    code = "task_already_asked"
    sentence = _("This is asked for already: look under the open field tasks.")


class OtherNetwork(Refusal):
    code = "other_network"
    sentence = _("This belongs to another network. Choose one of the same network.")


class NothingConcerned(Refusal):
    code = "task_concerns_nothing"
    sentence = _("Say what is to be done where: choose a car, a dock or a station.")


class TaskTaken(Refusal):
    code = "task_taken"
    sentence = _("Somebody else has taken this task. The next nearest one is below.")


class TaskNotNow(Refusal):
    code = "task_not_now"
    sentence = _("This cannot be done while the task is “%(state)s”.")


class NotYourTask(Refusal):
    code = "task_not_yours"
    sentence = _("This task is not yours any more. The tasks that are yours stand at the top.")


class NotToBeMoved(Refusal):
    code = "not_to_be_moved"
    sentence = _(
        "Only a car that is to be moved has a place to move it to. Choose “move” and a car, or leave it empty."
    )


class NotOfTheCrew(Refusal):
    code = "not_of_the_crew"
    sentence = _("This person does not work field tasks in this network. Choose somebody else.")
