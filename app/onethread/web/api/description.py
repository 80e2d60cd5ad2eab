"""GET /openapi.json and /docs: what can be asked of this server, for those who may ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse

from onethread.web.credentials import has_secret
from onethread.web.problem import Problem
from onethread.web.settings import Settings

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
}


def description_router(settings: Settings, describe: Callable[[], dict[str, Any]]) -> APIRouter:
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
        return JSONResponse(describe(), headers=_HEADERS)

    @router.get("/docs")
    async def docs(request: Request) -> HTMLResponse:
        """The same to read: a page that loads nothing."""
        check(request)
        return HTMLResponse("".join(_page(describe())), headers=_HEADERS)

    return router


def _page(description: dict[str, Any]) -> Iterator[str]:
    title = escape(description["info"]["title"])
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
    yield f"<h1>{title}</h1><p>{escape(description['info']['description'])}</p>"
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            yield f"<h2><code>{method.upper()} {escape(path)}</code></h2>"
            yield f"<p>{escape(operation.get('description', ''))}</p><dl>"
            for parameter in operation.get("parameters", []):
                schema = parameter.get("schema", {})
                kind = schema.get("type", "")
                needed = ", required" if parameter.get("required") else ""
                yield f"<dt><code>{escape(parameter['name'])}</code></dt>"
                yield f"<dd>{escape(parameter['in'])}, {escape(kind)}{needed}</dd>"
            for status, response in operation.get("responses", {}).items():
                yield f"<dt>{escape(status)}</dt><dd>{escape(response.get('description', ''))}</dd>"
            yield "</dl>"
    yield '<p>In full: <a href="openapi.json">openapi.json</a></p></html>'
