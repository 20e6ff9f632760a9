"""Print a constraints file with the oldest version that pyproject.toml allows of each thing the tests need.

    python .ci/oldest.py > constraints.txt && pip install --constraint constraints.txt ...

"numpy>=2.0" becomes "numpy==2.0": what is promised to users is tried.
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def oldest(requirement: str) -> str:
    """Return ``name[extra]>=version,... ; marker`` as ``name==version ; marker``."""
    what, _, marker = requirement.partition(";")
    found = re.fullmatch(r"([\w.-]+)(?:\[[^]]*\])?>=([\w.]+)(?:,.*)?", what.strip())
    if found is None:
        sys.exit(f"pyproject.toml asks for {requirement!r}; name its oldest version: name>=version")
    return f"{found[1]}=={found[2]}" + (f" ; {marker.strip()}" if marker else "")


def main() -> None:
    """Print the lines, sorted, for dependencies, extras and the group of the tests."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = told["project"]
    wanted = [*project["dependencies"], *told["dependency-groups"]["test"]]
    for extra in project["optional-dependencies"].values():
        wanted += extra
    print("\n".join(sorted({oldest(requirement) for requirement in wanted if "forpass[" not in requirement})))


if __name__ == "__main__":
    main()
