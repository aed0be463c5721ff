"""What every view of the API has in common: who may ask, a body that is read strictly, and commands run once."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.models import ApiToken
from autolib import strict_json
from autolib.answering import answered
from autolib.api.answers import PRIVATE, command_answer, read_answer
from autolib.api.permissions import Scoped
from autolib.problems import CONTENT_TYPE

BODILESS = {"GET", "HEAD", "OPTIONS"}


class Resource(APIView):
    """Signed in by default: with a session, or with a token that carries one of `scopes`."""

    permission_classes = [Scoped]
    scopes: ClassVar[frozenset[str]] = frozenset({ApiToken.Scope.BOOKING})
    accepts_session: ClassVar[bool] = True
    is_private: ClassVar[bool] = True
    # Filled by `operation` before the method runs.
    query: dict[str, Any]
    fields: dict[str, Any]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # Before anything else looks at the request: a form's body could not be read a second time.
        self.raw_body = b"" if request.method in BODILESS else strict_json.read(request._request)
        super().initial(request, *args, **kwargs)

    def options(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse(status=204)

    def show(self, body: Any, *, cache: str = PRIVATE) -> HttpResponse:
        return read_answer(self.request, body, cache=cache)

    def command(self, do: Callable[[], dict[str, Any]], *, status: int = 200) -> HttpResponse:
        """Run `do` once for the caller's Idempotency-Key; a refusal is an answer too, and is kept like one."""
        request = self.request
        answer = answered(
            user_id=request.user.pk,
            key=request.headers.get("Idempotency-Key"),
            method=request.method,
            path=request.path,
            body=self.raw_body,
            command=do,
            status=status,
        )
        is_refused = answer.status >= 400
        response = command_answer(
            answer.body, status=answer.status, content_type=CONTENT_TYPE if is_refused else "application/json"
        )
        if answer.is_replay:
            response["Idempotent-Replayed"] = "true"
        return response


class PublicResource(Resource):
    """Everybody may read. A caller who signs in gets a private answer, for it may say more."""

    permission_classes = [AllowAny]
    is_private = False

    def show(self, body: Any, *, cache: str = "public, max-age=1") -> HttpResponse:
        return super().show(body, cache=PRIVATE if self.request.user.is_authenticated else cache)
