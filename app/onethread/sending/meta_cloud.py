"""Meta's Cloud API: POST /{phone_number_id}/messages."""

from __future__ import annotations

import httpx

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
    ) -> None:
        self.own_number = own_number
        self._client = client
        self._url = f"{url}/{phone_number_id}/messages"
        self._headers = {"Authorization": f"Bearer {token}"}

    def send(self, kind: str, value: str, body: str) -> str:
        """A phone goes in `to`, a BSUID in `recipient`; see Sender.send()."""
        content = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            **({"to": value.removeprefix("+")} if kind == "phone" else {"recipient": value}),
            "type": "text",
            "text": {"body": body, "preview_url": False},
        }
        answer = post(self._client, self._url, self._headers, content, _TEMPORARY)
        return read_id(answer, "messages", 0, "id")
