"""A visitor without JavaScript: reads pages, follows links by their words and presses buttons by theirs."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.http import HttpResponse
from django.test import Client

VOID = {"input", "meta", "link", "br", "img", "use", "path", "circle", "rect"}


@dataclass
class Form:
    method: str
    action: str
    values: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)


class Reader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.language = ""
        self._open: list[tuple[str, dict[str, str], list[str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in pairs}
        if tag == "html":
            self.language = attributes["lang"]
        if tag == "form":
            self.forms.append(Form(attributes.get("method", "get"), attributes.get("action", "")))
        is_off = attributes.get("type") in {"checkbox", "radio"} and "checked" not in attributes
        if tag == "input" and not is_off and self.forms and "name" in attributes:
            self.forms[-1].values[attributes["name"]] = attributes.get("value", "")
        if tag == "option" and self._open and (name := self._open[-1][1].get("name")):
            chosen = self.forms[-1].values
            if name not in chosen or "selected" in attributes:
                chosen[name] = attributes["value"]
        if tag not in VOID:
            self._open.append((tag, attributes, []))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        opened, attributes, words = self._open.pop()
        assert opened == tag, f"<{opened}> is closed by </{tag}>"
        text = " ".join("".join(words).split())
        if tag == "a":
            self.links.append((text, attributes.get("href", "")))
        if tag == "button" and attributes.get("type") != "button":
            label = attributes.get("aria-label", text)
            self.forms[-1].buttons.append((label, attributes.get("name", ""), attributes.get("value", "")))
        if self._open:
            self._open[-1][2].append(f" {text} ")

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1][0] not in {"script", "style"}:
            self._open[-1][2].append(data)
            self.texts.append(data)


class Visitor:
    """`go`, `follow` and `press` answer the visitor: a story reads from top to bottom."""

    def __init__(self, client: Client, language: str = "en") -> None:
        self.client = client
        self.headers = {"accept-language": language}
        self.address = "/"
        self.response: HttpResponse = HttpResponse()

    def go(self, address: str) -> "Visitor":
        return self._arrived(
            self.client.get(urljoin(self.address, address), headers=self.headers, follow=True), address
        )

    def follow(self, words: str) -> "Visitor":
        hrefs = [href for text, href in self.page.links if words in text]
        assert hrefs, f"no link says {words!r}: {[text for text, _ in self.page.links]}"
        return self.go(hrefs[0])

    def press(self, words: str, **values: str) -> "Visitor":
        form, name, value = self._button(words)
        sent = {**form.values, **values, **({name: value} if name else {})}
        return self.send(urljoin(self.address, form.action), sent, method=form.method)

    def send(self, address: str, sent: dict[str, str], *, method: str = "post") -> "Visitor":
        """What a script does with a form."""
        send = self.client.post if method == "post" else self.client.get
        return self._arrived(send(address, sent, headers=self.headers, follow=True), address)

    def fields_of(self, words: str) -> dict[str, str]:
        return self._button(words)[0].values

    def form_to(self, address: str) -> Form:
        return next(form for form in self.page.forms if form.action == address)

    def _button(self, words: str) -> tuple[Form, str, str]:
        for form in self.page.forms:
            for text, name, value in form.buttons:
                if words in text:
                    return form, name, value
        raise AssertionError(
            f"no button says {words!r}: {[text for form in self.page.forms for text, _, _ in form.buttons]}"
        )

    def _arrived(self, response: Any, address: str) -> "Visitor":
        self.response = response
        last = response.redirect_chain[-1][0] if response.redirect_chain else address
        parts = urlsplit(urljoin(self.address, last))
        self.address = parts.path + (f"?{parts.query}" if parts.query else "")
        return self

    @property
    def html(self) -> str:
        return self.response.content.decode()

    @property
    def page(self) -> Reader:
        return Reader(self.response.content.decode())

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.page.texts).split())
