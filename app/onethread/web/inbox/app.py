"""The application at /inbox: its pages, the parts that the script fetches, forms, static files."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from onethread.web.gate import Gate
from onethread.web.inbox.compress import Compress
from onethread.web.inbox.forms import form_router
from onethread.web.inbox.guard import Guard
from onethread.web.inbox.language import Speak
from onethread.web.inbox.pages import page_router
from onethread.web.inbox.parts import part_router
from onethread.web.inbox.render import STATIC, answer_problem
from onethread.web.problem import Problem
from onethread.web.settings import Settings


def inbox_app(settings: Settings, gate: Gate, is_stopping: Callable[[], bool]) -> FastAPI:
    """The application that is mounted at /inbox."""
    app = FastAPI(openapi_url=None)
    app.add_middleware(Compress)
    app.add_middleware(Guard, settings=settings)
    app.add_middleware(Speak)
    for error in (Problem, HTTPException, RequestValidationError):
        app.add_exception_handler(error, answer_problem)
    app.mount("/static", StaticFiles(directory=STATIC))
    for router in (page_router(gate), part_router(gate, is_stopping), form_router(settings, gate)):
        app.include_router(router)
    return app
