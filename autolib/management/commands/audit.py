import json
import sys

from django.core.management.base import BaseCommand, CommandParser

from bookings.audit import audit


class Command(BaseCommand):
    help = "Check every invariant in the database. Exit status 1 when one is broken."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *, json: bool, **options: object) -> None:
        findings = audit()
        broken = sum(finding["violations"] for finding in findings)
        if json:
            self.stdout.write(as_json(findings, broken))
        else:
            for finding in findings:
                mark = "✗" if finding["violations"] else "✓"
                self.stdout.write(f"{mark} {finding['code']}  {finding['sentence']}  {finding['violations'] or ''}")
                for example in finding["examples"]:
                    self.stdout.write(f"     {', '.join(example)}")
            self.stdout.write(f"{broken} violations")
        if broken:
            sys.exit(1)


def as_json(findings: list[dict[str, object]], broken: int) -> str:
    answer = {"is_clean": broken == 0, "violations": broken, "invariants": findings}
    return json.dumps(answer, ensure_ascii=False, indent=1)
