"""``forpass train --checkpoint DIR``: what a folder knows of the command that it belongs to.

It is the words of the command, the folder in which they were said, and digests of the files that they name.
So ``forpass resume`` says them again, and whoever comes with other words or a table that has changed is told.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shlex
import signal
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from forpass.cli.output import Reporter, as_typed
from forpass.cli.request import Request
from forpass.cli.tables import STANDARD_INPUT
from forpass.errors import NOT_AS_WRITTEN, InputError
from forpass.model.archive import read_archive
from forpass.shown import counted
from forpass.training.folder import RUN, counts_of, read_about, remembering

__all__ = ["checkpointed", "stands_for"]


class ToldToEndError(BaseException):
    """The process was told to end (SIGTERM), and somebody will go on with what it does."""


@contextlib.contextmanager
def checkpointed(request: Request, options: Mapping[str, Any], reporter: Reporter) -> Iterator[None]:
    """Let the folder that was named, if one was, remember what a command trains.

    Told to end, it leaves at once, for what is remembered is a few seconds old at most.

    Raises
    ------
    InputError
        When the folder is another command's, or a file has changed since it was begun.
    """
    folder = request.checkpoint
    if not folder:
        yield
        return
    if STANDARD_INPUT in (request.table, request.validation, request.test):
        raise InputError(
            "standard input cannot be read a second time, so --checkpoint needs a table in a file"
        )
    about = {"command": list(request.words), "folder": os.getcwd(), "files": _digests(request, options)}
    if (Path(folder) / RUN).exists() and any(counts_of(folder)):
        _require_same(folder, read_about(folder), about)
    signal.signal(signal.SIGTERM, _leave)
    try:
        with remembering(folder, about):
            if any(counts := counts_of(folder)):
                under_way = f", {counts.under_way} under way" if counts.under_way else ""
                reporter.note(f"{folder}: {counted(counts.done, 'network')} done{under_way}")
            yield
    except (ToldToEndError, KeyboardInterrupt) as ended:
        reporter.note(f"\nlaid aside; go on with: forpass resume {as_typed(folder)}")
        number = signal.SIGTERM if isinstance(ended, ToldToEndError) else signal.SIGINT
        raise SystemExit(128 + number) from None


def stands_for(model: Path, request: Request) -> bool:
    """Whether a file is what the same command has written when it was interrupted."""
    if not request.checkpoint:
        return False
    try:
        origin = read_archive(model, "model", "ensemble").content["provenance"]["origin"]
        _, *words = shlex.split(origin["command"])
    except NOT_AS_WRITTEN:
        return False
    return _without_json(words) == _without_json(request.words)


def _leave(number: int, frame: FrameType | None) -> None:
    raise ToldToEndError


def _digests(request: Request, options: Mapping[str, Any]) -> dict[str, str]:
    """Return the digest of each file that a command reads, by its name."""
    words = [request.table, request.validation, request.test, *request.schema, options.get("preset") or ""]
    found = {}
    for word in words:
        if word and Path(word).is_file():
            with Path(word).open("rb") as file:
                found[word] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def _without_json(words: Sequence[str]) -> list[str]:
    """Leave out what decides how results are printed."""
    return [word for word in words if word != "--json"]


def _require_same(folder: str, before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> None:
    if before is None:
        return
    was, said = (_without_json(about["command"]) for about in (before, now))
    place = as_typed(folder)
    if was != said:
        raise InputError(
            f"{folder} is of another command, {shlex.join(['forpass', *was])}: go on with it (forpass resume "
            f"{place}), or name another folder"
        )
    for name, digest in before["files"].items():
        found = now["files"].get(name)
        if found != digest:
            what = "is not there any more" if found is None else "has changed"
            raise InputError(
                f"{name} {what} since {folder} was begun; put it back as it was, or name another folder"
            )
