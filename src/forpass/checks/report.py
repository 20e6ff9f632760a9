"""What a gradient check found, and how it is shown."""

from __future__ import annotations

from dataclasses import dataclass

from forpass.shown import aligned

__all__ = ["BlockCheck", "GradientReport"]


@dataclass(frozen=True)
class BlockCheck:
    """What the check found for one block of parameters.

    Attributes
    ----------
    name : str
        As in the layout: ``W1``.
    shape : tuple of int
    entries, compared, crossing : int
        Entries in the block; those compared; those left out because their step crosses a kink, or a bend
        too sharp for any step.
    error : float
        Worst relative error among those compared; 0 if there are none.
    index : tuple of int or None
        Where it is.
    backpropagated, numerical : float
        The two numbers there.
    first : tuple of (index, backpropagated, numerical)
        The first 10 entries that were compared, for looking at.
    verdict : str
        ``"passed"``, ``"FAILED"``, or ``"nothing compared"``.
    """

    name: str
    shape: tuple[int, ...]
    entries: int
    compared: int
    crossing: int
    error: float
    index: tuple[int, ...] | None
    backpropagated: float
    numerical: float
    first: tuple[tuple[tuple[int, ...], float, float], ...]
    verdict: str


@dataclass(frozen=True)
class GradientReport:
    """What a gradient check found; printing it shows a table.

    Attributes
    ----------
    value : float
        The objective.
    tolerance : float
        Largest relative error that passes.
    blocks : tuple of BlockCheck
        One for each block of parameters.

    Examples
    --------
    >>> import forpass as fp
    >>> data = fp.Data([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], targets=[0.0, 1.0, 1.0, 0.0])
    >>> fp.gradient_check(fp.multilayer(2, [3], 1, "sigmoid_cross_entropy", activation="tanh"), data)
    gradient check passed: worst relative error ... (tolerance 1e-06)
    <BLANKLINE>
    block  shape  entries  compared  at kinks  worst error  at  backpropagated  numerical
    W1     2 x 3        6         6         0  ...                                         passed
    b1         3        3         3         0  ...                                         passed
    W2     3 x 1        3         3         0  ...                                         passed
    b2         1        1         1         0  ...                                         passed
    """

    value: float
    tolerance: float
    blocks: tuple[BlockCheck, ...]

    @property
    def passed(self) -> bool:
        """Whether no block failed, and something was compared at all."""
        return all(b.verdict != "FAILED" for b in self.blocks) and any(b.compared for b in self.blocks)

    @property
    def worst(self) -> BlockCheck:
        """The block with the largest relative error."""
        return max(self.blocks, key=lambda block: block.error)

    def __str__(self) -> str:
        """One line of verdict, one for each block, and the numbers of the first block that failed."""
        failed = [block for block in self.blocks if block.verdict == "FAILED"]
        table = [_TITLES, *(_cells(block) for block in self.blocks)]
        lines = [self._headline(failed), "", aligned(table, range(1, len(_TITLES) - 1), indent="")]
        if failed:
            rows = [("", *_NUMBERS)]
            rows += [
                (failed[0].name + _bracketed(i), f"{a:.10g}", f"{n:.10g}") for i, a, n in failed[0].first
            ]
            lines += [
                "",
                f"first {len(failed[0].first)} numbers of {failed[0].name}:",
                aligned(rows, (1, 2), indent=""),
            ]
        return "\n".join(lines)

    __repr__ = __str__

    def _headline(self, failed: list[BlockCheck]) -> str:
        limit = f"tolerance {self.tolerance:g}"
        if failed:
            return f"gradient check FAILED for {', '.join(block.name for block in failed)} ({limit})"
        if not self.passed:
            return "gradient check found nothing to compare: every step crosses a kink; give other parameters"
        return f"gradient check passed: worst relative error {self.worst.error:.1e} ({limit})"


_NUMBERS = ("backpropagated", "numerical")
_TITLES = ("block", "shape", "entries", "compared", "at kinks", "worst error", "at", *_NUMBERS, "")


def _cells(block: BlockCheck) -> tuple[str, ...]:
    shape = " x ".join(str(d) for d in block.shape)
    counts = (f"{block.entries:,}", str(block.compared), str(block.crossing))
    if block.index is None:
        return (block.name, shape, *counts, "", "", "", "", block.verdict)
    numbers = (
        f"{block.error:.1e}",
        _bracketed(block.index),
        f"{block.backpropagated:.8g}",
        f"{block.numerical:.8g}",
    )
    return (block.name, shape, *counts, *numbers, block.verdict)


def _bracketed(index: tuple[int, ...]) -> str:
    return "[" + ", ".join(str(i) for i in index) + "]"
