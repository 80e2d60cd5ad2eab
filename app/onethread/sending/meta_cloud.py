"""Meta's Cloud API: POST /{phone_number_id}/messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from onethread.sending.files import (
    File,
    Template,
    Unavailable,
    fetch,
    fetch_json,
    has_origin,
    is_at,
    read_template,
)
from onethread.sending.sender import post, read_id

DEFAULT_URL = "https://graph.facebook.com/v24.0"

# Too many calls or messages, and faults on Meta's side: worth another try.
_TEMPORARY = frozenset({1, 2, 4, 80007, 130429, 131000, 131016, 131056, 133004})


class MetaCloudSender:
    """Sends through one business phone number."""

    kinds = frozenset({"phone", "bsuid"})

    def __init__(
        self,
        client: httpx.Client,
        url: str,
        phone_number_id: str,
        token: str,
        own_number: str | None = None,
        account_id: str | None = None,
    ) -> None:
        self.own_number = own_number
        self.account_id = account_id
        """The WhatsApp business account, whose templates are offered; None: none are."""
        self._client = client
        self._base = url
        self._url = f"{url}/{phone_number_id}/messages"
        self._headers = {"Authorization": f"Bearer {token}"}

    def send(self, kind: str, value: str, body: str) -> str:
        """A phone goes in `to`, a BSUID in `recipient`; see Sender.send()."""
        return self._post(
            kind, value, {"type": "text", "text": {"body": body, "preview_url": False}}
        )

    def send_template(self, kind: str, value: str, template: Mapping[str, Any]) -> str:
        """See Sender.send_template()."""
        parameters = [
            {"type": "text", "text": each.get("text") or ""}
            | ({"parameter_name": each["name"]} if each.get("name") else {})
            for each in template.get("parameters") or []
        ]
        content = {
            "name": template.get("name"),
            "language": {"code": template.get("language")},
            "components": [{"type": "body", "parameters": parameters}] if parameters else [],
        }
        return self._post(kind, value, {"type": "template", "template": content})

    def fetch_file(self, provider_message_id: str, media: Mapping[str, Any]) -> File:
        """By its id, which leads to an address that is good for some minutes."""
        given = media.get("id")
        if not isinstance(given, str | int) or not str(given):
            raise Unavailable("the message names no file")
        url = f"{self._base}/{quote(str(given)[:200], safe='')}"
        address = fetch_json(self._client, "GET", url, self._headers).get("url")
        # The token goes along: to Meta's own servers, or to the one that was configured.
        if not isinstance(address, str) or not (
            is_at(address, "facebook.com", "fbsbx.com", "whatsapp.net")
            or has_origin(address, self._base)
        ):
            raise Unavailable("the provider names no address of its own")
        return fetch(self._client, "GET", address, self._headers)

    def list_templates(self) -> list[Template]:
        """The approved ones that need nothing but words, by name."""
        if not self.account_id:
            return []
        url = f"{self._base}/{quote(self.account_id, safe='')}/message_templates?limit=200"
        found = fetch_json(self._client, "GET", url, self._headers, most=5_000_000).get("data")
        read = [read_template(each) for each in found] if isinstance(found, list) else []
        return sorted((each for each in read if each), key=lambda each: (each.name, each.language))

    def _post(self, kind: str, value: str, content: dict[str, Any]) -> str:
        content = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            **({"to": value.removeprefix("+")} if kind == "phone" else {"recipient": value}),
            **content,
        }
        answer = post(self._client, self._url, self._headers, content, _TEMPORARY)
        return read_id(answer, "messages", 0, "id")
