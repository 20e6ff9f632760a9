"""Charts of a fitted estimator, as scikit-learn's Displays are named; `forpass.charts` draws them.

A mixin for each thing that estimators have: `PlotsOfTraining`, `PlotsOfClasses`, `PlotsOfValues` and
`PlotsOfTables`. What differs between estimators is said in one method of each: `_learnt`, `_classes_of`,
`_values_of`, `_with_target`. The keywords that a plot may be told, such as a title, are those of its chart.
All of them return an Altair chart, and need ``pip install "forpass[plot]"``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.errors import DataError, SpecError
from forpass.maths.reliability import reliability_bins
from forpass.model.given import given_model
from forpass.model.reliability import OF, Reliability

__all__ = [
    "PlotsOfClasses",
    "PlotsOfTables",
    "PlotsOfTraining",
    "PlotsOfValues",
    "TrueClasses",
    "one_column",
    "require_one_label",
]


def _charts() -> Any:
    from forpass import charts  # who only predicts does without

    return charts


class TrueClasses(NamedTuple):
    """What is true and what is decided for rows.

    Attributes
    ----------
    truth, decided : array (n,)
    classes : array (k,)
        All classes, in the order in which their probabilities stand.
    """

    truth: NDArray[Any]
    decided: NDArray[Any]
    classes: NDArray[Any]


class PlotsOfTraining:
    """How an estimator learnt."""

    if TYPE_CHECKING:

        def _learnt(self) -> Any:
            """Return what `charts.learning_curve` draws."""

    def plot_learning_curve(self, **told: Any) -> Any:
        """Draw loss and metric over the epochs, of training and of validation rows.

        Parameters
        ----------
        **told
            What `forpass.charts.learning_curve` may be told: a `title`.

        Returns
        -------
        altair chart
        """
        return _charts().learning_curve(self._learnt(), **told)


class PlotsOfClasses:
    """How well an estimator tells classes apart."""

    if TYPE_CHECKING:

        def predict_proba(self, X: Any) -> NDArray[Any]:
            """Predict the probability of each class."""

        def _classes_of(self, X: Any, y: Any) -> TrueClasses:
            """Return what is true and what is predicted; refuse several labels at once."""

    def plot_confusion_matrix(self, X: Any, y: Any, **told: Any) -> Any:
        """Draw how many rows of each true class are taken for which.

        Parameters
        ----------
        X, y
            Rows that were not learnt from, and their classes.
        **told
            What `forpass.charts.confusion_matrix` may be told: a `title`.

        Returns
        -------
        altair chart
        """
        found = self._classes_of(X, y)
        return _charts().confusion_matrix(found.truth, found.decided, classes=found.classes, **told)

    def plot_roc_curve(self, X: Any, y: Any, **told: Any) -> Any:
        """Draw the true positive rate over the false positive rate.

        Parameters
        ----------
        X, y
            Rows that were not learnt from, and their classes.
        **told
            What `forpass.charts.roc_curve` may be told: a `title`.

        Returns
        -------
        altair chart
        """
        found = self._classes_of(X, y)
        return _charts().roc_curve(found.truth, self.predict_proba(X), classes=found.classes, **told)

    def plot_precision_recall_curve(self, X: Any, y: Any, **told: Any) -> Any:
        """Draw precision over recall.

        Parameters
        ----------
        X, y
            Rows that were not learnt from, and their classes.
        **told
            What `forpass.charts.precision_recall_curve` may be told: a `title`.

        Returns
        -------
        altair chart
        """
        found, P = self._classes_of(X, y), self.predict_proba(X)
        return _charts().precision_recall_curve(found.truth, P, classes=found.classes, **told)

    def plot_reliability(self, X: Any, y: Any, **told: Any) -> Any:
        """Draw observed frequencies over predicted probabilities: scikit-learn's CalibrationDisplay.

        Of two classes it is the probability of the second, of more that of the likeliest.

        Parameters
        ----------
        X, y
            Rows that were not learnt from, and their classes.
        **told
            What `forpass.charts.reliability_diagram` may be told: a `title`.

        Returns
        -------
        altair chart
        """
        found, P = self._classes_of(X, y), np.asarray(self.predict_proba(X), np.float64)
        two = len(found.classes) <= 2
        asked = np.full(len(P), P.shape[1] - 1) if two else P.argmax(axis=1)
        p = P[np.arange(len(P)), asked]
        bins = reliability_bins(p, found.truth == found.classes[asked], np.ones(len(P)))
        columns = (tuple(part.tolist()) for part in bins)
        return _charts().reliability_diagram(Reliability(OF[0] if two else OF[1], *columns), **told)


class PlotsOfValues:
    """How near to the truth an estimator's predictions come."""

    if TYPE_CHECKING:

        def _values_of(self, X: Any, y: Any) -> tuple[NDArray[Any], NDArray[Any]]:
            """Return true and predicted values."""

    def plot_predicted_against_true(self, X: Any, y: Any, **told: Any) -> Any:
        """Draw predictions over true values: scikit-learn's PredictionErrorDisplay.

        Parameters
        ----------
        X, y
            Rows that were not learnt from, and their values.
        **told
            What `forpass.charts.predicted_against_true` may be told: a `unit` and a `title`.

        Returns
        -------
        altair chart
        """
        truth, predicted = one_column(*self._values_of(X, y))
        return _charts().predicted_against_true(truth, predicted, **told)

    def plot_residuals(self, X: Any, y: Any, **told: Any) -> Any:
        """Draw true minus predicted values, over the prediction and by their size.

        Parameters
        ----------
        X, y
            Rows that were not learnt from, and their values.
        **told
            What `forpass.charts.residuals` may be told: a `unit` and a `title`.

        Returns
        -------
        altair chart
        """
        truth, predicted = one_column(*self._values_of(X, y))
        return _charts().residuals(truth, predicted, **told)


class PlotsOfTables:
    """What an estimator makes of the columns of a table."""

    if TYPE_CHECKING:

        def _with_target(self, X: Any, y: Any) -> Any:
            """Return the table that the model knows, with its target unless y is None."""

    def plot_importance(self, X: Any, y: Any, *, title: str = "Importance of columns", **how: Any) -> Any:
        """Draw how much worse predictions get where a column says nothing any more.

        Parameters
        ----------
        X, y
            Rows and their targets; rows that were learnt from are judged by networks that left them out,
            where a recipe trained several.
        title : str
        **how
            What `forpass.importance` takes: `metric`, `repeats`, `seed` and others.

        Returns
        -------
        altair chart
        """
        from forpass.api.importance import importance

        return _charts().importance(importance(self, self._with_target(X, y), **how), title=title)

    def plot_partial_dependence(self, X: Any, column: str | int, *, points: int = 20, **told: Any) -> Any:
        """Draw what is predicted in the mean where all rows have one value in a column.

        Parameters
        ----------
        X
            Rows over which the mean is taken.
        column : str or int
            Its name, or its place in X.
        points : int, default 20
            So many values are tried at most.
        **told
            What `forpass.charts.partial_dependence` may be told: a `unit` and a `title`.

        Returns
        -------
        altair chart
        """
        from forpass.api.partial_dependence import partial_dependence

        table = self._with_target(X, None)
        found = partial_dependence(self, table, _named(column, table), points=points)
        return _charts().partial_dependence(found, **told)

    def plot_decision_boundary(
        self, X: Any, columns: tuple[str | int, str | int], y: Any = None, **told: Any
    ) -> Any:
        """Draw what is predicted over two columns of numbers; others have their middle or commonest value.

        Parameters
        ----------
        X
            Rows whose ranges are drawn.
        columns : pair of str or int
            Names, or places in X: across and up.
        y : optional
            Their classes, for the colours of their points.
        **told
            What `forpass.charts.decision_surface` may be told: a `title`.

        Returns
        -------
        altair chart
        """
        if np.ndim(columns) != 1 or len(columns) != 2:
            raise SpecError(f"columns of plot_decision_boundary must be two, across and up; got {columns!r}")
        table, target = self._with_target(X, y), ""
        across, up = (_named(column, table) for column in columns)
        if y is not None:
            target = _one_target(given_model("plot_decision_boundary", self).preprocessing)
        return _charts().decision_surface(self, table, across, up, target=target, **told)

    def plot_explanation(self, X: Any, row: int = 0, *, unit: str = "", title: str = "", **how: Any) -> Any:
        """Draw how the columns of a row lead from the mean prediction to that for the row.

        Parameters
        ----------
        X
            Rows, which are also what the row is compared with.
        row : int, default 0
            Its number, counted from 0.
        unit, title : str
            As `forpass.charts.waterfall` takes them.
        **how
            What `forpass.explain` takes: `of`, `background` and others.

        Returns
        -------
        altair chart
        """
        from forpass.api.explain import explain

        found = explain(self, self._with_target(X, None), row, **how)
        return _charts().waterfall(found, unit=unit, title=title)


def require_one_label(one: bool) -> None:
    """Refuse rows that may have several labels at once, unless they have one.

    Raises
    ------
    DataError
    """
    if not one:
        raise DataError(
            "a chart of classes draws one class a row, and several labels may hold at once; give one of them "
            "to forpass.charts: charts.roc_curve(y[:, 0], estimator.predict_proba(X)[:, 0])"
        )


def one_column(truth: NDArray[Any], predicted: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return a column of true and one of predicted values; refuse several, of which each has its chart.

    Raises
    ------
    DataError
    """
    if predicted.ndim > 1 and predicted.shape[1] > 1:
        raise DataError(
            f"a chart of values draws one column, and {predicted.shape[1]} are predicted; give one of them "
            "to forpass.charts: charts.residuals(y[:, 0], estimator.predict(X)[:, 0])"
        )
    return truth, predicted


def _one_target(preprocessing: Any) -> str:
    """Return the name of the column that is predicted; refuse several."""
    names = preprocessing.target.names
    if len(names) > 1:
        raise DataError(f"plot_decision_boundary takes one column as y; this has {len(names)}: leave y out")
    return str(names[0])


def _named(column: str | int, table: Any) -> str:
    """Return the name of a column of a table, which may be meant by its place."""
    if isinstance(column, int | np.integer) and not isinstance(column, bool):
        if not 0 <= column < len(table.names):
            raise SpecError(f"there is no column {column}: X has {len(table.names)}, counted from 0")
        return str(table.names[column])
    return str(column)
