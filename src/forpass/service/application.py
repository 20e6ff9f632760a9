"""The ASGI application of a service: paths, limits, and one problem for whatever goes wrong.

Small bodies are answered where they come in: a record takes less time than handing it to a thread and back.
Longer ones, and CSV in or out, go to one thread with a model of its own, one after the other, so that small
ones do not wait for them; so many may be there at once, and the next is told to come again.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import json
import math
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple, TextIO

from forpass.errors import InputError
from forpass.model.encoded import Encoded
from forpass.service.answering import MOST_FAULTS, Answering, Answers
from forpass.service.batching import Batching
from forpass.service.description import described
from forpass.service.headers import CSV, JSON, Form, form_of, prefers_csv
from forpass.service.incoming import SMALL, Incoming
from forpass.service.metrics import Metrics
from forpass.service.notes import notes_kept
from forpass.service.requests import Refusal, coverage_asked, records_in
from forpass.shown import counted
from forpass.spec.data import Data

__all__ = ["AGAIN", "LIMITS", "PROBLEM", "Application", "Limits", "as_json"]

LARGE_AT_ONCE = 8
"""So many requests with long bodies are read and answered at a time; each may hold the most bytes."""

PATHS = {"/predict": "POST", "/schema": "GET", "/health": "GET", "/metrics": "GET"}
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
LONGEST_PATH = 200
PROBLEM = "application/problem+json"
AGAIN = {"retry-after": "1"}

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Limits(NamedTuple):
    """How much a request may ask for.

    Attributes
    ----------
    max_bytes : int
        Of a body.
    max_rows : int
        Records of a request.
    seconds : float
        Until a body is there, and until a request whose turn has not come is given up.
    """

    max_bytes: int = 16 << 20
    max_rows: int = 10_000
    seconds: float = 30.0


LIMITS = Limits()


class Response(NamedTuple):
    """What goes back."""

    status: int
    body: bytes = b""
    kind: str = JSON
    rows: int = 0
    headers: Mapping[str, str] = {}


class Application:
    """A model behind HTTP, as an ASGI application.

    Parameters
    ----------
    answering : Answering
    about : mapping
        ``model``, what it is called; ``fingerprint``; ``version``, of forpass.
    limits : Limits
    log : text file, optional
        Is written a line of JSON for each request.
    fault : callable
        Is told of errors that are no fault of a request.

    Attributes
    ----------
    ending : bool
        Whether each answer is to be the last on its connection.
    """

    def __init__(
        self,
        answering: Answering,
        about: Mapping[str, str],
        limits: Limits = LIMITS,
        log: TextIO | None = None,
        fault: Callable[[Exception], object] = lambda error: None,
    ) -> None:
        self.metrics = Metrics(about)
        self._answering, self._twin = answering, answering.twin()
        self._limits, self._log, self._fault = limits, log, fault
        self._about = dict(about)
        self._schema = as_json(described(answering, about))
        # whatever is still to be loaded is loaded before the first request
        self._twin.answers([answering.example] * 2)
        self._batching = Batching(answering)
        self._thread = ThreadPoolExecutor(1, "forpass-service")
        self._large = 0
        self.ending = False

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            return
        began = time.perf_counter()
        incoming = Incoming(scope, receive, self._limits.seconds)
        self.metrics.under_way += 1
        try:
            response = await self._response_to(incoming)
            await self._send(response, send, await incoming.let_go() and not self.ending)
        finally:
            self.metrics.under_way -= 1
        self._note(incoming, response, time.perf_counter() - began)

    async def _response_to(self, incoming: Incoming) -> Response:
        try:
            return await self._routed(incoming)
        except Refusal as refusal:
            return _refused(refusal)
        except MemoryError:
            return _refused(
                Refusal(503, "there is not enough memory for this; send fewer records", headers=AGAIN)
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, the service goes on
            self._fault(error)
            return _refused(
                Refusal(500, f"this is a fault of forpass, not of your request ({type(error).__name__})")
            )

    async def _routed(self, incoming: Incoming) -> Response:
        path, method = incoming.path, incoming.method
        allowed = PATHS.get(path)
        if allowed is None and path != "*":
            there = ", ".join(f"{verb} {known}" for known, verb in PATHS.items())
            raise Refusal(404, f"there is nothing at {path[:LONGEST_PATH]!r}; there is {there}")
        methods = ("GET", "HEAD") if allowed == "GET" else (allowed,) if allowed else ("GET", "HEAD", "POST")
        allow = {"allow": ", ".join((*methods, "OPTIONS"))}
        if method == "OPTIONS":
            return Response(204, headers=allow)
        if method not in methods or allowed is None:
            raise Refusal(405, f"{path} takes {' and '.join(methods)}, and this is {method}", headers=allow)
        if path == "/predict":
            return await self._predicted(incoming)
        if path == "/schema":
            return Response(200, self._schema)
        if path == "/health":
            return Response(200, as_json({"status": "ok", **self._about}))
        return Response(200, self.metrics.text().encode(), "text/plain; version=0.0.4; charset=utf-8")

    async def _predicted(self, incoming: Incoming) -> Response:
        coverage = coverage_asked(incoming.query, self._answering.covers)
        form, as_table = form_of(incoming.headers), prefers_csv(incoming.headers)
        with contextlib.ExitStack() as stack:
            body = await incoming.body(self._limits.max_bytes, lambda: stack.enter_context(self._place()))
            if form.kind == JSON and len(body) <= SMALL and not as_table:
                return await self._answered_at_once(body, coverage)
            if len(body) <= SMALL:
                stack.enter_context(self._place())
            work = partial(self._answered, body, form, coverage, as_table)
            return await self._in_its_turn(work, incoming.deadline)

    @contextlib.contextmanager
    def _place(self) -> Iterator[None]:
        """Take one of the places for requests with long bodies."""
        if self._large >= LARGE_AT_ONCE:
            raise Refusal(
                503,
                f"{LARGE_AT_ONCE} large requests are under way, as many as there may be; try again",
                headers=AGAIN,
            )
        self._large += 1
        try:
            yield
        finally:
            self._large -= 1

    async def _in_its_turn(self, work: Callable[[], Response], deadline: float) -> Response:
        """Do work in the thread; give it up where its turn does not come in time."""
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._thread, work)
        try:
            async with asyncio.timeout_at(deadline):
                return await future
        except TimeoutError:
            raise Refusal(
                503,
                f"no answer within {self._limits.seconds:g} seconds; send fewer records, or later",
                headers=AGAIN,
            ) from None

    async def _answered_at_once(self, body: bytes, coverage: float | None) -> Response:
        """Answer the records of a small body, together with those of others that have just come."""
        with notes_kept() as notes:
            encoded = _encoded(self._within(records_in(body)), self._answering)
        with _refusing():
            answers = await self._batching.answers(encoded, coverage) if encoded is not None else []
        return _written(answers, notes)

    def _answered(self, body: bytes, form: Form, coverage: float | None, as_table: bool) -> Response:
        """Answer the records of a body: all of them, or none."""
        with notes_kept() as notes:
            encoded = _encoded(self._within(_records(body, form, self._twin)), self._twin)
            with _refusing():
                if as_table:
                    text, rows = self._twin.table(encoded, coverage), encoded.n_rows if encoded else 0
                    return Response(200, text.encode(), f"{CSV}; charset=utf-8", rows)
                answers = self._twin.answers_to(encoded, coverage) if encoded is not None else []
        return _written(answers, notes)

    def _within(self, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Refuse more records than a request may have."""
        if len(records) > self._limits.max_rows:
            most = counted(self._limits.max_rows, "record")
            what = f"a request may have {most}, and this has {len(records):,}"
            raise Refusal(413, f"{what}; send them in several requests")
        return records

    async def _send(self, response: Response, send: Send, stays: bool) -> None:
        """Send an answer, and say whether the connection stays."""
        headers = {
            "content-type": response.kind,
            "content-length": str(len(response.body)),
            **response.headers,
        }
        if response.status == 204:
            del headers["content-type"], headers["content-length"]
        if not stays:
            headers["connection"] = "close"
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": response.status, "headers": encoded})
        await send({"type": "http.response.body", "body": response.body})

    def _note(self, incoming: Incoming, response: Response, seconds: float) -> None:
        """Count a request, and write its line."""
        path = incoming.path if incoming.path in PATHS else "other"
        method = incoming.method if incoming.method in METHODS else "other"
        self.metrics.answered(path, method, response.status, response.rows, seconds)
        if self._log is not None:
            line = {
                "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
                "client": incoming.client,
                "method": method,
                "path": incoming.path[:LONGEST_PATH],
                "status": response.status,
                "rows": response.rows,
                "seconds": round(seconds, 6),
            }
            self._log.write(json.dumps(line) + "\n")
            self._log.flush()


def _records(body: bytes, form: Form, answering: Answering) -> list[dict[str, Any]]:
    if form.kind == JSON:
        return records_in(body)
    with _refusing():
        return answering.records_of(body, form.charset)


@contextlib.contextmanager
def _refusing() -> Iterator[None]:
    """Refuse a request with what was found wrong with it as a whole."""
    try:
        yield
    except InputError as error:
        raise Refusal(422, str(error)) from None


def _encoded(records: list[dict[str, Any]], answering: Answering) -> Data | Encoded | None:
    """Return records as the model's arrays, None of none; refuse all where one cannot be answered."""
    try:
        return answering.encoded(records) if records else None
    except InputError as error:
        raise _unanswered(error, records, answering) from None


def _unanswered(error: InputError, records: list[dict[str, Any]], answering: Answering) -> Refusal:
    """Say of each record what is wrong with it; or what is wrong with all of them together."""
    faults = answering.faults(records)
    if not faults:
        return Refusal(422, str(error))
    more = len(faults) == MOST_FAULTS < len(records)
    see = f"errors has the first {MOST_FAULTS}" if more else "see errors"
    of = f"{'at least ' * more}{len(faults)} of {counted(len(records), 'record')}"
    return Refusal(422, f"{of} cannot be answered, so none was; {see}", faults)


def _written(answers: Answers, notes: list[str]) -> Response:
    found: dict[str, Any] = {"predictions": answers}
    return Response(200, as_json(found | {"notes": notes} if notes else found), JSON, len(answers))


def _refused(refusal: Refusal) -> Response:
    body = as_json(refusal.to_json())
    return Response(refusal.status, body, PROBLEM, headers=refusal.headers)


def as_json(value: Any) -> bytes:
    """Write strict JSON; letters that UTF-8 has no place for, half of a pair, are escaped."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError:  # a prediction that is no finite number
        text = json.dumps(_finite(value), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace")


def _finite(value: Any) -> Any:
    """Return plain values with null in place of numbers that JSON does not have."""
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
