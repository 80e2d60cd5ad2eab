"""GET /openapi.json and /docs: what can be asked of this server, for those who may ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse

from onethread.web import metrics
from onethread.web.api import webhooks
from onethread.web.api.messages import new_message_schema
from onethread.web.credentials import has_secret
from onethread.web.problem import MEDIA_TYPE, Problem, ProblemDetail
from onethread.web.settings import Settings

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
}


def describe(app: FastAPI) -> dict[str, Any]:
    """The description of an application: its own, with the one form of its errors."""
    is_made = app.openapi_schema is not None
    description = app.openapi()
    if is_made:
        return description
    schemas = description.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    description["components"].setdefault("securitySchemes", {}).update(
        webhooks.SCHEMES | metrics.SCHEMES
    )
    schemas["NewMessage"] = new_message_schema()
    schemas["ProblemDetail"] = ProblemDetail.model_json_schema()
    problem = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetail"}}}
    for operations in description["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if status >= "4":
                    response["content"] = problem
    return description


def description_router(settings: Settings, give: Callable[[], dict[str, Any]]) -> APIRouter:
    """The routes about the routes."""
    router = APIRouter(include_in_schema=False)

    def check(request: Request) -> None:
        if not has_secret(settings.api_token, request.headers, settings.is_insecure):
            # A browser asks for a password: the token, with any name.
            raise Problem(401, "the token is missing or wrong", challenge='Basic realm="Onethread"')

    @router.get("/openapi.json")
    async def openapi(request: Request) -> JSONResponse:
        """The description, for a viewer or a generator of clients."""
        check(request)
        return JSONResponse(give(), headers=_HEADERS)

    @router.get("/docs")
    async def docs(request: Request) -> HTMLResponse:
        """The same to read: a page that loads nothing."""
        check(request)
        return HTMLResponse("".join(_page(give())), headers=_HEADERS)

    return router


def _page(description: Mapping[str, Any]) -> Iterator[str]:
    title = escape(description["info"]["title"])
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
    yield f"<h1>{title} {escape(description['info']['version'])}</h1>"
    yield f"<p>{escape(description['info']['description'])}</p><h2>Who may ask</h2><dl>"
    for name, scheme in description["components"].get("securitySchemes", {}).items():
        yield f"<dt><code>{escape(name)}</code>, {escape(scheme_text(scheme))}</dt>"
        yield f"<dd>{escape(scheme.get('description', ''))}</dd>"
    yield "</dl>"
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            yield from _operation(f"{method.upper()} {path}", operation)
    yield "<h2>What is asked and answered</h2>"
    for name, schema in description["components"]["schemas"].items():
        yield from _schema(name, schema)
    yield '<p>In full: <a href="openapi.json">openapi.json</a></p></html>'


def scheme_text(scheme: Mapping[str, str]) -> str:
    """Where a request carries what opens a route."""
    if scheme["type"] == "http":
        return f"Authorization: {scheme['scheme'].capitalize()}"
    return f"{scheme['in']} {scheme['name']}"


def _operation(name: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h2><code>{escape(name)}</code></h2>"
    yield f"<p>{escape(operation.get('description', ''))}</p><dl>"
    if schemes := [name for each in operation.get("security", []) for name in each]:
        yield f"<dt>who may ask</dt><dd>{escape(' or '.join(schemes))}</dd>"
    for parameter in operation.get("parameters", []):
        needed = ", required" if parameter.get("required") else ""
        yield f"<dt><code>{escape(parameter['name'])}</code></dt>"
        yield f"<dd>{escape(parameter['in'])}, {_kind(parameter.get('schema', {}))}{needed}"
        yield f" {escape(parameter.get('description', ''))}</dd>"
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<dt>body</dt><dd>{escape(media)}: {_kind(content.get('schema', {}))}</dd>"
    for status, response in operation.get("responses", {}).items():
        kinds = {_kind(each.get("schema", {})) for each in response.get("content", {}).values()}
        yield f"<dt>{escape(status)}</dt><dd>{escape(response.get('description', ''))}"
        yield f" {', '.join(sorted(kinds))}</dd>"
    yield "</dl>"


def _schema(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f'<h3 id="{escape(name)}">{escape(name)}</h3>'
    yield f"<p>{escape(schema.get('description', ''))}</p><dl>"
    for field, of_field in schema.get("properties", {}).items():
        yield f"<dt><code>{escape(field)}</code></dt>"
        yield f"<dd>{_kind(of_field)} {escape(of_field.get('description', ''))}</dd>"
    yield "</dl>"


def _kind(schema: Mapping[str, Any]) -> str:
    """The type of a value, as HTML; a schema of the page is a link to it."""
    if reference := schema.get("$ref"):
        name = escape(reference.rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    if choices := schema.get("anyOf"):
        return " or ".join(map(_kind, choices))
    if items := schema.get("items"):
        return f"list of {_kind(items)}"
    kinds = schema.get("type", "anything")
    return escape(" or ".join(kinds) if isinstance(kinds, list) else kinds)
