"""Writes docs/reference from a newly migrated database."""

from __future__ import annotations

import psycopg

from tests import server
from tests.reference.render import FOLDER, pages


def main() -> None:
    """Writes every page."""
    FOLDER.mkdir(exist_ok=True)
    with server.migrated_database() as uri, psycopg.connect(uri) as connection:
        for name, text in pages(connection).items():
            (FOLDER / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
