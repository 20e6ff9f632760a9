"""scikit-learn's callbacks, where its version has them (1.9 and up): they hear of the fit and of each epoch.

Its mixin is not inherited but borrowed when callbacks are set: who sets none does not wait for its import.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

from sklearn.utils.metaestimators import available_if

from forpass.training.events import EpochEnded, Event, Listener, Running, TrainingEnded, TrainingStarted

__all__ = ["TakesCallbacks", "both"]


def _there_are_callbacks(estimator: Any) -> bool:
    return importlib.util.find_spec("sklearn.callback") is not None


class TakesCallbacks:
    """An estimator whose `fit` tells scikit-learn's callbacks of its epochs."""

    @available_if(_there_are_callbacks)  # type: ignore[untyped-decorator] # scikit-learn has no types
    def set_callbacks(self, *callbacks: Any) -> Any:
        """Set callbacks of scikit-learn, such as ``sklearn.callback.ProgressBar()``.

        Each epoch is a task of `fit`; a callback whose `on_fit_task_end` returns True ends training after it.

        Parameters
        ----------
        *callbacks : callback instances
            None takes away those that were set.

        Returns
        -------
        self
        """
        from sklearn.callback import CallbackSupportMixin

        return CallbackSupportMixin.set_callbacks(self, *callbacks)

    def _told(self, epochs: int, X: Any, y: Any, learn: Callable[[Listener | None], Any]) -> Any:
        """Learn, and tell the callbacks that were set; `learn` takes a listener."""
        if "_skl_callbacks" not in vars(self):
            return learn(None)
        from sklearn.callback import CallbackSupportMixin, with_callbacks

        def told(estimator: Any) -> Any:
            root = CallbackSupportMixin._init_callback_context(estimator, max_subtasks=epochs)
            epochs_told = _Epochs(estimator, root, {"estimator": estimator, "X": X, "y": y})
            root.call_on_fit_task_begin(**epochs_told.facts)
            learn(epochs_told)
            root.call_on_fit_task_end(**epochs_told.facts, reconstruction_attributes=dict)
            return estimator

        return with_callbacks(told)(self)

    def _as_of(self, run: Running) -> dict[str, Any]:
        """Return the attributes with which this estimator predicts as the run would, where it stands."""
        raise NotImplementedError


class _Epochs:
    """A listener for which each epoch is a task; one that was begun and never came is ended with the run."""

    def __init__(self, estimator: TakesCallbacks, root: Any, facts: dict[str, Any]) -> None:
        self.estimator, self.root, self.facts = estimator, root, facts
        self._task: Any = None

    def __call__(self, event: Event) -> bool:
        if isinstance(event, TrainingStarted):
            self._begin()
        elif isinstance(event, EpochEnded):
            stop = self._end(event.run)
            if event.record.epoch < event.epochs and not stop:
                self._begin()
            return stop
        elif isinstance(event, TrainingEnded) and self._task is not None:
            self._end(event.run)
        return False

    def _begin(self) -> None:
        self._task = self.root.subcontext(task_name="epoch")
        self._task.call_on_fit_task_begin(**self.facts)

    def _end(self, run: Running) -> bool:
        task, self._task = self._task, None
        attributes = {"reconstruction_attributes": lambda: self.estimator._as_of(run)}
        return bool(task.call_on_fit_task_end(**self.facts, **attributes))


def both(one: Listener | None, other: Listener | None) -> Listener | None:
    """Return a listener that passes events on to two; None where there are none."""
    listeners = [listener for listener in (one, other) if listener is not None]
    if len(listeners) < 2:
        return listeners[0] if listeners else None
    return lambda event: sum(listener(event) is True for listener in listeners) > 0  # each hears of it
