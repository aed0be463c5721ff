"""The figures of a run on one page."""

from collections import Counter
from typing import Any

from autolib.simulation.figures import Figures


def report(figures: Figures) -> str:
    answers, seconds = sum(figures.statuses.values()), max(figures.seconds, 1e-9)
    verdict = "Nothing impossible, no error of the server." if figures.is_clean else "NOT CLEAN: see above."
    parts = [
        f"{seconds:.0f} s, {answers} answers, {answers / seconds:.1f} a second",
        *_section("What was done", [(n, f"{act:<20} {code or 'done'}") for (act, code), n in _sorted(figures.actions)]),
        *_section("Refusals by code", [(n, code) for code, n in _refusals(figures).most_common()]),
        *_section("Answers (seconds)", [_endpoint(figures, endpoint) for endpoint in sorted(figures.latencies)]),
        *_section("No answer", [(n, f"{endpoint}  {error}") for (endpoint, error), n in _sorted(figures.unanswered)]),
        *_section(
            "Errors of the server", [(n, f"{endpoint}  {what}") for (endpoint, what), n in _sorted(figures.faults)]
        ),
        *_section("Impossible answers", [(n, rule) for rule, n in _sorted(figures.impossible)]),
        *(f"         {example}" for example in figures.examples),
        *_section("Mistakes of the simulator", [(n, trace) for trace, n in _sorted(figures.mistakes)]),
        "",
        verdict,
    ]
    return "\n".join(parts)


def _section(title: str, rows: list[tuple[int, str]]) -> list[str]:
    return ["", title, *(f"{number:7}  {text}" for number, text in rows)] if rows else []


def _sorted(counter: Counter[Any]) -> list[tuple[Any, int]]:
    return sorted(counter.items())


def _refusals(figures: Figures) -> Counter[str]:
    codes: Counter[str] = Counter()
    for (_action, code), number in figures.actions.items():
        if code:
            codes[code] += number
    return codes


def _endpoint(figures: Figures, endpoint: str) -> tuple[int, str]:
    seen = figures.latencies[endpoint]
    statuses = ", ".join(f"{status}: {n}" for (end, status), n in _sorted(figures.statuses) if end == endpoint)
    p50, p99 = seen.quantile(0.5), seen.quantile(0.99)
    return seen.classes.total(), f"{endpoint:<48} p50 {p50:.3f}  p99 {p99:.3f}   {statuses}"
