"""A provider's HTTP interface that takes messages, or does not, as a test tells it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, dict[str, Any] | str, dict[str, str]]


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
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.path, headers, json.loads(self.rfile.read(length)))
            with lock:
                provider.requests.append(request)
                status, content, extra = (
                    provider.answers.pop(0) if provider.answers else provider.taken(request)
                )
            provider.before_answer(request)
            body = (content if isinstance(content, str) else json.dumps(content)).encode()
            with suppress(ConnectionError):  # a sender that was killed reads no answer
                self.send_response(status)
                for name, value in extra.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
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
