"""Orders, products and payments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

from onethread.providers.content.shown import Shown
from onethread.providers.content.values import MOST_ITEMS, decimal, line, lines, present, words


@dataclass(frozen=True)
class Item:
    """One line of an order, with values as they came."""

    name: Any = None
    code: Any = None
    quantity: Any = None
    price: Any = None
    """Of one piece, in its currency; divided by the offset where that is given."""
    currency: Any = None
    offset: Any = 1


def money(amount: Any, currency: Any = None, offset: Any = 1) -> str | None:
    """An amount with its currency; None when it is no number."""
    value = decimal(amount, offset)
    return " ".join(filter(None, (value, line(currency)))) if value else None


def order(
    items: Iterable[Item] = (),
    *,
    message: Any = None,
    title: Any = None,
    count: Any = None,
    total: str | None = None,
    status: Any = None,
    code: Any = None,
) -> Shown:
    """An order or a cart: what was written with it, the items with their prices, the total."""
    lots = list(islice(items, MOST_ITEMS + 1))
    known = [details for item in lots[:MOST_ITEMS] if (details := _details(item))]
    pieces = None if known else decimal(count)
    total = total or _total(lots)
    body = lines(
        message,
        line(title),
        *map(_text, known),
        f"Items: {pieces}" if pieces else None,
        f"Total: {total}" if total else None,
        f"Status: {line(status)}" if line(status) else None,
    )
    details = present(
        items=known,
        title=line(title),
        count=pieces,
        total=total,
        status=line(status),
        id=line(code),
    )
    return Shown("order", body or _named("Order", code), details)


def _details(item: Item) -> dict[str, Any] | None:
    return present(
        name=line(item.name),
        id=line(item.code),
        quantity=decimal(item.quantity),
        price=money(item.price, item.currency, item.offset),
    )


def _total(items: list[Item]) -> str | None:
    """What the items cost, when all are known and their prices are in one currency."""
    prices = [decimal(item.price, item.offset) for item in items]
    counts = [decimal(item.quantity) for item in items]
    if not 0 < len(items) <= MOST_ITEMS or len({line(item.currency) for item in items}) != 1:
        return None
    if not all(prices) or not all(counts):
        return None
    total = sum(
        Decimal(price) * Decimal(count)
        for price, count in zip(prices, counts, strict=True)
        if price and count
    )
    return money(str(total), items[0].currency)


def _text(item: dict[str, Any]) -> str:
    name = item.get("name") or item.get("id") or "?"
    counted = f"{item['quantity']} x {name}" if "quantity" in item else name
    return f"{counted}, {item['price']} each" if "price" in item else counted


def product(
    title: Any,
    *,
    question: Any = None,
    description: Any = None,
    price: str | None = None,
    code: Any = None,
    url: Any = None,
    footer: Any = None,
) -> Shown:
    """A product, with what was asked about it."""
    name = line(title) or _named("Product", code)
    body = lines(question, name, price, words(description), words(url), words(footer))
    details = present(
        title=line(title),
        description=words(description),
        price=price,
        id=line(code),
        url=words(url),
    )
    return Shown("product", body, details)


def payment(what: str, amount: str | None = None, message: Any = None, **details: Any) -> Shown:
    """A payment, or what was said about one: a request, an invoice, ..."""
    body = lines(message, f"{what}: {amount}" if amount else None) or what
    known = {name: line(value) for name, value in details.items()}
    return Shown("payment", body, present(amount=amount, **known))


def _named(what: str, name: Any) -> str:
    return f"{what} {line(name)}" if line(name) else what
