from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from bookings.drawing import draw


class Command(BaseCommand):
    help = "Draw docs/states.md from the tables of transitions."
    requires_system_checks: list[str] = []

    def handle(self, **options: object) -> None:
        page = Path(settings.BASE_DIR) / "docs/states.md"
        page.parent.mkdir(exist_ok=True)
        page.write_text(draw(), encoding="utf-8")
        self.stdout.write(f"{page.relative_to(settings.BASE_DIR)} drawn")
