"""Every code that a problem may carry: what the rules refuse, and what is wrong with a request itself."""

from collections import defaultdict
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from autolib.problems import STATUSES
from stations.refusals import Refusal


class ProblemCode(NamedTuple):
    code: str
    status: int
    meaning: str


REQUEST_PROBLEMS: dict[str, tuple[int, Any]] = {
    "malformed": (
        400,
        _("The body is not JSON as we read it: UTF-8, no name twice, nothing nested deeply, no NaN, no NUL."),
    ),
    "invalid": (400, _("A field or parameter is missing, unknown or of the wrong kind. “errors” names each one.")),
    "bad_request": (400, _("The request itself could not be understood.")),
    "not_authenticated": (401, _("Sign in first: send a token, or the session of the website.")),
    "authentication_failed": (401, _("The token is not known or was revoked.")),
    "clock_off": (401, _("X-Timestamp is too far from the time of the server; see server_time.")),
    "wrong_credentials": (401, _("E-mail and password do not match.")),
    "forbidden": (403, _("You may not do this; a token may lack the scope that is needed.")),
    "csrf_failed": (403, _("Signed in by cookie, the request lacks the CSRF token of the page.")),
    "email_unconfirmed": (403, _("The e-mail address has not been confirmed yet: open the link that was sent to it.")),
    "not_found": (404, _("This does not exist, or it is not yours to see.")),
    "method_not_allowed": (
        405,
        _("This address does not know the method; the header Allow names those that it knows."),
    ),
    "length_required": (411, _("A body was sent without its length.")),
    "body_too_large": (413, _("The body is larger than 64 KiB.")),
    "unsupported_media_type": (415, _("The body must be application/json.")),
    "rate_limited": (429, _("Too many requests: wait as long as the header Retry-After says.")),
    "server_error": (500, _("Something broke on our side. It has been noted.")),
    "unavailable": (503, _("The service cannot answer at the moment. Send the same command again with the same key.")),
}
EXAMPLE_VALUES = defaultdict(lambda: "…", station="Bastille", network="Autolib’ Paris", state="completed")


def refusals() -> dict[str, type[Refusal]]:
    """Every refusal of the domain by its code."""
    found: dict[str, type[Refusal]] = {}
    pending = list(Refusal.__subclasses__())
    while pending:
        refusal = pending.pop()
        pending.extend(refusal.__subclasses__())
        found.setdefault(refusal.code, refusal)
    return found


def all_codes() -> list[ProblemCode]:
    """In order of status, in the active language."""
    of_rules = [
        ProblemCode(code, STATUSES.get(code, 409), str(refusal.sentence) % EXAMPLE_VALUES)
        for code, refusal in refusals().items()
        if code not in REQUEST_PROBLEMS
    ]
    of_requests = [ProblemCode(code, status, str(meaning)) for code, (status, meaning) in REQUEST_PROBLEMS.items()]
    return sorted(of_rules + of_requests, key=lambda known: (known.status, known.code))
