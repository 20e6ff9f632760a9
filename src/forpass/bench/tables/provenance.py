"""How figures were made, for the pages that show them: the command, when, where and with what."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from forpass.bench.place import when_and_where
from forpass.engines.threads import processors

__all__ = ["command_line", "in_words"]

BENEATH = ("python", "numpy", "llvmlite", "pandas")
"""What everybody stands on: said as it is now; what was compared, as its records have it."""
UNDER = {"pytabkit": "torch"}


def command_line(command: str, folder: str, options: Mapping[str, tuple[Any, Any]]) -> str:
    """Return the command that makes a page; options are given with their defaults, which are left out.

    Examples
    --------
    >>> command_line("tables", "mine", {"divisions": (3, 1), "rows": (500, 500)})
    'forpass bench tables mine --divisions 3'
    """
    words = [
        f"--{name} {shlex.quote(str(value))}" for name, (value, usual) in options.items() if value != usual
    ]
    return " ".join(["forpass bench", command, shlex.quote(folder), *words])


def in_words(records: Sequence[Mapping[str, Any]]) -> str:
    """Say when, where and with what the figures of records were measured."""
    dates = sorted({record["date"] for record in records})
    when = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    machines = " and ".join(dict.fromkeys(record["machine"] for record in records))
    installed = when_and_where()["versions"]
    versions = [f"{name} {installed[name]}" for name in BENEATH if name in installed]
    compared = dict.fromkeys(" ".join(record["version"].split()[:2]) for record in records)
    under = [UNDER[name] for name in (one.split()[0] for one in compared) if name in UNDER]
    threads = records[0].get("threads", processors())
    versions += [*compared, *(f"{name} {installed[name]}" for name in under if name in installed)]
    return f"{when}: {threads} {'core' if threads == 1 else 'cores'}, {machines};\n{', '.join(versions)}"
