"""The application behind a socket: uvicorn reads and writes HTTP, and slow senders are let go.

uvicorn gives a connection as long as it likes for the head of a request. Here it has so many seconds, and so
many bytes; and an answer that nobody fetches is not kept for ever.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from forpass.errors import InputError
from forpass.service.application import AGAIN, PROBLEM, Application, Limits, as_json
from forpass.service.notes import notes_heard
from forpass.service.requests import Refusal

__all__ = ["bound", "serve", "server_of"]

HEAD_SECONDS = 10.0
HEAD_BYTES = 65_536
KEPT_SECONDS = 60
"""So long a connection may say nothing between requests, and an answer may lie there until it is fetched."""

CONNECTIONS = 512
"""At most so many at once: half of the files that a process may usually open."""

STOPPING_SECONDS = 5
"""So much longer than a request may take, the service waits at its end for those under way."""

TURN_SECONDS = 0.0005
"""So long a thread keeps Python while others want it: by default ten times that.

Small requests, four at a time beside three of 300 records, then take 1.1 ms in the middle instead of 5.3, and
the large ones no longer.
"""

LAST_REQUESTS_SECONDS = 0.2
"""So long connections still take a request when the service was told to end: the last, as its answer says."""

TOO_MANY = Refusal(
    503, f"there are {CONNECTIONS} connections, as many as there may be; try again", headers=AGAIN
)
TOO_LARGE = Refusal(431, f"the headers have more than {HEAD_BYTES:,} bytes; send fewer")
NOT_HTTP = Refusal(400, "this is not a request of HTTP/1.1; GET /schema tells what can be asked")


class Bounded(HttpToolsProtocol):  # type: ignore[misc] # its types are not asked for: see pyproject.toml
    """A connection, the heads of whose requests have to come in time, and within so many bytes."""

    _timer: asyncio.TimerHandle | None = None
    _unfetched: asyncio.TimerHandle | None = None
    _head = 0
    _refused_for = NOT_HTTP

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first request, unless there are connections enough."""
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS:
            self._refuse(TOO_MANY)
            return
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        """Pass on what has come, and see whether a request is under way."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._head = 0
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            return
        self._head += len(data)
        if self._head > HEAD_BYTES and not self.transport.is_closing():
            self._refuse(TOO_LARGE)
        elif self._timer is None:
            self._wait_for_head()

    def on_headers_complete(self) -> None:
        """Begin with a request, unless its head is too long, though it was there at once."""
        length = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if length > HEAD_BYTES:
            self._refused_for = TOO_LARGE
            raise ValueError("headers")  # the parser goes no further and says so: see send_400_response
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser does not take; a whole request before it has its answer, the last one."""
        if self.cycle is not None and not (self.cycle.more_body or self.cycle.response_complete):
            self.cycle.keep_alive = False
        else:
            self._refuse(self._refused_for)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        for timer in (self._timer, self._unfetched):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Begin to wait until what was written is fetched."""
        super().pause_writing()
        self._unfetched = self.loop.call_later(KEPT_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on: most of it was fetched."""
        super().resume_writing()
        if self._unfetched is not None:
            self._unfetched.cancel()

    def timeout_keep_alive_handler(self) -> None:
        """End a connection that says nothing; what it has not fetched until now is thrown away."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        super().timeout_keep_alive_handler()

    def _refuse(self, refusal: Refusal) -> None:
        """Answer that there is no answer, and end the connection."""
        body = as_json(refusal.to_json())
        headers = [*self.server_state.default_headers, (b"content-type", PROBLEM.encode())]
        headers += [(name.encode(), value.encode()) for name, value in refusal.headers.items()]
        headers += [(b"content-length", b"%d" % len(body)), (b"connection", b"close")]
        status = HTTPStatus(refusal.status)
        self.transport.write(b"HTTP/1.1 %d %s\r\n" % (status, status.phrase.encode()))
        self.transport.write(b"".join(b"%s: %s\r\n" % header for header in headers) + b"\r\n" + body)
        self.transport.close()

    def _wait_for_head(self) -> None:
        self._timer = self.loop.call_later(HEAD_SECONDS, self.transport.abort)


class Server(uvicorn.Server):  # type: ignore[misc]
    """A server that closes no connection on which a request is coming in."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept no more connections; for a moment answer one last request on each open one; then end."""
        self.config.app.ending = True
        for server in self.servers:
            server.close()
        await asyncio.sleep(LAST_REQUESTS_SECONDS)
        await super().shutdown(sockets)


def bound(host: str, port: int) -> socket.socket:
    """Return a socket at which connections can be taken; nobody is listened to before ``listen``.

    Raises
    ------
    InputError
        When there is no such place, or it is taken.
    """
    with ExitStack() as stack:
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(
                host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            place = stack.enter_context(socket.socket(family, kind, protocol))
            if sys.platform != "win32":  # where it would let two services take one place
                place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            place.bind(address)
        except OSError as error:
            raise InputError(
                f"cannot serve at {host}, port {port}: {error.strerror or error}; choose another --host or "
                "--port, or --port 0 for one that is free"
            ) from None
        stack.pop_all()
    return place


def server_of(application: Application, limits: Limits) -> Server:
    """Return the server, which runs on a socket until its ``should_exit`` is set."""
    config = uvicorn.Config(
        application,
        http=Bounded,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEPT_SECONDS,
        timeout_graceful_shutdown=int(limits.seconds) + STOPPING_SECONDS,
    )
    return Server(config)


def serve(
    application: Application, place: socket.socket, limits: Limits, ready: Callable[[], object]
) -> None:
    """Answer requests until the process is told to end; those under way then are still answered.

    From when it is said to be `ready`, a signal ends it in good order.
    """
    server = server_of(application, limits)
    with notes_heard(), _ended_by_signals(server), _short_turns():
        ready()
        server.run(sockets=[place])


@contextmanager
def _ended_by_signals(server: Server) -> Iterator[None]:
    """Let signals end a server, also before it runs.

    The one that uvicorn raises once more after a graceful end does nothing here; elsewhere the process would
    end with an error.
    """
    numbers = signal.SIGINT, signal.SIGTERM
    before = {number: signal.signal(number, server.handle_exit) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _short_turns() -> Iterator[None]:
    """Let what comes in not wait for the thread that is busy with much."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(TURN_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
