"""A log of training: one JSON line for each event, in a file that can be read while it grows."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import warnings
from typing import Any

from forpass.errors import ForpassWarning, InputError
from forpass.training.events import EpochEnded, Event, NetworkEnded, Running, TrainingEnded, TrainingStarted

__all__ = ["JsonLines"]


class JsonLines:
    """A listener that appends a line to a file when a run starts, after each epoch, and when it ends.

    Each line is one JSON object, written at once and whole: who follows the file reads no half of one,
    and an interrupt leaves none. ``event`` says what it tells:

    - ``"started"``: the fields of `TrainingStarted`;
    - ``"epoch"``: what `EpochRecord.to_json` gives, and whether it is the best so far (``is_best``);
    - ``"ended"``: the fields of `TrainingEnded`;
    - ``"network"``: the fields of `NetworkEnded`, where many networks are trained in one call.

    In the first three, ``run`` is the number of the run among those that this listener has heard of, from
    1 on, and ``name`` the name of its job, if it has one. Numbers that are not finite become ``null``.

    Parameters
    ----------
    path : path
        What is in it stays; new lines go behind it.

    Raises
    ------
    InputError
        When it cannot be written to: at once, before anything is trained. A file that fails later, for
        instance on a full disk, ends the log with a warning; training goes on.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import forpass as fp
    >>> data = fp.Data([[0.0], [1.0], [2.0]], targets=[0.0, 1.0, 2.0])
    >>> spec, training = fp.multilayer(1, [], 1, "squared"), fp.TrainingSpec(epochs=2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "log.jsonl"
    ...     _ = fp.train(spec, training, data, listener=fp.JsonLines(path))
    ...     lines = [json.loads(line) for line in path.read_text().splitlines()]
    >>> [line["event"] for line in lines]
    ['started', 'epoch', 'epoch', 'ended']
    >>> lines[1]["run"], lines[1]["epoch"], sorted(lines[1])[:4]
    (1, 1, ['epoch', 'event', 'is_best', 'learning_rate'])
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        self._count, self._numbers = 0, dict[int, int]()
        self._ended = False
        try:
            self._append_bytes(b"")
        except OSError as error:
            raise InputError(
                f"cannot write the log {self.path}: {error.strerror or error}; name another file"
            ) from None

    def __call__(self, event: Event) -> None:
        """Write the line of an event, if it has one."""
        if isinstance(event, TrainingStarted):
            self._count += 1
            self._numbers[id(event.run)] = self._count
            self._write("started", event.run, _fields(event))
        elif isinstance(event, EpochEnded):
            self._write("epoch", event.run, {**event.record.to_json(), "is_best": event.is_best})
        elif isinstance(event, TrainingEnded):
            self._write("ended", event.run, _fields(event))
            self._numbers.pop(id(event.run), None)
        elif isinstance(event, NetworkEnded):
            self._append({"event": "network", **_fields(event)})

    def _write(self, kind: str, run: Running, facts: dict[str, Any]) -> None:
        """Write a line about a run."""
        name = {"name": run.job.name} if run.job.name else {}
        self._append({"event": kind, "run": self._numbers.get(id(run), 0), **name, **facts})

    def _append(self, line: dict[str, Any]) -> None:
        if self._ended:
            return
        plain = {name: _finite(value) for name, value in line.items()}
        text = json.dumps(plain, ensure_ascii=False, allow_nan=False) + "\n"
        try:
            self._append_bytes(text.encode("utf-8", "backslashreplace"))
        except OSError as error:
            self._ended = True
            warnings.warn(
                f"the log {self.path} ends here: {error.strerror or error}; training goes on",
                ForpassWarning,
                stacklevel=2,
            )

    def _append_bytes(self, whole: bytes) -> None:
        with open(self.path, "ab", buffering=0) as file:  # no buffer: one call writes it, whole
            file.write(whole)


def _fields(event: TrainingStarted | TrainingEnded | NetworkEnded) -> dict[str, Any]:
    """Return the fields of an event but the run."""
    names = [each.name for each in dataclasses.fields(event) if each.name != "run"]
    return {name: getattr(event, name) for name in names}


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
