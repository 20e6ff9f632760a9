"""What a service counts, in the text format of Prometheus."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import accumulate

__all__ = ["Metrics"]

BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds up to which requests are counted together."""


class Metrics:
    """Counts of requests, rows and seconds. It serves one thread: that of the event loop.

    Parameters
    ----------
    about : mapping
        What is always so, as labels of ``forpass_model_info``.

    Examples
    --------
    >>> metrics = Metrics({"model": "line.forpass"})
    >>> metrics.answered("/predict", "POST", 200, rows=3, seconds=0.002)
    >>> [line for line in metrics.text().splitlines() if line.startswith("forpass_rows")]
    ['forpass_rows_total 3']
    """

    def __init__(self, about: Mapping[str, str]) -> None:
        self.about = dict(about)
        self.under_way = 0
        self.rows = 0
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._buckets = [0] * (len(BOUNDS) + 1)
        self._seconds = 0.0

    @property
    def requests(self) -> int:
        """How many requests were answered or refused."""
        return self._requests.total()

    def answered(self, path: str, method: str, status: int, rows: int, seconds: float) -> None:
        """Count a request. Paths and methods must be of a fixed set: each is kept for ever."""
        self._requests[path, method, status] += 1
        self.rows += rows
        if path == "/predict":
            self._buckets[bisect_left(BOUNDS, seconds)] += 1
            self._seconds += seconds

    def text(self) -> str:
        """Return all counts, each with what it means."""
        requests = [
            f"_total{_labels({'path': path, 'method': method, 'status': str(status)})} {count}"
            for (path, method, status), count in sorted(self._requests.items())
        ]
        up_to = accumulate(self._buckets)
        buckets = [
            f'_bucket{{le="{bound}"}} {count}'
            for bound, count in zip((*map(repr, BOUNDS), "+Inf"), up_to, strict=True)
        ]
        sums = [f"_sum {self._seconds!r}", f"_count {sum(self._buckets)}"]
        families = [
            *_family("model_info", "gauge", "The model that answers.", [f"{_labels(self.about)} 1"]),
            *_family("requests", "counter", "Requests that were answered or refused.", requests),
            *_family(
                "requests_under_way", "gauge", "Requests that are being answered.", [f" {self.under_way}"]
            ),
            *_family("rows", "counter", "Records that were answered.", [f"_total {self.rows}"]),
            *_family(
                "predict_seconds",
                "histogram",
                "From the head of a request to /predict to its answer.",
                buckets + sums,
            ),
        ]
        return "\n".join(families) + "\n"


def _family(name: str, kind: str, told: str, samples: Sequence[str]) -> list[str]:
    """Write a metric: what it means, its type, and its samples, each from what follows its name."""
    whole = f"forpass_{name}"
    called = f"{whole}_total" if kind == "counter" else whole
    return [f"# HELP {called} {told}", f"# TYPE {called} {kind}", *(whole + sample for sample in samples)]


def _labels(labels: Mapping[str, str]) -> str:
    """Write labels; what would end a value is escaped."""
    escaped = (
        (name, value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n"))
        for name, value in labels.items()
    )
    return "{" + ",".join(f'{name}="{value}"' for name, value in escaped) + "}"
