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
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, NamedTuple

from forpass.errors import NOT_AS_WRITTEN, InputError, ModelFileError
from forpass.model.files import take_leftovers_away, whole_file
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

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

__all__ = ["RUN", "Counts", "Folder", "Tolerant", "counts_of", "folder_here", "read_about", "remembering"]

RUN, LOCK = "run.json", "lock"
DONE, UNDER_WAY = ".forpass", ".state"
FORM = 1
"""Of run.json."""

_OPEN: set[Path] = set()
"""Folders that this process writes into: its own lock would not keep it from taking one twice."""


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
        found = self._read(key, DONE)
        if found is None:
            return None
        state, history, extra = found
        return Outcome(state, history, rebuilt(Ended, extra["ended"]), extra["engine"])

    def under_way(self, key: str) -> tuple[RunState, tuple[EpochRecord, ...]] | None:
        """Return where a network stands, if that is known."""
        found = self._read(key, UNDER_WAY)
        return None if found is None else found[:2]

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

    def _read(self, key: str, ending: str) -> tuple[RunState, tuple[EpochRecord, ...], dict[str, Any]] | None:
        place = self._place(key, ending)
        if not place.is_file():
            return None
        try:
            _, _, state, history, extra = read_checkpoint(place)
            if extra["key"] != key:
                raise ModelFileError(f"{place} is of another network")
            if ending == DONE:
                typed("engine", str, extra["engine"])
                rebuilt(Ended, extra["ended"])
            return state, history, extra
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


def counts_of(path: str | os.PathLike[str]) -> Counts:
    """Count the networks that a folder remembers."""
    names = os.listdir(path)
    done = {name.removesuffix(DONE) for name in names if name.endswith(DONE)}
    under_way = {name.removesuffix(UNDER_WAY) for name in names if name.endswith(UNDER_WAY)}
    return Counts(len(done), len(under_way - done))


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
    with _opened(path, about):
        opened = Folder(path)
        before = _FOLDER.set(opened)
        try:
            yield
        finally:
            _FOLDER.reset(before)
            opened.close()


def read_about(folder: str | os.PathLike[str]) -> dict[str, Any] | None:
    """Return what a folder says its run is; None where it says nothing, for it is of a call in Python.

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
    found = _run(path)
    if found is None:
        raise InputError(
            f"{path} holds no {RUN} and so is no folder of a run; name one that --checkpoint made"
        )
    about: dict[str, Any] | None = found["about"]
    return about


@contextlib.contextmanager
def _opened(path: Path, about: Mapping[str, Any] | None) -> Iterator[None]:
    """Hold a folder for this process."""
    if path.exists() and not path.is_dir():
        raise InputError(f"{path} is a file; checkpoints of many networks go to a folder: name another place")
    try:
        path.mkdir(parents=True, exist_ok=True)
        _require_own(path)
        lock = (path / LOCK).open("ab")
    except OSError as error:
        raise InputError(
            f"cannot write into the folder {path}: {error.strerror or error}; choose another place"
        ) from None
    with lock:
        who = "this process" if path in _OPEN else "another process"
        if path in _OPEN or not _locked(lock):
            raise InputError(
                f"{who} is writing into {path} already; wait until that has ended, or name another folder"
            )
        _OPEN.add(path)
        try:
            _begin(path, about)
            yield
        finally:
            _OPEN.discard(path)


def _begin(path: Path, about: Mapping[str, Any] | None) -> None:
    """Write run.json, always: whoever cannot write learns that before training."""
    before, now = _run(path), _surroundings()
    if before is not None:
        about = before["about"] if about is None else about
        if others := [name for name in now if before["with"].get(name) != now[name]]:
            was = ", ".join(f"{name} {before['with'].get(name)} (now {now[name]})" for name in others)
            anew = "networks are trained anew" if "forpass" in others else "bits may differ"
            warn_the_caller(f"{path} was begun with {was}: {anew} from those of a run that never stopped")
    take_leftovers_away(path)
    head = {"form": FORM, "about": None if about is None else dict(about), "with": now}
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


def _require_own(path: Path) -> None:
    """Refuse a folder with other things in it: nobody wants our files among theirs."""
    names = [name for name in os.listdir(path) if name != LOCK and not name.startswith(f".{RUN}.")]
    if names and RUN not in names:
        raise InputError(
            f"{path} holds other files ({min(names)}) and is no folder of a run; name an empty or a new one"
        )


def _run(path: Path) -> dict[str, Any] | None:
    """Return what run.json says; None where there is none."""
    try:
        found = json.loads((path / RUN).read_bytes())
        form, about, made_by = found["form"], found["about"], dict(found["with"])
        whole = type(form) is int and isinstance(about, dict | None)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError):
        whole = False
    if not whole:
        raise InputError(f"{path / RUN} is damaged; name another folder")
    if form > FORM:
        raise InputError(
            f"{path} was begun by forpass {made_by.get('forpass')}, a newer one; update this one"
        )
    return {"about": about, "with": made_by}


def _locked(file: IO[bytes]) -> bool:
    """Lock an open file until it is closed, or its process dies; say whether nobody else holds it."""
    try:
        if sys.platform == "win32":
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # a file system without locks
        return True
    return True
