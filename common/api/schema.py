"""What drf-spectacular does not find out about the API by itself: a hook of the schema's generator."""

from __future__ import annotations

from typing import Any, Final

from common.api.fields import VARIANTS

_SECONDS: Final = {"type": "integer", "minimum": 1}
RETRY_AFTER: Final = {"Retry-After": {"schema": _SECONDS, "description": "Seconds.", "required": True}}
REQUEST_ID: Final = {"X-Request-ID": {"schema": {"type": "string"}, "description": "As the server's log names it."}}
SLUG: Final = "^[-a-zA-Z0-9_]+$"
"""As addresses take it; no project has another."""


def complete(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add the headers of answers, the pattern of slugs, the variants of bodies, and which bodies may not be left out."""
    shapes = result["components"]["schemas"]
    for name, shape in shapes.items():
        if variants := shape.pop(VARIANTS, ()):
            description = shape.pop("description", "")
            shapes[name] = {"description": description, "oneOf": [_variant(shape, *variant) for variant in variants]}
    for operations in result["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                more = RETRY_AFTER if status in {"429", "503"} else {}
                response["headers"] = {**response.get("headers", {}), **REQUEST_ID, **more}
            for parameter in operation.get("parameters", []):
                if (parameter["name"], parameter["in"]) == ("slug", "path"):
                    parameter["schema"]["pattern"] = SLUG
            body = operation.get("requestBody", {})
            if any(shape["schema"].get("format") == "binary" for shape in body.get("content", {}).values()):
                body["required"] = True
    return result


def _variant(shape: dict[str, Any], values: dict[str, list[str]], needed: tuple[str, ...]) -> dict[str, Any]:
    """Return the shape with only these values of some fields, and with these fields needed."""
    properties = dict(shape["properties"])
    for name, known in values.items():
        about = {"description": properties[name]["description"]} if "description" in properties[name] else {}
        properties[name] = {"type": "string", "enum": known, **about}
    required = sorted({*shape.get("required", ()), *needed})
    return {**shape, "properties": properties, **({"required": required} if required else {})}
