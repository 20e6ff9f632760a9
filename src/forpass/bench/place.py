"""When, where and with what something was measured: what every page of figures says of itself."""

from __future__ import annotations

import datetime
import importlib.metadata
import platform
from collections.abc import Mapping
from typing import Any

from forpass.engines.threads import processors

__all__ = ["in_words", "when_and_where"]

PACKAGES = ("forpass", "numpy", "llvmlite", "polars", "pandas", "scikit-learn", "torch", "jax")


def when_and_where() -> dict[str, Any]:
    """Return ``date``, ``machine`` (``threads`` and ``processor``) and ``versions``, as plain data."""
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": {"threads": processors(), "processor": _processor()},
        "versions": _versions(),
    }


def in_words(found: Mapping[str, Any]) -> str:
    """Say when, where and with what a page's figures, which `when_and_where` is a part of, were measured."""
    machine = found["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    return f"{found['date']}: {machine['threads']} cores, {machine['processor']};\n{versions}"


def _processor() -> str:
    """Kind of processor and its widest vectors, but not its name."""
    import llvmlite.binding as llvm

    features = llvm.get_host_cpu_features()
    known = {"avx512f": "AVX-512", "avx2": "AVX2", "neon": "NEON"}
    vectors = next((name for flag, name in known.items() if features.get(flag)), "")
    machine = platform.machine().replace("AMD64", "x86-64").replace("x86_64", "x86-64")
    return f"{machine} with {vectors}" if vectors else machine


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
