"""``forpass train --checkpoint DIR``: what a folder knows of the command that it belongs to.

It is the words of the command, the directory in which they were said, and what of them decides networks, with
digests in place of the files that they name. So ``forpass resume`` runs the command again, and whoever asks
for other networks or comes with a table that has changed is told. Where files go, how long it may take and
with how many threads may be said anew each time.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
import shlex
import signal
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from forpass.cli.options import option_called
from forpass.cli.output import Reporter, as_typed
from forpass.cli.request import Request
from forpass.cli.signals import on_sigterm
from forpass.cli.tables import STANDARD_INPUT
from forpass.errors import NOT_AS_WRITTEN, InputError, SpecError
from forpass.model.archive import read_archive
from forpass.shown import counted
from forpass.spec.stored import rebuilt
from forpass.training.folder import counts_of, read_about, remembering

__all__ = ["begun_by", "checkpointed", "stands_for", "without_option"]


SAID_ANEW = "out", "log", "report", "lang", "checkpoint", "max_bytes", "threads", "time_limit"
FLAGS = "force", "json"
"""These and SAID_ANEW may be said otherwise when a command goes on: they enter no key of a network."""

MAY_BE_FILES = "table", "validation", "test", "schema", "preset"


@dataclasses.dataclass(frozen=True)
class Begun:
    """By which command a folder was begun.

    Attributes
    ----------
    command : tuple of str
        Its words.
    directory : str
        Where it was run, relative to the folder: both may be copied or moved together.
    asked : dict
        What decides networks, by digests where it is in files.
    files : dict
        The digests of these files by their names.
    """

    command: tuple[str, ...]
    directory: str
    asked: Any
    files: Any

    def __post_init__(self) -> None:
        whole = isinstance(self.asked, dict) and isinstance(self.files, dict)
        if not whole or self.command[:1] != ("train",):
            raise SpecError("this is not what forpass train writes")


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
    _require_outside(request)
    asked, files = _asked_for(dataclasses.asdict(request) | dict(options))
    now = Begun(request.words, _directory_from(folder), asked, files)
    if os.path.isdir(folder) and any(counts_of(folder)) and (before := begun_by(folder)):
        _require_same(folder, before, now)
    try:
        with on_sigterm(_leave), remembering(folder, dataclasses.asdict(now)):
            if any(counts := counts_of(folder)):
                under_way = f", {counts.under_way} under way" if counts.under_way else ""
                reporter.note(f"{folder}: {counted(counts.done, 'network')} done{under_way}")
            yield
    except (ToldToEndError, KeyboardInterrupt) as ended:
        reporter.note(f"\nlaid aside; go on with: forpass resume {as_typed(folder)}")
        number = signal.SIGTERM if isinstance(ended, ToldToEndError) else signal.SIGINT
        raise SystemExit(128 + number) from None


def begun_by(folder: str) -> Begun | None:
    """Return the command that began a folder; None where it does not say, as after a call in Python."""
    about = read_about(folder)
    try:
        return rebuilt(Begun, about)
    except SpecError:
        return None


def stands_for(model: Path, request: Request) -> bool:
    """Whether a file is what the same command has written when it was interrupted, or its time was up."""
    if not request.checkpoint:
        return False
    try:
        origin = read_archive(model, "model", "ensemble").content["provenance"]["origin"]
        _, *words = shlex.split(origin["command"])
    except NOT_AS_WRITTEN:
        return False
    return any(word.startswith("--checkpoint") for word in words) and _bare(words) == _bare(request.words)


def without_option(words: Sequence[str], *names: str) -> list[str]:
    """Leave an option out of the words of a command, with its value.

    Examples
    --------
    >>> without_option(["train", "t.csv", "-o", "a", "--out=b", "--seed", "1"], "--out", "-o")
    ['train', 't.csv', '--seed', '1']
    """
    joined = tuple(f"{name}=" if name.startswith("--") else name for name in names)
    left, rest = list[str](), iter(words)
    for word in rest:
        if word in names:
            next(rest, "")
        elif not word.startswith(joined):
            left.append(word)
    return left


def _bare(words: Sequence[str]) -> list[str]:
    """Return the words of a command that decide networks."""
    options, flags = map(option_called, SAID_ANEW), set(map(option_called, FLAGS))
    return [word for word in without_option(words, *options, "-o") if word not in flags]


def _require_outside(request: Request) -> None:
    """Refuse to write into the folder what is to stay when it is deleted."""
    folder = Path(request.checkpoint).resolve()
    for option, what in {"out": "the model", "log": "the log", "report": "the report"}.items():
        place = getattr(request, option) or ("TABLE.forpass" if option == "out" else "")
        if place and folder in Path(place).resolve().parents:
            raise InputError(
                f"{what} would lie in {request.checkpoint}, the folder for checkpoints, which you may delete "
                f"once the model is saved; name another place: --{option} FILE"
            )


def _directory_from(folder: str) -> str:
    """Return the current directory relative to a folder."""
    here = os.path.realpath(os.curdir)
    try:
        return os.path.relpath(here, os.path.realpath(folder))
    except ValueError:  # on another drive
        return here


def _leave() -> None:
    raise ToldToEndError


def _asked_for(said: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what decides networks, by digests where it is in files, and the digests of these by name."""
    asked = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in said.items()
        if name not in (*SAID_ANEW, *FLAGS, "words") and value not in (None, "", ())
    }
    files = dict[str, str]()

    def content(word: str) -> str:
        if not os.path.isfile(word):  # a share, a kind of column, the name of a data set or of a preset
            return word
        with open(word, "rb") as file:
            files[word] = hashlib.file_digest(file, "sha256").hexdigest()
        return f"sha256 {files[word]}"

    for name in MAY_BE_FILES:
        if name in asked:
            value = asked[name]
            asked[name] = list(map(content, value)) if isinstance(value, list) else content(value)
    return asked, files


def _require_same(folder: str, before: Begun, now: Begun) -> None:
    asked = before.asked | now.asked
    others = [name for name in asked if before.asked.get(name) != now.asked.get(name)]
    if not others:
        return
    for name, digest in before.files.items():
        gone = not os.path.isfile(name)
        if gone or now.files.get(name, digest) != digest:
            what = "is not there any more" if gone else "has changed"
            raise InputError(
                f"{name} {what} since {folder} was begun; put it back as it was, or name another folder"
            )
    called = ", ".join("the table" if name == "table" else option_called(name) for name in others)
    raise InputError(
        f"{folder} is of another command, {shlex.join(['forpass', *before.command])}, which differs in "
        f"{called}: go on with that (forpass resume {as_typed(folder)}), or name another folder"
    )
