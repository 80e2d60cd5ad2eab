"""Webhooks as Meta sends them, and senders that cost so little that the server is measured.

All senders are one process with one poll: each is a connection that stays, with one request under
way. A request takes some 25 microseconds of a processor here, its signature included.
"""

from __future__ import annotations

import base64
import hmac
import itertools
import select
import socket
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

SECRET = "the-secret-of-the-benchmarks-app"

STATUSES_TO_A_TEXT = 10
_STATUSES = (b"sent", b"delivered", b"read")
# A message is delivered while others are sent, and read later.
_LAG = (0, 507, 2_011)
_START = 1_780_000_000
_READ_BYTES = 65_536
_TOP = (
    b'{"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"value":'
    b'{"messaging_product":"whatsapp","metadata":{"display_phone_number":"97237000100",'
    b'"phone_number_id":"106540352242922"},%b},"field":"messages"}]}]}'
)
_STATUS = (
    b'"statuses":[{"id":"%b","status":"%b","timestamp":"%d","recipient_id":"%b","conversation":'
    b'{"id":"%032x","origin":{"type":"utility"}},"pricing":{"billable":true,'
    b'"pricing_model":"PMP","category":"utility","type":"regular"}}]'
)
_TEXT = (
    b'"contacts":[{"profile":{"name":"Avi"},"wa_id":"%b"}],"messages":[{"from":"%b","id":"%b",'
    b'"timestamp":"%d","text":{"body":"When will it be here? I am at home from four o\'clock."},'
    b'"type":"text"}]'
)
_REQUEST = (
    b"POST /webhooks/meta_cloud/%d HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"User-Agent: facebookexternalua\r\nContent-Type: application/json\r\n"
    b"X-Hub-Signature-256: sha256=%b\r\nContent-Length: %d\r\n\r\n%b"
)


def person(business: int, number: int) -> str:
    """The wa_id of a person of a business."""
    return f"9725{business % 100:02}{number % 1_000_000:06}"


def requests(businesses: Sequence[int], people: int, first: int = 0) -> Iterator[bytes]:
    """Ten statuses, a text, ten statuses, …, of all businesses mixed; nothing comes twice.

    Args:
        people: of each business.
        first: where the numbers of the messages begin.
    """
    texts, statuses = itertools.count(first), itertools.count(len(_STATUSES) * first)
    for turn in itertools.count(1):
        if turn % (STATUSES_TO_A_TEXT + 1) == 0:
            yield _request(*_text(businesses, people, next(texts)))
        else:
            yield _request(*_status(businesses, people, next(statuses)))


def text_request(business: int, people: int, number: int) -> bytes:
    """A text of one of its people."""
    return _request(*_text([business], people, number))


def _request(business: int, value: bytes) -> bytes:
    body = _TOP % value
    signature = hmac.digest(SECRET.encode(), body, "sha256").hex().encode()
    return _REQUEST % (business, signature, len(body), body)


def _text(businesses: Sequence[int], people: int, number: int) -> tuple[int, bytes]:
    business, who = _whose(businesses, people, number)
    return business, _TEXT % (who, who, _message_id(who, number), _time(number))


def _status(businesses: Sequence[int], people: int, number: int) -> tuple[int, bytes]:
    kind = number % len(_STATUSES)
    message = number // len(_STATUSES) - _LAG[kind]
    business, who = _whose(businesses, people, message)
    conversation = message & (2**128 - 1)
    return business, _STATUS % (
        _message_id(who, -message), _STATUSES[kind], _time(number), who, conversation
    )  # fmt: skip


def _whose(businesses: Sequence[int], people: int, number: int) -> tuple[int, bytes]:
    business = businesses[number % len(businesses)]
    return business, person(business, number * 7_919 % people).encode()


def _time(number: int) -> int:
    return _START + number // 1_000 % 10_000_000


def _message_id(who: bytes, number: int) -> bytes:
    """As Meta makes them: the phone, and what looks like chance."""
    chance = b"%018X" % (number * 0x9E3779B97F4A7C15_F3 % 16**18)
    return b"wamid." + base64.b64encode(
        b"\x1c\x18\x0c" + who + b"\x15\x02\x00\x11\x18\x12" + chance + b"\x00"
    )


@dataclass
class Sent:
    """What became of requests."""

    seconds: float = 0.0
    """From the first request to the last answer."""
    answers: list[float] = field(default_factory=list)
    """Seconds that each answer took, from when its request was due."""
    left: int = 0
    """Requests that were due and not sent: no sender was free in time."""
    others: Counter[str] = field(default_factory=Counter)
    """Answers that are not 200, by their first line."""

    def percentile(self, percent: float) -> float:
        """So many of a hundred took at most these seconds; what was left took all there were."""
        ordered = sorted([*self.answers, *[self.seconds] * self.left])
        return ordered[min(int(len(ordered) * percent / 100), len(ordered) - 1)]

    def late(self, seconds: float) -> int:
        """How many were not answered with 200 within these seconds."""
        longer = sum(each > seconds for each in self.answers)
        return self.left + self.others.total() + longer


class Senders:
    """Connections to a server on this machine; close() ends them."""

    def __init__(self, port: int, count: int) -> None:
        self._exits = ExitStack()
        self._poll = self._exits.enter_context(select.epoll())
        self._free: list[socket.socket] = []
        for _ in range(count):
            connection = self._exits.enter_context(socket.create_connection(("127.0.0.1", port)))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._poll.register(connection, select.EPOLLIN)
            self._free.append(connection)
        self._all = {each.fileno(): each for each in self._free}
        self._received: dict[int, bytes] = {}
        self._due: dict[int, float] = {}

    def close(self) -> None:
        """Closes the connections."""
        self._exits.close()

    def __enter__(self) -> Senders:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def send(self, bodies: Iterator[bytes], seconds: float, rate: float = 0) -> Sent:
        """Sends for so long; all are answered then.

        Args:
            rate: requests that are due in a second, whether or not a sender is free; 0: each sender
                sends the next one when it has its answer.
        """
        sent = Sent()
        start = time.perf_counter()
        count, was_over = 0, False
        while True:
            now = time.perf_counter()
            is_over = now - start >= seconds
            if rate:
                due = int(min(now - start, seconds) * rate)
            else:
                due = count if is_over else count + len(self._free)
            while self._free and count < due and not was_over:
                sender = self._free.pop()
                self._due[sender.fileno()] = start + count / rate if rate else now
                sender.sendall(next(bodies))
                count += 1
            was_over = is_over
            if is_over and not self._due:
                sent.left = due - count
                break
            wait = 1 / rate if rate and self._free and not is_over else 1.0
            for descriptor, _ in self._poll.poll(wait):
                self._receive(descriptor, sent)
        sent.seconds = time.perf_counter() - start
        return sent

    def _receive(self, descriptor: int, sent: Sent) -> None:
        sender = self._all[descriptor]
        part = sender.recv(_READ_BYTES)
        if not part:
            raise ConnectionError("the server closed a connection")
        answer = self._received.pop(descriptor, b"") + part
        if not _is_whole(answer):
            self._received[descriptor] = answer
            return
        sent.answers.append(time.perf_counter() - self._due.pop(descriptor))
        if not answer.startswith(b"HTTP/1.1 200"):
            sent.others[answer[: answer.index(b"\r")].decode()] += 1
        self._free.append(sender)


def _is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    at = head.find(b"content-length: ")
    return bool(end) and len(body) >= int(head[at + 16 :].partition(b"\r")[0])
