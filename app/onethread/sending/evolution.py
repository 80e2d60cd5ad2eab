"""Evolution API, a gateway over linked devices: POST /message/sendText/{instance}."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from onethread.sending.files import LARGEST_FILE, File, Template, Unavailable, fetch_json
from onethread.sending.sender import SendRefused, post, read_id

_SERVERS = {"lid": "@lid", "group": "@g.us", "newsletter": "@newsletter"}


class EvolutionSender:
    """Sends through one instance, which is one linked phone."""

    kinds = frozenset({"phone", "lid", "group", "newsletter"})

    def __init__(
        self,
        client: httpx.Client,
        url: str,
        instance: str,
        api_key: str,
        own_number: str | None = None,
    ) -> None:
        self.own_number = own_number
        self._client = client
        self._url = f"{url}/message/sendText/{quote(instance, safe='')}"
        self._files = f"{url}/chat/getBase64FromMediaMessage/{quote(instance, safe='')}"
        self._headers = {"apikey": api_key}

    def send(self, kind: str, value: str, body: str) -> str:
        """The number is bare digits for a phone, a JID for all else; see Sender.send()."""
        number = value.removeprefix("+") + _SERVERS.get(kind, "")
        answer = post(self._client, self._url, self._headers, {"number": number, "text": body})
        return read_id(answer, "key", "id")

    def send_template(self, kind: str, value: str, template: Mapping[str, Any]) -> str:
        """A linked device has none."""
        raise SendRefused("a template goes through the Cloud API")

    def fetch_file(self, provider_message_id: str, media: Mapping[str, Any]) -> File:
        """By the message's id: the gateway decrypts it."""
        content = {"message": {"key": {"id": provider_message_id}}, "convertToMp4": False}
        most = LARGEST_FILE * 4 // 3 + 100_000
        found = fetch_json(self._client, "POST", self._files, self._headers, content, most)
        try:
            raw = base64.b64decode(found["base64"], validate=True)
        except (KeyError, TypeError, ValueError, binascii.Error) as error:
            raise Unavailable("the provider's answer has no file") from error
        given = found.get("mimetype")
        media_type = given if isinstance(given, str) else ""
        return File(raw, media_type.partition(";")[0].strip().lower())

    def list_templates(self) -> list[Template]:
        """None."""
        return []
