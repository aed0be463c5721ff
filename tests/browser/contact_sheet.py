"""Every picture of the inspection on one page, so that a person can look at every page with one scroll."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path

from django.conf import settings

FOLDER = Path(settings.BASE_DIR) / ".autolib/screenshots/every-page"
SHEET = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Every page of Autolib’</title>
<style>
  body {{ margin: 2rem; font: 1rem/1.5 system-ui, sans-serif; background: #8883; }}
  section {{ display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: start; }}
  h2 {{ flex-basis: 100%; margin: 2.5rem 0 0; }}
  figure {{ margin: 0; }}
  img {{ display: block; border: 1px solid #8888; }}
  .w390 img {{ width: 260px; }} .w1280 img {{ width: 640px; }}
</style>
<h1>Every page, {count} pictures</h1>
{sections}
</html>
"""


@dataclass(frozen=True, order=True)
class Picture:
    page: str
    state: str
    language: str
    width: int
    theme: str

    @property
    def path(self) -> Path:
        name = f"{self.page}-{self.state}-{self.language}-{self.width}-{self.theme}.jpg"
        return FOLDER / name.replace("/", "-").replace(" ", "-")


def clear() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)


def write(pictures: Iterable[Picture]) -> Path:
    states: dict[tuple[str, str], list[Picture]] = {}
    for picture in sorted(pictures):
        states.setdefault((picture.page, picture.state), []).append(picture)
    sections = "\n".join(
        f"<section><h2>{escape(page)}: {escape(state)}</h2>{''.join(map(_figure, taken))}</section>"
        for (page, state), taken in states.items()
    )
    sheet = FOLDER / "index.html"
    count = sum(map(len, states.values()))
    sheet.write_text(SHEET.format(count=count, sections=sections), encoding="utf-8")
    return sheet


def _figure(picture: Picture) -> str:
    words = f"{picture.language}, {picture.width} pixels, {picture.theme}"
    return (
        f'<figure class="w{picture.width}"><figcaption>{words}</figcaption>'
        f'<a href="{picture.path.name}"><img loading="lazy" src="{picture.path.name}" '
        f'alt="{escape(f"{picture.page}, {picture.state}: {words}")}"></a></figure>'
    )
