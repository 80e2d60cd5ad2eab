"""Every bridge of ours, on a database with the tables of its system."""

from __future__ import annotations

import pytest

from onethread.schema.bridge import install
from onethread.schema.bridge.files import list_bridges
from tests.bridge.site import SYSTEMS, open_site, read

NAMES = sorted(path.stem for path in SYSTEMS.glob("*.txt"))


def test_every_bridge_is_tried() -> None:
    assert [bridge.name for bridge in list_bridges()] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_person_has_one_thread_when_a_bridge_is_in_place(database: str, name: str) -> None:
    with open_site(database, name) as site:
        before = site.describe()
        site.apply()
        site.catch_up()
        history = site.threads()
        site.as_gateway(read(f"{name}_live.sql"))
        assert site.failures() == []
        assert "\n".join([*history, "", *site.threads(), ""]) == read(f"{name}.txt")
        assert site.rows("select * from public.thread_integrity") == []
        count = "select count(*) from public.whatsapp_message"
        stored = site.rows(count)
        assert site.catch_up(from_start=True).failed == 0
        assert site.rows(count) == stored
        assert "\n".join(["", *site.threads(), ""]) in read(f"{name}.txt")
        install.remove(site.connection, name)
        assert site.describe() == before
        assert site.rows(count) == stored
