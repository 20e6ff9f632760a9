"""``forpass serve``: a model behind HTTP, until it is told to end."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from forpass.cli.output import TRACEBACK_VARIABLE, Reporter
from forpass.cli.tables import STANDARD_INPUT, require_place
from forpass.cli.use import loaded, target_of
from forpass.errors import InputError
from forpass.shown import counted
from forpass.spec.require import whole_number

__all__ = ["serve"]

LAST_PORT = 65_535


def serve(
    model_file: str,
    host: str,
    port: int,
    max_bytes: int,
    max_rows: int,
    seconds: float,
    log: str,
    threads: int | None,
    reporter: Reporter,
) -> None:
    """Answer requests to a model until the process is told to end."""
    if not 0 <= port <= LAST_PORT:
        raise InputError(f"--port takes a number from 0 to {LAST_PORT}; got {port}")
    if not 0.0 < seconds < 86_400.0:
        raise InputError(f"--seconds takes a number above 0 and below 86400; got {seconds:g}")
    try:
        from forpass.service.server import bound
        from forpass.service.server import serve as serve_at
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in ("uvicorn", "httptools"):
            raise
        raise InputError(
            f'serving needs {error.name}; install it with: pip install "forpass[serve]"'
        ) from None
    from forpass.service.answering import Answering
    from forpass.service.application import Application, Limits
    from forpass.service.notes import notes_heard

    limits = Limits(whole_number("--max-bytes", max_bytes), whole_number("--max-rows", max_rows), seconds)
    if log not in ("", STANDARD_INPUT):
        require_place(log, model_file)
    model = loaded(model_file, threads)
    target_of(model, model_file)
    about = {
        "model": Path(model_file).name,
        "fingerprint": model.fingerprint(),
        "version": importlib.metadata.version("forpass"),
    }
    with bound(host, port) as place, _opened(log) as lines:
        with notes_heard():
            application = Application(Answering(model), about, limits, lines, _told_by(reporter))

        def ready() -> None:
            place.listen()  # who reads the next line may connect
            at = f"[{host}]" if ":" in host else host
            url = f"http://{at}:{place.getsockname()[1]}"
            reporter.note(
                f"{model_file} at {url}: POST /predict, GET /schema, /health, /metrics; Ctrl-C ends it"
            )

        serve_at(application, place, limits, ready)
    requests, rows = application.metrics.requests, application.metrics.rows
    text = f"{counted(requests, 'request')} answered, {counted(rows, 'record')}"
    reporter.result(text, {"model": model_file, "requests": requests, "rows": rows})


@contextlib.contextmanager
def _opened(log: str) -> Iterator[TextIO | None]:
    """Open what lines are appended to; - is standard error."""
    if log in ("", STANDARD_INPUT):
        yield sys.stderr if log else None
        return
    try:
        file = open(log, "a", encoding="utf-8")  # noqa: SIM115 - closed below, and an error here is told
    except OSError as error:
        raise InputError(f"cannot write to {log}: {error.strerror}; choose another place") from None
    with file:
        yield file


def _told_by(reporter: Reporter):  # type: ignore[no-untyped-def]
    def told(error: Exception) -> None:
        if os.environ.get(TRACEBACK_VARIABLE):
            reporter.note("".join(traceback.format_exception(error)))
        else:
            reporter.note(
                f"error: a fault of forpass ({type(error).__name__}: {error}). Please report it; "
                f"{TRACEBACK_VARIABLE}=1 shows where it happened"
            )

    return told
