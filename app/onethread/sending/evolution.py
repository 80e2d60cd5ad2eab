"""Evolution API, a gateway over linked devices: POST /message/sendText/{instance}."""

from __future__ import annotations

from urllib.parse import quote

import httpx

from onethread.sending.sender import post, read_id

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
        self._headers = {"apikey": api_key}

    def send(self, kind: str, value: str, body: str) -> str:
        """The number is bare digits for a phone, a JID for all else; see Sender.send()."""
        number = value.removeprefix("+") + _SERVERS.get(kind, "")
        answer = post(self._client, self._url, self._headers, {"number": number, "text": body})
        return read_id(answer, "key", "id")
