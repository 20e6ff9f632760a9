"""A request as it comes in: its headers, and its body within bounds of bytes and of time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from forpass.service.requests import Refusal
from forpass.shown import counted

__all__ = ["SMALL", "Incoming"]

SMALL = 16_384
"""Bodies up to so many bytes are answered at once; longer ones take a place, and go to another thread."""

LINGER_SECONDS = 2.0
"""So long the rest of a body that is refused is read and thrown away: who still sends reads no answer."""


class Incoming:
    """A request, of ASGI.

    Parameters
    ----------
    scope : mapping
    receive : callable
    seconds : float
        How long it may take until the body is there.
    """

    def __init__(
        self, scope: Mapping[str, Any], receive: Callable[[], Awaitable[Mapping[str, Any]]], seconds: float
    ) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.query: bytes = scope["query_string"]
        self.client: str = scope["client"][0] if scope.get("client") else ""
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.deadline = asyncio.get_running_loop().time() + seconds
        self._seconds, self._receive = seconds, receive
        self._ended, self._late = self.length == 0, False

    @property
    def length(self) -> int | None:
        """How long the body is; None where that is not said."""
        if b"transfer-encoding" in self.headers:
            return None
        said = self.headers.get(b"content-length", b"0")
        return int(said) if said.isdigit() else None

    async def body(self, most: int, take_place: Callable[[], object]) -> bytes:
        """Return the body.

        Parameters
        ----------
        most : int
            The most bytes that it may have.
        take_place : callable
            Is called before more than SMALL bytes are kept; may refuse.

        Raises
        ------
        Refusal
            413 for a longer one, 408 for one that does not come in time.
        """
        length = self.length
        if length is not None and length > most:
            raise self._too_long(most, f"it has {counted(length, 'byte')}")
        if length is not None and length > SMALL:
            take_place()
        placed, kept = length is not None and length > SMALL, bytearray()
        try:
            async with asyncio.timeout_at(self.deadline):
                while not self._ended:
                    kept += await self._next()
                    if len(kept) > most:
                        raise self._too_long(most, "it is longer")
                    if not placed and len(kept) > SMALL:
                        take_place()
                        placed = True
        except TimeoutError:
            self._late = True
            raise Refusal(
                408,
                f"the body did not come within {self._seconds:g} seconds; {counted(len(kept), 'byte')} did. "
                "Send it at once",
            ) from None
        return bytes(kept)

    async def let_go(self) -> bool:
        """Throw away what has not been read, for a while; return whether the connection can be used on."""
        if self._late:
            return False  # the client has had its time
        if self._ended or (self.length is not None and self.length <= SMALL):
            return True  # a little is read over by the server
        if b"expect" in self.headers:
            return False  # the client waits to be told whether to send it
        try:
            async with asyncio.timeout(LINGER_SECONDS):
                await self._rest()
        except (TimeoutError, Refusal):
            return False
        return True

    async def _rest(self) -> None:
        while not self._ended:
            await self._next()

    async def _next(self) -> bytes:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self._ended = True
            raise Refusal(400, "the connection ended before the body did; send all of it")
        self._ended = not message.get("more_body", False)
        body: bytes = message.get("body", b"")
        return body

    def _too_long(self, most: int, found: str) -> Refusal:
        return Refusal(
            413,
            f"the body may have {counted(most, 'byte')}, and {found}; send the records in several requests",
        )
