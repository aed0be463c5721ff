"""What is wrong with a whole request, on its way to become `application/problem+json`."""

from typing import Any

from django.http import JsonResponse

from autolib.problems import problem_response


class Problem(Exception):
    """`more` are members of the body beside the standard ones."""

    def __init__(
        self, status: int, code: str, detail: str, *, headers: dict[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(code)
        self.about = {"status": status, "code": code, "detail": detail, **more}
        self.headers = headers or {}

    def response(self) -> JsonResponse:
        response = problem_response(**self.about)
        for name, value in self.headers.items():
            response[name] = value
        return response
