"""The API reads JSON only, and strictly."""

from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from autolib.strict_json import MAX_BYTES, Unacceptable, load


class StrictJSONParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            return load(stream.read(MAX_BYTES + 1))
        except Unacceptable as error:
            raise ParseError(str(error)) from error
