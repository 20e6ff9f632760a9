"""Which candidates are tried next: decided level by level, never by which network happens to end first.

A **level** is the same rung of all chains that go on. Its candidates begin with two members each; those that
are far behind on the rows these left out are dropped (racing), the others get the rest of their members.
After a level, a chain goes on if its last rung still paid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from forpass.recipes.logarithms import learns_logarithms, suit
from forpass.recipes.problem import Problem
from forpass.recipes.records import Chain, LinearMember, Member, Recipe

__all__ = ["chains_to_try", "goes_on", "in_the_race"]


def chains_to_try(recipe: Recipe, problem: Problem) -> tuple[Chain, ...]:
    """Return the chains of a recipe that suit a table: for a very wide one, only those without embeddings.

    If that leaves no network, the first is taken: without bins and waves, the others hardly differ from it.
    Chains that learn logarithms suit values of which few are very large; if a recipe has no others, they are
    taken all the same.
    """
    chains = recipe.chains_for(problem.task, problem.outputs)
    if not suit(problem):
        chains = tuple(chain for chain in chains if not learns_logarithms(chain)) or chains
    if problem.n_features <= recipe.plain_above:
        return chains
    networks = [chain for chain in chains if not isinstance(chain.member, LinearMember)]
    plain = [chain for chain in networks if isinstance(chain.member, Member) and not chain.member.numbers]
    kept = plain or networks[:1]
    return tuple(chain for chain in chains if chain in kept or chain not in networks)


def in_the_race(losses: Mapping[int, float], best_before: float, ratio: float) -> list[int]:
    """Return which candidates of a level go on after their first members, by their losses on the same rows.

    Parameters
    ----------
    losses : mapping
        From the number of a candidate to its loss.
    best_before : float
        The least loss of candidates of levels before.
    ratio : float
        Each may have at most this many times the best loss.

    Examples
    --------
    >>> in_the_race({0: 1.0, 1: 1.04, 2: 1.06}, best_before=2.0, ratio=1.05)
    [0, 1]
    """
    best = min([best_before, *losses.values()])
    return [number for number, loss in losses.items() if loss <= ratio * best]


def goes_on(recipe: Recipe, losses: Sequence[float], best: float) -> bool:
    """Say whether a chain with these losses, rung by rung, is worth another rung.

    Parameters
    ----------
    losses : sequence of float
        The expected losses of its candidates; the last is that of its last rung.
    best : float
        The least of all candidates so far.

    Examples
    --------
    >>> from forpass.recipes.presets import PRESETS
    >>> strong = PRESETS["strong"]
    >>> goes_on(strong, [1.0, 0.9], best=0.8), goes_on(strong, [1.0, 0.999], 0.9), goes_on(strong, [1.0], 0.8)
    (True, False, False)
    """
    if len(losses) > 1 and losses[-1] > losses[-2] * (1.0 - recipe.min_improvement):
        return False
    return losses[-1] <= recipe.max_loss_ratio * best
