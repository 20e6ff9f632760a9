"""What is asked of ``forpass train`` beside the options of training."""

from __future__ import annotations

import dataclasses

__all__ = ["Request"]


@dataclasses.dataclass(frozen=True)
class Request:
    """What is asked for on the command line; see `forpass.cli.train_commands.train`."""

    table: str
    target: str
    out: str
    task: str
    validation: str
    test: str
    group: str
    time: str
    drop: str
    weight: str
    schema: tuple[str, ...]
    force: bool
    log: str = ""
    report: str = ""
    lang: str = "en"
    max_bytes: int | None = None
    max_memory: int | None = None
    checkpoint: str = ""
    words: tuple[str, ...] = ()
