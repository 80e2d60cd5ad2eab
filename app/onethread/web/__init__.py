"""The webhook server and the thread over HTTP."""

from __future__ import annotations

from onethread.extras import needs_extra

with needs_extra("server"):
    from onethread.web.server import create_app, serve
    from onethread.web.settings import Settings

__all__ = ["Settings", "create_app", "serve"]
