"""Reading by conversation: the inbox, and a thread for any spelling of an address."""

from __future__ import annotations

from onethread.database.business import check_business, refuse_impossible
from onethread.database.steps import Rows, Steps, call
from onethread.database.text import storable_text
from onethread.errors import UnknownAddress


@call
def inbox(
    business_id: int,
    *,
    before: str | None = None,
    page_size: int = 50,
) -> Steps[Rows]:
    """A page of conversations, the one with the newest message first.

    Args:
        before: cursor of the last row of the page before; None for the first page.
        page_size: 1 to 1000.

    Raises:
        UnknownBusiness: there is no such business.
    """
    refuse_impossible(business_id)
    rows = yield (
        "select * from onethread.list_inbox(%s, %s, %s)",
        [business_id, *_page(before, page_size)],
    )
    if not rows:
        yield from check_business.steps(business_id)
    return rows


@call
def thread(
    business_id: int,
    address: str,
    *,
    before: str | None = None,
    page_size: int = 50,
) -> Steps[Rows]:
    """A page of the conversation that owns the address today, newest message first.

    With the person's messages that are older than the trigger and not linked yet (conversation_id
    None).

    Args:
        address: any spelling: 0501234567, +972 50-123-4567, a JID, a LID, a BSUID.
        before: cursor of the last row of the page before; None for the first page.
        page_size: 1 to 1000.

    Raises:
        UnknownBusiness: there is no such business.
        UnknownAddress: nobody has written to or from this address.
    """
    refuse_impossible(business_id)
    rows = yield (
        "select * from onethread.list_conversation(%s, %s, %s, %s)",
        [business_id, storable_text(address), *_page(before, page_size)],
    )
    if not rows and (yield from find_thread.steps(business_id, address)) is None:
        yield from _raise_unknown(business_id, address)
    return rows


@call
def find_conversation(business_id: int, address: str) -> Steps[int]:
    """Id of the conversation that owns the address today, read one way, as what acts reads it.

    Raises:
        UnknownBusiness, UnknownAddress: as thread().
    """
    refuse_impossible(business_id)
    [row] = yield (
        "select onethread.find_conversation(%s, %s) as id",
        [business_id, storable_text(address)],
    )
    if row["id"] is None:
        yield from _raise_unknown(business_id, address)
    return int(row["id"])


@call
def find_thread(business_id: int, address: str) -> Steps[int | None]:
    """Id of the conversation with this canonical key, else of the address's owner, else None."""
    [row] = yield (
        "select onethread.find_thread(%s, %s) as id",
        [business_id, storable_text(address)],
    )
    return None if row["id"] is None else int(row["id"])


@call
def list_conversation(
    business_id: int,
    address: str,
    *,
    before: str | None = None,
    page_size: int = 50,
) -> Steps[Rows]:
    """The thread of an address or canonical key with old unlinked messages, as JSON has it.

    Ids are strings (JavaScript's numbers are too short), times ISO text.
    """
    rows = yield (
        """
        select to_jsonb(c) - 'ordinality' || jsonb_build_object(
          'id', c.id::text, 'conversation_id', c.conversation_id::text) as row
        from onethread.list_conversation(%s, %s, %s, %s) with ordinality as c
        order by c.ordinality
        """,
        [business_id, storable_text(address), *_page(before, page_size)],
    )
    return [row["row"] for row in rows]


@call
def read_address(business_id: int, address: str) -> Steps[str | None]:
    """Whom an address names for what acts on a person: +4915112345678, 876...@lid; None: nobody."""
    [row] = yield (
        "select onethread.written_address(w.kind, w.value) as written "
        "from onethread.read_business_address(%s, null, %s) as w",
        [business_id, storable_text(address)],
    )
    written: str | None = row["written"]
    return written


def _raise_unknown(business_id: int, address: str) -> Steps[None]:
    yield from check_business.steps(business_id)
    read = yield from read_address.steps(business_id, address)
    raise UnknownAddress(
        f"no conversation of business {business_id} has the address {address!r}"
        f"{f', read as {read}' if read else ''}",
        "See `onethread inbox` for the addresses it has. A national number is read in the "
        "business's region; write others with + and country code.",
    )


def _page(before: str | None, page_size: int) -> tuple[str | None, int]:
    """Cursor and size of a page as the SQL functions can take them."""
    return None if before is None else storable_text(before), min(max(page_size, 1), 1000)
