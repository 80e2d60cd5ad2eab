"""A provider's HTTP interface that takes messages, or does not, as a test tells it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, dict[str, Any] | str | bytes, dict[str, str]] | None
"""Status, body and headers; None: the connection is closed without an answer."""


@dataclass
class Request:
    """What was posted."""

    path: str
    headers: dict[str, str]
    content: dict[str, Any]


@dataclass
class FakeProvider:
    """The server's address, what it was sent, and what it answers."""

    url: str = ""
    requests: list[Request] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    """The next answers; when there is none left, a message is taken."""
    files: dict[str, tuple[int, Any, dict[str, str]]] = field(default_factory=dict)
    """What is had by GET, by path: status, content (bytes, else JSON) and headers."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Path and Authorization of each GET."""
    before_answer: Callable[[Request], None] = lambda request: None

    def taken(self, request: Request) -> Answer:
        """The provider's answer to a message that it takes."""
        number = len(self.requests)
        if "/message/sendText/" in request.path:
            return 201, {"key": {"id": f"3EB0{number:04}", "fromMe": True}, "status": "PENDING"}, {}
        return 200, {"messages": [{"id": f"wamid.{number:04}"}]}, {}

    @property
    def texts(self) -> list[str]:
        """The texts that were posted, in order."""
        return [
            request.content.get("text")
            if isinstance(request.content.get("text"), str)
            else request.content["text"]["body"]
            for request in self.requests
        ]


@contextmanager
def run_fake_provider() -> Iterator[FakeProvider]:
    """A fake provider on a free port."""
    provider = FakeProvider()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            provider.asked.append((self.path, self.headers.get("Authorization", "")))
            status, content, extra = provider.files.get(self.path.partition("?")[0], (404, "", {}))
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            with suppress(ConnectionError):  # who has heard enough hangs up
                self.send_response(status)
                for name, value in ({"Content-Length": str(len(body))} | extra).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.path, headers, json.loads(self.rfile.read(length)))
            with lock:
                provider.requests.append(request)
                answer = provider.answers.pop(0) if provider.answers else provider.taken(request)
            provider.before_answer(request)
            if answer is None:
                self.close_connection = True
                return
            status, content, extra = answer
            text = json.dumps(content) if isinstance(content, dict) else content
            body = text.encode() if isinstance(text, str) else text
            with suppress(ConnectionError):  # a sender that was killed reads no answer
                self.send_response(status)
                for name, value in ({"Content-Length": str(len(body))} | extra).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
