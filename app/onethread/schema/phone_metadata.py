"""What the phone functions of this version were generated from."""

from __future__ import annotations

import json
from dataclasses import dataclass

from onethread.database import config


@dataclass(frozen=True)
class PhoneMetadata:
    """The numbering plans in db/functions/phone."""

    version: str
    """Of phonenumbers, from which they were generated."""
    regions: frozenset[str]
    """ISO codes of the regions that have one: in these national numbers can be read."""


def read_phone_metadata() -> PhoneMetadata:
    """Reads the file that is generated beside the functions."""
    file = config.DB_DIR / "functions" / "phone" / "phone_metadata.json"
    content = json.loads(file.read_text("utf-8"))
    return PhoneMetadata(content["phonenumbers"], frozenset(content["regions"]))
