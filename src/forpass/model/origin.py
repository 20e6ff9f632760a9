"""How a model was asked for, so that it can be asked for once more."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from forpass.spec.require import require_count, require_instance

__all__ = ["Origin"]


@dataclass(frozen=True)
class Origin:
    """How a model was asked for. What is not known is empty, or 0.

    Attributes
    ----------
    seed : int
        Of everything that is drawn by chance.
    call : str
        The call in Python, with what was said and is no default.
    command : str
        The command, if it was one.
    table : str
        What the command was given as table.
    sha256 : str
        The digest of that file's bytes.
    rows, columns : int
        Of the table, target and all.
    """

    seed: int = 0
    call: str = ""
    command: str = ""
    table: str = ""
    sha256: str = ""
    rows: int = 0
    columns: int = 0

    def __post_init__(self) -> None:
        for name in ("seed", "rows", "columns"):
            require_count(self, name, at_least=0)
        for name in ("call", "command", "table", "sha256"):
            require_instance(f"{name} of Origin", getattr(self, name), str)

    def to_json(self) -> dict[str, Any]:
        """Return what is known as plain JSON values."""
        return {name: value for name, value in asdict(self).items() if value or name == "seed"}
