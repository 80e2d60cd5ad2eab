"""The application on a port of its own, for what a client in the same task cannot test."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from onethread.web import Settings, create_app


@contextmanager
def serving(database: str, settings: Settings) -> Iterator[str]:
    """The address of the application, served from a thread of this process."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()  # who comes before the server waits for it
        config = uvicorn.Config(
            create_app(database, settings, lambda: server.should_exit),
            log_level="warning",
            timeout_graceful_shutdown=5,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
