"""A Cloud API of the demo's own, on this machine: it has the files of the week, approved templates,
and takes what is sent, which then is delivered and read."""

from __future__ import annotations

import json
import math
import os
import struct
import threading
import time
import zlib
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import psycopg

from onethread.sending import configured_senders, open_client, send_queued

_SENT = "demo-sent-"
_TEMPLATES = [
    ("appointment_reminder", "en", "Hello {{1}}, we expect you on {{2}} at {{3}}."),
    ("appointment_reminder", "he", "שלום {{1}}, נשמח לראותך ב-{{2}} בשעה {{3}}."),
    ("appointment_reminder", "pt_BR", "Olá {{1}}, esperamos você em {{2}} às {{3}}."),
    ("please_write_to_us", "en", "Hello {{1}}, we have news for you. Answer here to hear more."),
]
_READ = """
insert into public.whatsapp_message_event
  (business_id, kind, provider, provider_message_id, address, occurred_at)
select m.business_id, k.kind, m.provider, m.provider_message_id, m.to_number, now()
from public.whatsapp_message m
cross join unnest(array['delivered', 'read']) as k (kind)
where m.business_id = %s and m.provider_message_id = any (%s)
"""


def run_provider(url: str, business_id: int) -> None:
    """Starts it, and a sender, for as long as the process lives; the server is told by its
    environment."""
    server = open_provider()
    for name in ("META_OWN_NUMBER", "EVOLUTION_URL", "EVOLUTION_INSTANCE", "EVOLUTION_API_KEY"):
        os.environ.pop(f"ONETHREAD_{name}", None)
    os.environ |= provider_settings(server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    threading.Thread(target=_send, args=(url, business_id), daemon=True).start()


def open_provider() -> ThreadingHTTPServer:
    """It listens, on a free port."""
    return ThreadingHTTPServer(("127.0.0.1", 0), _Handler)


def provider_settings(server: ThreadingHTTPServer) -> dict[str, str]:
    """The environment that leads there."""
    return {
        "ONETHREAD_META_URL": f"http://127.0.0.1:{server.server_address[1]}",
        "ONETHREAD_META_PHONE_NUMBER_ID": "demo",
        "ONETHREAD_META_ACCESS_TOKEN": "demo",
        "ONETHREAD_META_BUSINESS_ACCOUNT_ID": "demo",
    }


def _send(url: str, business_id: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection, open_client() as client:
        senders = configured_senders(client)
        while True:
            send_queued(lambda: connection, business_id, senders)
            taken, _Handler.taken = _Handler.taken, []
            time.sleep(1)
            connection.execute(_READ, [business_id, taken])


class _Handler(BaseHTTPRequestHandler):
    taken: list[str] = []  # noqa: RUF012  # of the one server

    def do_GET(self) -> None:
        """An address for an id, the file at an address, or the templates."""
        name = self.path.strip("/").partition("?")[0]
        if name.endswith("message_templates"):
            self._say(json.dumps({"data": [_template(*each) for each in _TEMPLATES]}).encode())
        elif name.startswith("file/") and name[5:] in _FILES:
            media_type, make = _FILES[name[5:]]
            self._say(make(), media_type)
        elif name in _FILES:
            self._say(json.dumps({"url": f"http://{self.headers['Host']}/file/{name}"}).encode())
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        """A message is taken."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        message_id = f"{_SENT}{time.time_ns()}"
        _Handler.taken.append(message_id)
        self._say(json.dumps({"messages": [{"id": message_id}]}).encode())

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
        """Nothing: the demo's own."""

    def _say(self, content: bytes, media_type: str = "application/json") -> None:
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _template(name: str, language: str, text: str) -> dict[str, Any]:
    components = [{"type": "BODY", "text": text}, {"type": "FOOTER", "text": "Demo clinic"}]
    return {"name": name, "language": language, "status": "APPROVED", "components": components}


def _png(width: int, height: int, color: Any) -> bytes:
    """A picture; color(x, y), each from 0 to 1, gives red, green and blue."""
    rows = b"".join(
        b"\0" + bytes(v for x in range(width) for v in color(x / width, y / height))
        for y in range(height)
    )
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


def _letter(x: float, y: float) -> tuple[int, int, int]:
    """A sheet of paper with a head and lines of writing."""
    if not (0.06 < x < 0.94 and 0.04 < y < 0.97):
        return 122, 104, 88
    if 0.12 < x < 0.42 and 0.09 < y < 0.14:
        return 28, 110, 96
    line = y * 22 % 1
    end = 0.86 - 0.3 * (math.sin(int(y * 22) * 2.7) > 0.3)
    is_ink = (
        0.12 < x < end and 0.2 < y < 0.86 and 0.3 < line < 0.5 and math.sin(x * 190 + y * 50) > -0.5
    )
    return (70, 74, 84) if is_ink else (246, 244, 238)


def _arm(x: float, y: float) -> tuple[int, int, int]:
    """A forearm with a rash, out of focus."""
    edge = abs(y - 0.52 + 0.1 * math.sin(x * 2.2)) / 0.3
    if edge > 1:
        return int(150 - 20 * x), int(170 - 26 * y), 182
    shade = 1 - 0.28 * edge**2
    spots = math.sin(x * 41) * math.sin(y * 47 + x * 9) > 0.62 and 0.35 < x < 0.75
    red, green, blue = (214, 120, 104) if spots else (226, 178, 150)
    return int(red * shade), int(green * shade), int(blue * shade)


def _smile(x: float, y: float) -> tuple[int, int, int]:
    dx, dy = x - 0.5, y - 0.5
    radius = math.hypot(dx, dy)
    if radius > 0.47:
        return 255, 255, 255
    is_eye = min(math.hypot(dx - 0.16, dy + 0.12), math.hypot(dx + 0.16, dy + 0.12)) < 0.05
    is_mouth = 0.24 < math.hypot(dx, dy - 0.02) < 0.29 and dy > 0.1
    return (70, 48, 12) if is_eye or is_mouth else (250, 206, 66)


def _voice() -> bytes:
    """Four seconds of something like a voice."""
    rate = 8000
    samples = bytes(
        int(128 + 50 * math.sin(t / 9) * abs(math.sin(t / 1400)) * abs(math.sin(t / 5200 + 1)))
        for t in range(4 * rate)
    )
    head = struct.pack("<IHHIIHH", 16, 1, 1, rate, rate, 1, 8)
    return (
        b"RIFF" + struct.pack("<I", 36 + len(samples)) + b"WAVEfmt " + head
        + b"data" + struct.pack("<I", len(samples)) + samples
    )  # fmt: skip


def _pdf() -> bytes:
    text = (
        b"BT /F1 22 Tf 70 720 Td (Demo clinic) Tj 0 -40 Td /F1 13 Tf (All values are normal.) Tj ET"
    )
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text),
    )
    body, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + (
        b"xref\n0 5\n0000000000 65535 f \n" + table
        + b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(body)
    )  # fmt: skip


_FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "demo-referral": ("image/png", lambda: _png(330, 420, _letter)),
    "demo-photo": ("image/png", lambda: _png(390, 285, _arm)),
    "demo-sticker": ("image/png", lambda: _png(180, 180, _smile)),
    "demo-voice": ("audio/wav", _voice),
    "demo-result": ("application/pdf", _pdf),
}
