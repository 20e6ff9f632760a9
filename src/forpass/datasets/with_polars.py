"""polars, where it is installed, and its errors as one sentence."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from forpass.errors import TableError

__all__ = ["import_polars", "translated", "whole_file_of"]


def import_polars() -> Any:
    """Return the module polars, or say how to install it."""
    try:
        import polars
    except ImportError:
        raise TableError('reading files needs polars; install it with: pip install "forpass[cli]"') from None
    return polars


def translated(error: BaseException, what: str, remedy: str) -> TableError:
    """Turn an error of polars into one sentence; let anything that is not its own pass."""
    name = type(error).__name__
    if isinstance(error, MemoryError) or not (isinstance(error, Exception) or name == "PanicException"):
        raise error
    first = (str(error).strip() or name).splitlines()[0].rstrip(".:")
    return TableError(f"{what} ({first}); {remedy}")


@contextlib.contextmanager
def whole_file_of(shown: Path, name: str) -> Iterator[None]:
    """Say of errors of polars in this block that a file is no whole one of its kind, Parquet or Arrow."""
    try:
        yield
    except GeneratorExit:
        raise
    except BaseException as error:  # noqa: BLE001 - a panic of polars is no Exception; others pass
        raise translated(error, f"{shown} is no whole {name} file", "write or fetch it again") from None
