"""The webhook server and the thread over HTTP."""

from __future__ import annotations

from app.web.server import create_app, serve
from app.web.settings import Settings

__all__ = ["Settings", "create_app", "serve"]
