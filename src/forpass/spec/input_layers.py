"""Layers that read the inputs themselves, and may therefore stand only where nothing was made of them yet.

They find their columns by the kinds of the network's groups: an embedding the codes, bins and cosines the
numbers, statistics the values that occur repeatedly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from forpass.errors import UnknownNameError
from forpass.spec.draft import Draft
from forpass.spec.initializer import ONES, ZEROS, Initializer, initializer_of, require_initializers
from forpass.spec.require import require_count, require_instance, require_number

__all__ = ["NEURAL_TANGENT", "Embedding", "Periodic", "Piecewise", "ValueStatistics"]

NEURAL_TANGENT = "neural_tangent"
STANDARD_NORMAL, UNIFORM_FAN_IN = Initializer("normal", {"std": 1.0}), Initializer("uniform_fan_in")


@dataclass(frozen=True)
class Embedding:
    """Replace each categorical code by a learnt row of `dimension` numbers.

    Of a column whose code 0 stands for the unknown, that row begins at 0.

    It can only be the first layer, since it reads the codes. Its output is the numerical features followed
    by one row for each categorical column (Bengio et al. 2003).

    Examples
    --------
    >>> import numpy as np, forpass as fp
    >>> spec = fp.NetworkSpec(1, [fp.Embedding(2), fp.Dense(1)], fp.Head("squared"), code_sizes=[3])
    >>> model = fp.TrainedModel(spec, np.array([0, 0, 1, 2, 3, 4, 1, 1, 1, 0.0]), np.empty(0))
    >>> model.weights["E1"].tolist()
    [[0.0, 0.0], [1.0, 2.0], [3.0, 4.0]]
    >>> model.predict(fp.Data([[10.0], [10.0]], codes=[[1], [2]])).tolist()  # 10 + 1 + 2, 10 + 3 + 4
    [13.0, 17.0]
    """

    dimension: int
    weights: Initializer | str = STANDARD_NORMAL

    def __post_init__(self) -> None:
        require_count(self, "dimension")
        require_initializers(self, weights="")

    def lower(self, draft: Draft, x: int) -> int:
        """One ``embed``: X0 = [X, E1[codes], E2[codes]]."""
        require_inputs(draft, x, self)
        weights, d = initializer_of(self.weights), self.dimension
        coded = [(place, group) for place, group in enumerate(draft.coded) if group.kind == "code"]
        names = [
            draft.block(
                f"E{number}", "embedding", (group.codes, d), weights, group.codes, d, zero_first=group.unknown
            )
            for number, (_, group) in enumerate(coded, start=1)
        ]
        d_out = draft.widths[x] + len(names) * self.dimension
        formula = "[" + ", ".join(["{0}", *(f"{name}[codes]" for name in names)]) + "]"
        columns, features = [place for place, _ in coded], [*draft.features[x], *[d] * len(coded)]
        return draft.add(
            "embed", "X", [x], d_out, formula, parameters=names, columns=columns, features=features
        )


@dataclass(frozen=True)
class Periodic:
    """Make several numbers of each number: weighted sums of cosines whose frequencies are trained.

    y_fo = sum_h V_fho cos(2 pi w_fh x_f + b_fh) + c_fo, for each numerical input x_f, o = 1 .. `dimension`,
    h = 1 .. `frequencies` (PBLD without its copy of x, Holzmueller et al. 2024); without `phases` a cosine
    and a sine of 2 pi w_fh x_f each, and no b (PLR without its relu, Gorishniy et al. 2022).

    It reads the groups of kind number, and can only be the first layer, also of a branch: with
    ``Concatenate([[Periodic()], []])`` the inputs stand beside what is made of them.

    Parameters
    ----------
    dimension : int
        Numbers made of each number.
    frequencies : int
        Cosines for each number.
    sigma : float
        Standard deviation of the first frequencies w; phases b begin evenly within +-pi, V and c within
        +-1 / sqrt(cosines and sines).
    phases : bool
        Whether cosines have a phase, or are accompanied by sines.

    Examples
    --------
    >>> import numpy as np, forpass as fp
    >>> spec = fp.NetworkSpec(1, [fp.Periodic(1, frequencies=1), fp.Dense(1)], fp.Head("squared"))
    >>> frequency_phase_V_c_W_b = np.array([0.25, 0.0, 3.0, 1.0, 1.0, 0.0])
    >>> model = fp.TrainedModel(spec, frequency_phase_V_c_W_b, np.empty(0))
    >>> model.predict([[0.0], [1.0], [2.0]]).round(9).tolist()  # 3 cos(pi x / 2) + 1
    [4.0, 1.0, -2.0]
    """

    dimension: int = 3
    frequencies: int = 16
    sigma: float = 0.1
    phases: bool = True

    def __post_init__(self) -> None:
        require_count(self, "dimension")
        require_count(self, "frequencies")
        require_number(self, "sigma", above=0.0)
        require_instance("phases of Periodic", self.phases, bool)

    def lower(self, draft: Draft, x: int) -> int:
        """One ``periodic``: P0 = cos(2 pi frequency0 X + phase0) V0 + c0, column by column."""
        require_inputs(draft, x, self)
        columns = draft.number_columns
        if not columns:
            draft.refuse("is a Periodic, which reads inputs of kind number, and there are none")
        d, F, m = len(columns), self.frequencies, self.dimension
        waves, n = F if self.phases else 2 * F, draft.depth
        normal, even = Initializer("normal", {"std": self.sigma}), UNIFORM_FAN_IN
        around = Initializer("uniform", {"low": -math.pi, "high": math.pi})
        names = [draft.block(f"frequency{n}", "periodic", (d, F), normal, 1, F)]
        if self.phases:
            names.append(draft.block(f"phase{n}", "periodic", (d, F), around, 1, F))
        names.append(draft.block(f"V{n}", "periodic", (d * waves, m), even, waves, m))
        names.append(draft.block(f"c{n}", "periodic", (d, m), even, waves, m))
        frequency, *phase, V, c = names
        angle = " + ".join([f"2 pi {frequency} {{0}}", *phase])
        wave = f"cos({angle})" if self.phases else f"[cos, sin]({angle})"
        formula = f"{wave} {V} + {c}"
        return draft.add("periodic", "P", [x], d * m, formula, parameters=names, columns=columns)


@dataclass(frozen=True)
class Piecewise:
    """A Dense without bias on numbers encoded piecewise linearly, column by column (Gorishniy et al. 2022).

    A column with edges e_0 < ... < e_B, in bin b of which x lies, gives B numbers: p_j = 1 for j < b,
    (x - e_b) / (e_(b+1) - e_b) for j = b, and 0 for j > b. Below e_1 the line goes on down to -1, above
    e_(B-1) up to 2. Then z = ((p - centres) s) (m V), with a trained size s for each bin and a fixed m. Each
    unit so learns a function of x that is linear between edges; nothing of it is ever computed as a product
    of matrices, for the sum over j < b is looked up.

    It reads the groups that have `edges`, and can only be the first layer, also of a branch: with
    ``Sum([[Dense(128)], [Piecewise(128)]])`` units see the inputs as they are, too.

    Parameters
    ----------
    units : int
        Number of neurons.
    multiplier : float or "neural_tangent"
        The m; ``"neural_tangent"`` is 1 / sqrt(number of all bins).
    weights : Initializer or str
        How V begins.
    scaled : bool
        Whether there is an s.

    Examples
    --------
    >>> import numpy as np, forpass as fp
    >>> age = fp.FeatureGroup("age", "number", 1, edges=[0, 1, 3], centres=[0.0, 0.0])
    >>> layers = [fp.Piecewise(1, scaled=False), fp.Dense(1)]
    >>> spec = fp.NetworkSpec(layers=layers, head=fp.Head("squared"), inputs=[age])
    >>> model = fp.TrainedModel(spec, np.array([10.0, -4.0, 1.0, 0.0]), np.empty(0))
    >>> model.predict([[-2.0], [0.5], [1.0], [2.0], [9.0]]).tolist()  # 10 p_0 - 4 p_1
    [-10.0, 5.0, 10.0, 8.0, 2.0]
    """

    units: int
    multiplier: float | str = 1.0
    weights: Initializer | str = STANDARD_NORMAL
    scaled: bool = True

    def __post_init__(self) -> None:
        require_count(self, "units")
        require_initializers(self, weights="weights")
        if self.multiplier != NEURAL_TANGENT:
            if isinstance(self.multiplier, str):
                raise UnknownNameError("multiplier of Piecewise", self.multiplier, [NEURAL_TANGENT])
            require_number(self, "multiplier", above=0.0)
        require_instance("scaled of Piecewise", self.scaled, bool)

    def lower(self, draft: Draft, x: int) -> int:
        """One ``piecewise``: P0 = ((p(X) - centres) scale0) V0."""
        require_inputs(draft, x, self)
        binned = [(column, group) for column, group in draft.numbers if group.bins]
        if not binned:
            draft.refuse("is a Piecewise, which reads inputs that have edges, and there are none")
        bins, units, n = sum(group.bins for _, group in binned), self.units, draft.depth
        shape, weights = (bins, units), initializer_of(self.weights)
        names = [draft.block(f"V{n}", "weight", shape, weights, *shape, matrix=True)]
        if self.scaled:
            names.append(draft.block(f"scale{n}", "scale", (bins,), ONES, bins, bins))
        m = 1.0 / math.sqrt(bins) if isinstance(self.multiplier, str) else self.multiplier
        p = "(p({0}) - centres)"
        p = f"({p} {names[1]})" if self.scaled else p
        V = names[0] if m == 1.0 else f"({m:g} {names[0]})"
        return draft.add(
            "piecewise",
            "P",
            [x],
            units,
            f"{p} {V}",
            parameters=names,
            settings=[m],
            columns=[column for column, _ in binned],
            edges=[group.edges for _, group in binned],
            centres=[group.centres for _, group in binned],
        )


@dataclass(frozen=True)
class ValueStatistics:
    """What the targets of training rows say about each value that occurs repeatedly: looked up, not trained.

    For a value v it is the smoothed mean (S_v + a mean) / (N_v + a), with the sum S_v and the number N_v of
    the targets of the rows that have it, the mean of all targets and a = `prior` (Micci-Barreca 2001). Of
    classes and labels it is the logit of that, clipped at 0.001; then it is standardised and cut off
    smoothly, as z / sqrt(1 + (z / 3)^2).

    That a training row may not see its own target in it, training rows are dealt out to `folds`, and each is
    shown the statistics of the rows of the other folds: code v + K (1 + f) means value v of K in a row of
    fold f, and v itself a row that is in none; `with_inner_folds` writes it down. All are learnt from the
    run's own training rows when it begins, and kept among the buffers.

    Parameters
    ----------
    prior : float
        So many rows with the mean target are added to those of each value.
    folds : int
        Number of folds; 0: there are statistics of whole columns alone, for a network that is trained.
    outputs : int
        Number of statistics of each value: 1 for one target and two classes, otherwise one for each target or
        class.

    Examples
    --------
    >>> import numpy as np, forpass as fp
    >>> size = fp.FeatureGroup("size", "value", 0, codes=3)
    >>> layers = [fp.ValueStatistics(prior=0.0, folds=2), fp.Dense(1)]
    >>> spec = fp.NetworkSpec(layers=layers, head=fp.Head("squared"), inputs=[size])
    >>> codes, y = [[0], [0], [1], [1], [2], [2]], [0.0, 0.0, 2.0, 2.0, 4.0, 4.0]
    >>> data = fp.Data(np.empty((6, 0)), codes=codes, targets=y)
    >>> model = fp.train(spec, fp.TrainingSpec(epochs=1), fp.with_inner_folds(data, spec.inputs, 0, folds=2))
    >>> statistics = model.program.buffers.views(model.buffers)["statistic0"]
    >>> [round(float(statistic), 2) for statistic in statistics[:3, 0]]  # of all rows
    [-1.13, 0.0, 1.13]
    """

    prior: float = 5.0
    folds: int = 10
    outputs: int = 1

    def __post_init__(self) -> None:
        require_number(self, "prior", at_least=0.0)
        require_count(self, "folds", at_least=0)
        require_count(self, "outputs")

    def lower(self, draft: Draft, x: int) -> int:
        """One ``lookup``: T0 = [statistics0[codes], ...]."""
        require_inputs(draft, x, self)
        valued = [(place, group) for place, group in enumerate(draft.coded) if group.kind == "value"]
        if not valued:
            draft.refuse("is a ValueStatistics, which reads inputs of kind value, and there are none")
        tables = [
            draft.statistic("statistic", (group.codes * (1 + self.folds), self.outputs), ZEROS)
            for _, group in valued
        ]
        formula = "[" + ", ".join(f"{name}[codes]" for name in tables) + "]"
        return draft.add(
            "lookup",
            "L",
            [x],
            len(tables) * self.outputs,
            formula,
            buffers=tables,
            settings=[self.prior, self.folds],
            columns=[place for place, _ in valued],
        )


def require_inputs(draft: Draft, x: int, layer: object) -> None:
    """Refuse a layer that reads the inputs where buffer `x` is not these."""
    if x != 0:
        name = type(layer).__name__
        article = "an" if name[0] in "AEIOU" else "a"
        draft.refuse(f"is {article} {name}; it can only be the first layer")
