"""What commands report: results on stdout, all else on stderr, one sentence when something is wrong."""

from __future__ import annotations

import json
import logging
import math
import os
import shlex
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, TextIO

from forpass.cli.options import option_called
from forpass.errors import DivergenceError, ExportError, ForpassError, ForpassWarning, InputError
from forpass.shown import bounded, printable
from forpass.told import options_called

__all__ = [
    "TRACEBACK_VARIABLE",
    "Reporter",
    "Streamed",
    "as_typed",
    "failed",
    "reporting",
]

TRACEBACK_VARIABLE = "FORPASS_TRACEBACK"


class Reporter:
    """Where a command's words go.

    Parameters
    ----------
    as_json : bool
        Print one JSON object on stdout instead of text.
    """

    def __init__(self, as_json: bool) -> None:
        for name in ("stdout", "stderr"):  # who closed one of them does not want to read it
            if getattr(sys, name) is None:
                setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - to the end
        _utf8(sys.stdout)
        _utf8(sys.stderr)
        self.as_json = as_json
        self.read_as: dict[str, Any] = {}

    def result(self, text: str, value: dict[str, Any]) -> None:
        """Print the result: as text, or as the JSON object, which also tells how files were read."""
        if self.read_as:
            value = {**value, "read_as": self.read_as}
        if not self.as_json:
            print(printable(text))
            return
        for piece in json.JSONEncoder(ensure_ascii=False, indent=1).iterencode(strict(value)):
            sys.stdout.write(piece)
        print()

    def note(self, text: str) -> None:
        """Say something that is not the result."""
        print(printable(text), file=sys.stderr, flush=True)

    def file_read(self, name: str, form: str, details: dict[str, Any], assumed: bool) -> None:
        """Tell how a file was read: people where something had to be assumed, programs always."""
        self.read_as[name] = details
        if assumed:
            self.note(f"{name}: read as {form}")


class Streamed(list[Any]):
    """A list of JSON whose values come one after the other, and are never all there: `Reporter` prints it.

    The encoder asks a list whether it is empty, and for its values in their order, once.
    """

    def __init__(self, values: Iterator[Any]) -> None:
        super().__init__()
        self._values = values

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[Any]:
        return map(strict, self._values)


@contextmanager
def reporting(as_json: bool) -> Iterator[Reporter]:
    """Turn whatever goes wrong inside into one message and the right exit code."""
    reporter = Reporter(as_json)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # other packages' advice is not for users of a command
            warnings.simplefilter("always", ForpassWarning)
            warnings.showwarning = lambda message, *_: reporter.note(f"note: {message}")
            with _log_shown(reporter), options_called(option_called):
                yield reporter
            sys.stdout.flush()
    except (InputError, DivergenceError, ExportError) as error:
        failed(reporter, str(error), type(error).__name__, 2)
    except BrokenPipeError:
        # Whoever read our output has closed it; nothing is left to say, and Python must not try.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(128 + signal.SIGPIPE if hasattr(signal, "SIGPIPE") else 1) from None
    except MemoryError:
        failed(
            reporter,
            "there is not enough memory for this; use fewer rows or columns, or smaller layers",
            "MemoryError",
            2,
        )
    except KeyboardInterrupt:
        reporter.note("\ninterrupted")
        raise SystemExit(130) from None
    except OSError as error:  # stdout on a full disk, a file taken away while it was read
        failed(reporter, f"{error.strerror or error}; the output is not complete", type(error).__name__, 2)
    except Exception as error:
        if os.environ.get(TRACEBACK_VARIABLE):
            raise
        kind = "" if isinstance(error, ForpassError) else f"{type(error).__name__}: "
        message = (
            f"this is a fault of forpass, not of your input ({kind}{error}). "
            f"Please report it; {TRACEBACK_VARIABLE}=1 shows where it happened"
        )
        failed(reporter, message, type(error).__name__, 1)


@contextmanager
def _log_shown(reporter: Reporter) -> Iterator[None]:
    """Show what the package logs, for instance that it is compiling."""
    log, handler = logging.getLogger("forpass"), logging.Handler()
    handler.emit = lambda record: reporter.note(f"note: {record.getMessage()}")  # type: ignore[method-assign]
    level = log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)


def as_typed(path: str | os.PathLike[str]) -> str:
    """Write a path as it is typed behind a command: one that begins with a dash is no option.

    Examples
    --------
    >>> as_typed("-a.csv"), as_typed("a.csv"), as_typed("b c.csv").strip(chr(34) + chr(39))
    ('./-a.csv', 'a.csv', 'b c.csv')
    """
    path = os.fspath(path)
    path = f"./{path}" if path.startswith("-") else path
    if os.name == "nt":
        return f'"{path}"' if " " in path else path
    return shlex.quote(path)


def strict(value: Any) -> Any:
    """Make a value strict JSON: numbers that are not finite become null."""
    if isinstance(value, dict):
        return {str(key): strict(item) for key, item in value.items()}
    if isinstance(value, list | tuple) and not isinstance(value, Streamed):
        return [strict(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def failed(reporter: Reporter, message: str, kind: str, code: int) -> NoReturn:
    """Say what went wrong, on stderr and where it is wanted as JSON on stdout, and end with a code."""
    message = bounded(message)
    reporter.note(f"error: {message}")
    try:
        if reporter.as_json:
            print(json.dumps({"error": message, "kind": kind}, ensure_ascii=False))
        sys.stdout.flush()
    except OSError:  # stdout itself is what failed; Python must not try it again at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise SystemExit(code) from None


def _utf8(stream: TextIO) -> None:
    """Names of columns may be in any script, whatever the locale says."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8", errors="backslashreplace")
