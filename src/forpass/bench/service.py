"""`forpass bench service`: how many requests a service answers, and how long they take."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from forpass.bench.big_table import write_table
from forpass.bench.place import in_words, when_and_where
from forpass.bench.report import markdown_table

__all__ = ["measure_service", "service_page"]

ROWS = 5000
MODELS = {
    "one network": ["--preset", "plain", "--epochs", "2"],
    "recipe fast": ["--preset", "fast", "--time-limit", "20"],
    "recipe strong": ["--preset", "strong", "--time-limit", "40"],
}
LOADS = ((1, 1), (1, 8), (1, 32), (100, 8))
"""Records of a request, and connections."""

PAGE = """\
# How fast a service answers

Made by `forpass bench service --out docs/service-speed.md` on {when_and_where}.

A service of one process on this machine, loaded by another over connections that stay, each of which asks
again as soon as it is answered: both share the cores{others}.
Records have 29 columns, 24 of numbers and 5 of text. Every figure is of {seconds:g} s; milliseconds are from
sending a request to having its answer, as the one who asks sees them; processor is what the service itself
takes for a request.
"""


def measure_service(quick: bool = False, note: Callable[[str], object] = print) -> dict[str, Any]:
    """Train models, serve each, and load it.

    Parameters
    ----------
    quick : bool
        A single model, for a short while.
    note : callable
        Is told what is being measured.

    Returns
    -------
    dict
        ``date``, ``machine``, ``versions``, ``seconds``, ``others``, how many processes wanted a core before
        it began (None where the system does not say), and ``loads``: for each its ``model``, ``records`` a
        request, ``connections``, ``requests`` a second, ``p50`` and ``p99`` in seconds, and ``processor``,
        seconds of a request (0 where the system does not say).
    """
    seconds, loads = (2.0 if quick else 5.0), []
    others = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    with tempfile.TemporaryDirectory(prefix="forpass-bench-") as folder:
        write_table(Path(folder) / "table.csv", ROWS)
        for model, options in list(MODELS.items())[: 1 if quick else None]:
            note(f"training: {model}")
            _printed(["forpass", "train", "table.csv", "-t", "y", "--force", *options], cwd=folder)
            with _served(folder) as (process, port):
                record = _example(port)
                for records, connections in LOADS[: 2 if quick else None]:
                    note(f"{model}: {connections} connections, {records} records a request")
                    body = record if records == 1 else [record] * records
                    found = _loaded(process, port, connections, seconds, body)
                    loads.append({"model": model, "records": records, "connections": connections, **found})
    return {**when_and_where(), "seconds": seconds, "others": others, "loads": loads}


def service_page(found: Mapping[str, Any]) -> str:
    """Return what was measured as Markdown."""
    head = ["model", "records", "connections", "requests a second", "records a second", "median", "p99"]
    lines = [
        [
            one["model"],
            str(one["records"]),
            str(one["connections"]),
            f"{one['requests']:,.0f}",
            f"{one['requests'] * one['records']:,.0f}",
            f"{1e3 * one['p50']:.1f} ms",
            f"{1e3 * one['p99']:.1f} ms",
            f"{1e6 * one['processor']:,.0f} us",
        ]
        for one in found["loads"]
    ]
    others = found["others"]
    said = "" if others is None else f"; {others:.1f} other processes wanted one when it began"
    page = PAGE.format(when_and_where=in_words(found), seconds=found["seconds"], others=said)
    return f"{page}\n{markdown_table([*head, 'processor'], lines)}"


def _printed(words: list[str], **how: Any) -> str:
    """Run a module in a process of its own; return what it printed."""
    command = [sys.executable, "-m", *words]
    done: subprocess.CompletedProcess[str] = subprocess.run(
        command, capture_output=True, text=True, check=False, **how
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {done.returncode}: {done.stderr}")
    return done.stdout


@contextlib.contextmanager
def _served(folder: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Serve the model in a process of its own; give it and its port."""
    command = [sys.executable, "-m", "forpass", "serve", "table.forpass", "--port", "0"]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            _, there, rest = line.partition("http://127.0.0.1:")
            if not there:
                raise RuntimeError(f"forpass serve said: {line}{process.stderr.read()}")
            yield process, int(rest.partition(":")[0])
        finally:
            process.send_signal(signal.SIGINT if os.name != "nt" else signal.SIGTERM)
            process.communicate(timeout=60)


def _example(port: int) -> dict[str, Any]:
    """Return a record that the service itself says it takes."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/schema", timeout=60) as answer:
        asked = json.load(answer)["paths"]["/predict"]["post"]["requestBody"]
    example: dict[str, Any] = asked["content"]["application/json"]["examples"]["record"]["value"]
    return example


def _loaded(
    process: subprocess.Popen[str], port: int, connections: int, seconds: float, body: Any
) -> dict[str, float]:
    before, answered = _processor_seconds(process.pid), _counted(port)
    words = ["forpass.bench.load", str(port), str(connections), str(seconds)]
    found: dict[str, float] = json.loads(_printed(words, input=json.dumps(body)))
    spent, answered = _processor_seconds(process.pid) - before, _counted(port) - answered
    return {**found, "processor": spent / max(answered, 1)}


def _counted(port: int) -> int:
    """Return how many predictions the service says it has answered."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
        lines = answer.read().decode().splitlines()
    return int(next(line for line in lines if line.startswith("forpass_predict_seconds_count")).split()[1])


def _processor_seconds(process: int) -> float:
    """Return the seconds of processors that a process has used, where the system says so: on Linux."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
