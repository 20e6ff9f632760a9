"""A folder that remembers networks: those that are done, and how far those under way have come.

Work is remembered by what was asked for, under the `keys` of jobs. Whoever asks for it again gets what the
folder knows and trains the rest; so a run that was killed is carried out once more from its beginning, and
comes to the same bits in the time that was left.

    FOLDER/run.json        whose folder it is
    FOLDER/lock            held by the process that writes into it
    FOLDER/<key>.forpass   a network that is done, as a checkpoint at its end
    FOLDER/<key>.state     a checkpoint of one under way

Files appear whole or not at all. One that was damaged is as if it were not there.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
import platform
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from forpass.errors import NOT_AS_WRITTEN, InputError, ModelFileError
from forpass.model.files import take_leftovers_away, whole_file
from forpass.model.folders import RUN, held_folder
from forpass.model.history import EpochRecord
from forpass.model.provenance import Ended, own_version
from forpass.spec.require import require_path
from forpass.spec.stored import rebuilt, typed
from forpass.told import warn_the_caller
from forpass.training.checkpoint import read_checkpoint, write_checkpoint
from forpass.training.job import Job
from forpass.training.outcome import Outcome
from forpass.training.run import Run
from forpass.training.state import RunState

__all__ = ["Counts", "Folder", "Tolerant", "counts_of", "folder_here", "read_about", "remembering"]

SCHEMA = 1
"""Of run.json."""

DONE, UNDER_WAY = ".forpass", ".state"
NETWORK = re.compile(r"([0-9a-f]{40})(\.forpass|\.state)")

Known = TypeVar("Known")


class Tolerant:
    """Writes files of a run that is worth more than they are.

    What cannot be written is told once, and tried again when the time for it comes.
    """

    def __init__(self) -> None:
        self._told = False

    def __call__(self, where: str, write: Callable[[], object]) -> bool:
        """Write something, and say whether that could be done; `where` stands in the warning."""
        try:
            write()
        except (InputError, OSError, MemoryError) as error:
            if not self._told:
                self._told = True
                reason = error.__context__ or error
                warn_the_caller(
                    f"cannot write {where}: {getattr(reason, 'strerror', None) or reason}; training goes on, "
                    "and it is tried again. Until there is room for it, and leave to write, what is learnt "
                    "is lost if this process is killed"
                )
            return False
        return True


class Counts(NamedTuple):
    """How many networks a folder remembers."""

    done: int
    under_way: int


class Folder:
    """What is remembered in a folder; see the module. Threads may share it.

    Parameters
    ----------
    path : path
        Of a folder that is there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._tolerant, self._turn, self._closed = Tolerant(), threading.Lock(), False

    def has_done(self, key: str) -> bool:
        """Whether there is a file of what a network came to."""
        return self._place(key, DONE).is_file()

    def done(self, key: str) -> Outcome | None:
        """Return what a network came to, if that is known."""
        return self._read(key, DONE, _outcome)

    def under_way(self, key: str) -> tuple[RunState, tuple[EpochRecord, ...]] | None:
        """Return where a network stands, if that is known."""
        return self._read(key, UNDER_WAY, lambda state, history, extra: (state, history))

    def keep(self, key: str, job: Job, outcome: Outcome) -> None:
        """Remember what a network came to."""
        extra = {"key": key, "ended": asdict(outcome.ended), "engine": outcome.engine}
        if self._write(key, DONE, job, outcome.state, outcome.history, extra):
            with contextlib.suppress(OSError):
                self._place(key, UNDER_WAY).unlink()

    def lay_aside(self, key: str, run: Run) -> None:
        """Remember how far a network has come."""
        if not self.has_done(key):
            self._write(key, UNDER_WAY, run.job, run.state(), run.history, {"key": key})

    def close(self) -> None:
        """Write nothing any more: what threads under way would still write belongs to nobody."""
        with self._turn:
            self._closed = True

    def _read(
        self,
        key: str,
        ending: str,
        made: Callable[[RunState, tuple[EpochRecord, ...], dict[str, Any]], Known],
    ) -> Known | None:
        """Return what is made of a file; None where there is none, or it is not as it was written."""
        place = self._place(key, ending)
        if not place.is_file():
            return None
        try:
            _, _, state, history, extra = read_checkpoint(place)
            if extra["key"] != key:
                raise ModelFileError(f"{place} is of another network")
            return made(state, history, extra)
        except NOT_AS_WRITTEN as error:
            warn_the_caller(f"{error}; that network is trained again")
            return None

    def _write(
        self, key: str, ending: str, job: Job, state: RunState, history: Any, extra: dict[str, Any]
    ) -> bool:
        """Write a file, and say whether that could be done."""
        place = self._place(key, ending)

        def write() -> None:
            write_checkpoint(place, job.spec, job.training, state, history, extra, lasting=False)

        with self._turn:
            return not self._closed and self._tolerant(f"into the folder {self.path}", write)

    def _place(self, key: str, ending: str) -> Path:
        return self.path / f"{key}{ending}"


def _outcome(state: RunState, history: tuple[EpochRecord, ...], extra: dict[str, Any]) -> Outcome:
    return Outcome(state, history, rebuilt(Ended, extra["ended"]), typed("engine", str, extra["engine"]))


def counts_of(path: str | os.PathLike[str]) -> Counts:
    """Count the networks that a folder remembers."""
    networks = [found for name in os.listdir(path) if (found := NETWORK.fullmatch(name))]
    done = {found[1] for found in networks if found[2] == DONE}
    return Counts(len(done), len({found[1] for found in networks} - done))


_FOLDER: ContextVar[Folder | None] = ContextVar("the folder that remembers networks", default=None)


def folder_here() -> Folder | None:
    """Return the folder that remembers what is trained here; None where none does."""
    return _FOLDER.get()


@contextlib.contextmanager
def remembering(
    folder: str | os.PathLike[str] | None, about: Mapping[str, Any] | None = None
) -> Iterator[None]:
    """Let a folder remember the networks that are trained in a block, and those under way in it.

    A run that was killed in such a block, at any moment, goes on where the same calls are made again in a
    block with the same folder, and comes to the bits of one that was never stopped. What the folder does not
    know is trained; so other calls may share it. See docs/checkpoints.md.

    Parameters
    ----------
    folder : path or None
        It is made if it is not there. None: what holds already goes on.
    about : mapping, optional
        What the run is, as plain JSON; it stands in the folder, for `read_about`.

    Raises
    ------
    InputError
        When the folder cannot be written to, holds other files, or somebody else is writing into it.

    Examples
    --------
    >>> import tempfile, forpass as fp
    >>> iris = fp.load_dataset("iris")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with fp.remembering(folder):
    ...         found = fp.cross_validate(iris.frame, iris.target, folds=3, epochs=5)
    ...     with fp.remembering(folder):  # reads what was trained
    ...         again = fp.cross_validate(iris.frame, iris.target, folds=3, epochs=5)
    >>> [model.fingerprint() for model in again.models] == [model.fingerprint() for model in found.models]
    True
    """
    if folder is None:
        yield
        return
    require_path("checkpoint", folder)
    path, here = Path(os.path.realpath(folder)), folder_here()
    if here is not None and here.path == path:  # a call within the block of the same folder
        yield
        return
    with held_folder(path, NETWORK, begun=_head(path) is not None):
        _begin(path, about)
        opened = Folder(path)
        before = _FOLDER.set(opened)
        try:
            yield
        finally:
            _FOLDER.reset(before)
            opened.close()


def read_about(folder: str | os.PathLike[str]) -> dict[str, Any] | None:
    """Return what a folder says its run is; None where it does not say, as after a call in Python.

    Raises
    ------
    InputError
        When it is no folder of a run.
    """
    require_path("the folder of a run", folder)
    path = Path(folder)
    if not path.is_dir():
        what = "a file" if path.exists() else "not there"
        raise InputError(f"{path} is {what}; name the folder of a run, which --checkpoint made")
    found = _head(path)
    if found is None and not any(counts_of(path)):
        raise InputError(f"{path} is no folder of a run; name one that --checkpoint made")
    return None if found is None else found["about"]


def _begin(path: Path, about: Mapping[str, Any] | None) -> None:
    """Write run.json, always: whoever cannot write learns that before training."""
    before, now = _head(path), _surroundings()
    if before is None and any(counts_of(path)):
        warn_the_caller(
            f"{path / RUN} is damaged or gone, and is written anew; the networks of the folder are known "
            "without it"
        )
    if before is not None:
        about = before["about"] if about is None else about
        if others := [name for name in now if before["with"].get(name) != now[name]]:
            was = ", ".join(f"{name} {before['with'].get(name)} (now {now[name]})" for name in others)
            anew = "networks are trained anew" if "forpass" in others else "bits may differ"
            warn_the_caller(f"{path} was begun with {was}: {anew} from those of a run that never stopped")
    take_leftovers_away(path)
    head = {"schema": SCHEMA, "about": None if about is None else dict(about), "with": now}
    with whole_file(path / RUN) as file:
        file.write(json.dumps(head, ensure_ascii=False, indent=1).encode())


def _surroundings() -> dict[str, str]:
    """Return what bits may depend on that is not in the key of a job."""
    found = {"forpass": own_version(), "processor": platform.machine()}
    for name in ("numpy", "scipy", "llvmlite"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    with contextlib.suppress(ImportError):
        import llvmlite.binding as llvm

        found["processor"] = llvm.get_host_cpu_name()
    return found


def _head(path: Path) -> dict[str, Any] | None:
    """Return what run.json says; None where there is none that is as it was written."""
    try:
        found = json.loads((path / RUN).read_bytes())
        schema, about = typed("schema", int, found["schema"]), found["about"]
        made_by = dict(found["with"])
    except (OSError, *NOT_AS_WRITTEN):
        return None
    if not isinstance(about, dict | None):
        return None
    if schema > SCHEMA:
        raise InputError(
            f"{path} was begun by forpass {made_by.get('forpass')}, a newer one; update this one"
        )
    return {"about": about, "with": made_by}
