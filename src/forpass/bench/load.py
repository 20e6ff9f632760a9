"""Requests as fast as they are answered: what loads a service, in a process of its own.

``python -m forpass.bench.load PORT CONNECTIONS SECONDS`` reads the body of a request from standard input,
sends it over so many connections, on each the next as soon as the last is answered, and prints what it saw.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

__all__ = ["requested"]

HEAD = (
    "POST /predict HTTP/1.1\r\nHost: localhost\r\n"
    "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n"
)
WARM_UP = 0.5
"""Seconds before what is seen counts."""


class Connection(asyncio.Protocol):
    """A connection that asks, and asks again when the answer is there."""

    def __init__(self, request: bytes, took: list[float], begins: float, ends: float) -> None:
        self.request, self.took = request, took
        self.begins, self.ends = begins, ends
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        """Ask."""
        self.transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        """Take what has come; when the answer is whole, note how long it took."""
        self.got += data
        head, end, body = self.got.partition(b"\r\n\r\n")
        if not end or len(body) < _length(head):
            return
        now = time.perf_counter()
        if not head.startswith(b"HTTP/1.1 200"):
            self.done.set_exception(RuntimeError(f"the service answered {self.got[:300]!r}"))
        elif now < self.ends:
            if self.asked >= self.begins:
                self.took.append(now - self.asked)
            self._ask()
        else:
            self.done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """End with an error, unless all is done."""
        if not self.done.done():
            self.done.set_exception(exc or RuntimeError("the service has closed a connection"))

    def _ask(self) -> None:
        self.got = b""
        self.asked = time.perf_counter()
        self.transport.write(self.request)


def _length(head: bytes) -> int:
    """Return how long the body behind a head is."""
    said = head.lower().partition(b"content-length:")[2]
    return int(said.partition(b"\r\n")[0])


async def requested(port: int, connections: int, seconds: float, body: bytes) -> dict[str, float]:
    """Load a service on this machine.

    Returns
    -------
    dict
        ``requests`` a second, the median and the 99th percentile of their seconds (``p50``, ``p99``), and how
        many ``answers`` these are of.

    Raises
    ------
    RuntimeError
        When the service answers with an error or closes a connection, or no answer came within the time.
    """
    request = HEAD.format(len(body)).encode() + body
    took: list[float] = []
    begins = time.perf_counter() + WARM_UP
    ends = begins + seconds
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda: Connection(request, took, begins, ends), "127.0.0.1", port)
        for _ in range(connections)
    ]
    try:
        await asyncio.gather(*(connection.done for _, connection in made))
    finally:
        for transport, connection in made:
            connection.done.cancel()
            transport.close()
        await asyncio.sleep(0)  # they are closed in the next turn
    if not took:
        raise RuntimeError(f"the service gave no answer within {seconds:g} seconds; load it for longer")
    took.sort()
    return {
        "requests": len(took) / seconds,
        "p50": took[len(took) // 2],
        "p99": took[len(took) * 99 // 100],
        "answers": len(took),
    }


if __name__ == "__main__":
    found = asyncio.run(
        requested(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.stdin.buffer.read())
    )
    print(json.dumps(found))
