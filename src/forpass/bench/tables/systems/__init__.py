"""Those that are compared, a file for each library: each as its own guide shows, at its defaults.

Every system is given the same DataFrame, words and gaps included; what its library does not do by itself is
done for it in the way its users do it (`prepared`).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from forpass.bench.tables.systems import boosting, ours, pytabkit, scikit_learn
from forpass.bench.tables.systems.system import OURS, Learning, Predict, System, missing, version_of

__all__ = ["OURS", "SYSTEMS", "Learning", "Predict", "System", "missing", "version_of"]

SYSTEMS: Mapping[str, System] = MappingProxyType(
    {
        system.name: system
        for system in (*ours.SYSTEMS, *scikit_learn.SYSTEMS, *boosting.SYSTEMS, *pytabkit.SYSTEMS)
    }
)
"""By name, in the order in which they are carried out."""
