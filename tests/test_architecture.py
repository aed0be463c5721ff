"""Conventions worth having are tests: the line of dependencies, the one clock, who may touch what."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import ForeignKey, ManyToManyField

ROOT = Path(settings.BASE_DIR)
LINE = {"stations": 0, "vehicles": 1, "accounts": 1, "bookings": 2}
DOMAIN = [path for app in LINE for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]
PRODUCT = [*DOMAIN, *(ROOT / "autolib").rglob("*.py")]


def test_no_model_points_up_the_line_and_none_is_looked_at_from_below() -> None:
    for model in apps.get_models():
        app = model._meta.app_label
        if app not in LINE:
            continue
        for field in model._meta.get_fields():
            if not isinstance(field, ForeignKey | ManyToManyField):
                continue
            target = field.related_model._meta.app_label  # type: ignore[union-attr]
            if target == app or target not in LINE:
                continue
            assert LINE[target] < LINE[app], f"{model.__name__}.{field.name} points up to {target}"
            assert field.remote_field.hidden, f"{model.__name__}.{field.name} needs related_name='+'"


@pytest.mark.parametrize("path", DOMAIN, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_domain_asks_one_clock_and_knows_no_interface(path: Path) -> None:
    source = path.read_text(encoding="utf-8")

    if path != ROOT / "stations/clock.py":
        others = r"timezone\.now|datetime\.(utc)?now|time\.time\(|\bNow\(|CURRENT_TIMESTAMP|\bnow\(\)"
        assert re.findall(others, source.replace("clock.now()", "")) == []
    assert not re.search(r"^\s*(from|import) autolib", source, re.M)
    if path.name != "tasks.py":
        assert "celery" not in {name.split(".")[0] for name in imported(source)}


def imported(source: str) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def test_files_and_functions_stay_small() -> None:
    too_long = []
    for path in PRODUCT:
        source = path.read_text(encoding="utf-8")
        if source.count("\n") > 300 and path.name not in {"settings.py"}:
            too_long.append(f"{path.relative_to(ROOT)}: {source.count(chr(10))} lines")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno > 50:
                too_long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert too_long == []


def test_no_task_is_ever_delayed_by_the_broker() -> None:
    forbidden = re.compile(r"apply_async\(|\.delay\(|countdown=|eta=")

    assert [str(path) for path in PRODUCT if forbidden.search(path.read_text(encoding="utf-8"))] == []


def test_the_set_up_needs_the_standard_library_only() -> None:
    import sys

    ours = {"autolib"}
    for path in [ROOT / "manage.py", *(ROOT / "autolib/service").rglob("*.py")]:
        tops = {name.split(".")[0] for name in imported(path.read_text(encoding="utf-8"))}
        foreign = tops - set(sys.stdlib_module_names) - ours - {"__future__"}
        assert foreign <= {"django"}, f"{path.name} imports {foreign}"
    assert (ROOT / "autolib/__init__.py").read_bytes() == b""
