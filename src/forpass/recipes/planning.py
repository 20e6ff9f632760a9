"""What fits into a time limit: candidate after candidate, the cheapest first, as long as each fits.

Without a time limit none of this happens, and the result depends only on rows, recipe and seed. With one, it
depends on the speed of the machine; what was left out is reported.
"""

from __future__ import annotations

from collections.abc import Sequence

from forpass.recipes.candidates import Candidate
from forpass.recipes.members import Part
from forpass.recipes.records import LinearMember, Member
from forpass.recipes.training import Rung, Trainer

__all__ = ["cut_short", "fitting", "one_by_one"]

USED = 0.85
"""The share of the remaining time that a candidate may take: the rest is for the blend, and a reserve."""
USED_UNKNOWN = 0.5
"""The same as long as the speed of the machine is unknown."""


def one_by_one(level: Sequence[Rung]) -> list[list[Rung]]:
    """Return a level in pieces that are decided on one by one: linear models first, which cost little."""
    linear = [rung for rung in level if isinstance(rung.chain.member, LinearMember)]
    return [[rung] for rung in (*linear, *(rung for rung in level if rung not in linear))]


def fitting(
    trainer: Trainer, rung: Rung, parts: Sequence[Part], worthwhile: float
) -> tuple[Rung, Sequence[Part]] | None:
    """Return a candidate, shortened if need be to the time that is left; None where that is too little.

    Parameters
    ----------
    worthwhile : float
        The least share of its epochs that is worth training: 1 for all of them, 0 while there is no network
        yet. Of the first network, members are left out too until it fits.
    """
    wait = trainer.seconds_to_begin if isinstance(rung.chain.member, Member) else 0.0
    left = (USED if trainer.knows_its_speed else USED_UNKNOWN) * max(0.0, trainer.clock.left - wait)
    seconds = trainer.seconds_for(rung, parts)
    if seconds <= left:
        _note(trainer, rung, "")
        return rung, parts
    shorter, some = rung._replace(share=left / seconds), parts
    while not worthwhile and len(some) > 1 and trainer.seconds_for(shorter, some) > left:
        some = some[:-1]
    if shorter.share < worthwhile or trainer.seconds_for(shorter, some) > left:
        if worthwhile in (0.0, 1.0):  # otherwise it was trained, for fewer epochs
            code = f" and {wait:.3g} s for its machine code, once on a machine" if wait else ""
            _note(trainer, rung, f"would take {seconds:.3g} s{code}, and {left:.3g} s were left")
        return None
    members = f" by {len(some)} of {len(parts)} members" if len(some) < len(parts) else ""
    _note(trainer, rung, f"was trained for {shorter.share:.0%} of its epochs{members}")
    return shorter, some


def cut_short(candidate: Candidate, count: int) -> str:
    """Say that a time limit has cut a candidate of so many members short; "" where it has not."""
    whole = sum(member.whole for member in candidate.members)
    rung = Rung(candidate.chain, candidate.rung)
    return "" if whole == count else _said(rung, f"had time for {whole} of {count} members to the end")


def _note(trainer: Trainer, rung: Rung, what: str) -> None:
    """Write down what became of a candidate, in place of what was written before."""
    about = _said(rung, "")
    trainer.omissions[:] = [words for words in trainer.omissions if not words.startswith(about)]
    trainer.omissions += [about + what] if what else []


def _said(rung: Rung, what: str) -> str:
    return f"chain {rung.chain.name}, rung {rung.number + 1}, {what}"
