"""A table for models that are served, and a way to ask the application without a socket."""

import asyncio
import json
from typing import NamedTuple

import numpy as np

import forpass as fp
from forpass.service.application import Application, Limits

TOWNS = ["Ulm", "Bonn", "Kiel"]
ABOUT = {"model": "m.forpass", "fingerprint": "0" * 64, "version": "0"}


def people(n=240):
    """Return a table with a column of each kind, and targets of each task."""
    rng = np.random.default_rng(0)
    size, town = rng.normal(170.0, 10.0, n).round(1), rng.choice(TOWNS, n)
    day = np.datetime64("2020-01-01") + rng.integers(0, 900, n)
    score = (size - 170.0) / 10.0 + (town == "Ulm") + 0.3 * rng.standard_normal(n)
    return {
        "size": np.where(rng.random(n) < 0.1, np.nan, size),
        "town": town,
        "floor": rng.integers(0, 4, n),
        "member": rng.random(n) < 0.5,
        "since": np.array([str(one) for one in day]),
        "fit": np.where(score > 0.4, "yes", "no"),
        "score": score,
        "twice": 2.0 * score,
        "tall": (size > 175.0).astype(int),
        "late": (score + rng.standard_normal(n) > 0).astype(int),
    }


def trained(target, **said):
    table = people()
    named = target if isinstance(target, list) else [target]
    others = {"fit", "score", "twice", "tall", "late"} - set(named)
    features = {name: cells for name, cells in table.items() if name not in others}
    schema = {
        name: kind for name, kind in {"floor": "category", "since": "date"}.items() if name not in named
    }
    return fp.train_table(features, target, schema=schema, seed=1, **said)


def time_passes(seconds):
    """Put the clock of the running loop forward, so that nothing depends on how fast a machine is."""
    loop = asyncio.get_running_loop()
    now = loop.time
    loop.time = lambda: now() + seconds


class Response(NamedTuple):
    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


def asking(application, path="/predict", body=None, headers=(), parts=None, ends=True):
    """Return a coroutine that asks an application as a server does.

    A body may come in parts; if it does not end, an hour passes in which nothing more comes.
    """
    path, _, query = path.partition("?")
    method, _, path = path.rpartition(" ")
    method = method or ("GET" if body is None and parts is None else "POST")
    if parts is None:
        parts = [body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()]
    said = {"content-length": str(sum(map(len, parts))), "content-type": "application/json", **dict(headers)}
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "client": ("127.0.0.1", 50000),
        "headers": [(name.encode(), value.encode()) for name, value in said.items() if value is not None],
    }
    left, sent = list(parts), []

    async def receive():
        await asyncio.sleep(0)
        if not left:
            time_passes(3600.0)
            await asyncio.sleep(1.0)
            raise AssertionError("nobody has given up after an hour")
        part = left.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(left) or not ends}

    async def send(message):
        sent.append(message)

    async def ask():
        await application(scope, receive, send)
        start, rest = sent
        headers = {name.decode(): value.decode() for name, value in start["headers"]}
        return Response(start["status"], headers, rest["body"])

    return ask()


def ask(application, *said, **more):
    return asyncio.run(asking(application, *said, **more))


def application(answering, **limits):
    """Return an application; what forpass warns of goes to its answers."""
    return Application(answering, ABOUT, Limits(**limits))
