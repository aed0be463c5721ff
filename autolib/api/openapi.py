"""The finishing of the OpenAPI document: problems told once, and the addresses that no view of ours answers."""

from typing import Any

from autolib.problems import CONTENT_TYPE


def _probe(id: str, summary: str, description: str, *, answers: dict[str, tuple[str, str]]) -> dict[str, Any]:
    return {
        "get": {
            "operationId": id,
            "summary": summary,
            "description": f"{summary}.\n\n{description}",
            "tags": ["watching"],
            "security": [{}],
            "responses": {
                status: {
                    "description": meaning,
                    "content": {media_type: {"schema": {"type": "object" if "json" in media_type else "string"}}},
                }
                for status, (meaning, media_type) in answers.items()
            },
        }
    }


READY_FIELDS = {
    "type": "object",
    "required": ["status", "failed", "degraded", "checks"],
    "properties": {
        "status": {"type": "string", "enum": ["ready", "degraded", "unready"]},
        "failed": {"type": "array", "items": {"type": "string"}, "description": "Why this is 503."},
        "degraded": {"type": "array", "items": {"type": "string"}, "description": "What is late, but not vital."},
        "checks": {"type": "object", "description": "Each check with `ok` and its figures."},
    },
}
PROBES = {
    "/healthz": _probe(
        "get_healthz",
        "Does the process live",
        "Asks nothing of the database.",
        answers={"200": ("It lives.", "text/plain")},
    ),
    "/readyz": _probe(
        "get_readyz",
        "Can it serve",
        "Database, migrations, age of the last sweep, workers' rounds, queue lag and the inbox of the devices.",
        answers={
            "200": ("Ready; `degraded` names what is late.", "application/json"),
            "503": ("Not ready; `failed` says why.", "application/json"),
        },
    ),
    "/metrics": _probe(
        "get_metrics",
        "The service in figures",
        "Prometheus' text format, from facts of the database only. Nothing of it concerns a person.",
        answers={"200": ("The figures.", "text/plain"), "503": ("The database is away.", "text/plain")},
    ),
}
for _status in ("200", "503"):
    PROBES["/readyz"]["get"]["responses"][_status]["content"]["application/json"]["schema"] = READY_FIELDS


def finish(result: dict[str, Any], **_context: Any) -> dict[str, Any]:
    """A postprocessing hook of drf-spectacular."""
    shared: dict[str, Any] = {}
    for methods in result["paths"].values():
        for described in methods.values():
            if "requestBody" in described:
                described["requestBody"]["required"] = True
            for response in described["responses"].values():
                problem = response.get("content", {}).get(CONTENT_TYPE)
                if problem:
                    examples = {example["value"]["code"]: example for example in problem["examples"].values()}
                    shared.update({code: {"value": example["value"]} for code, example in examples.items()})
                    problem["examples"] = {code: {"$ref": f"#/components/examples/{code}"} for code in examples}
    result["components"]["examples"] = {code: shared[code] for code in sorted(shared)}
    result["paths"].update(PROBES)
    return _without_marks(result)


def _without_marks(value: Any) -> Any:
    """drf-spectacular's own notes on enumerations mean nothing to readers."""
    if isinstance(value, dict):
        return {name: _without_marks(inner) for name, inner in value.items() if name != "x-spec-enum-id"}
    if isinstance(value, list):
        return [_without_marks(inner) for inner in value]
    return value
