"""What a model costs as C: bytes of code and of numbers, seconds of a row without Python around it."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from forpass.exports.c.fields import prefix_of
from forpass.exports.c.library import compiler

__all__ = ["InC", "in_c"]

PROGRAM = """\
#include "{stem}.h"
#include <stdio.h>
#include <time.h>

static {prefix}_row row; /* all numbers 0, all words missing */
static {prefix}_answer answer;

int main(void)
{{
    long times = 1, done;
    double seconds = 0.0;
    for (; seconds < {seconds}; times *= 4) {{
        clock_t began = clock();
        for (done = 0; done < times; done++)
            if ({prefix}_predict(&row, &answer) != 0)
                return 1;
        seconds = (double)(clock() - began) / CLOCKS_PER_SEC;
    }}
    printf("%.9g\\n", seconds / (times / 4));
    return 0;
}}
"""

SECONDS = 0.05
OPTIONS = ("-std=c99", "-ffp-contract=off")
SECTIONS = {
    "code": re.compile(r"^\.text\S*\s+(\d+)", re.MULTILINE),
    "numbers": re.compile(r"^\.rodata\S*\s+(\d+)", re.MULTILINE),
}


class InC(NamedTuple):
    """What a model costs as C.

    Attributes
    ----------
    optimised : str
        ``"-Os"`` or ``"-O2"``.
    code, numbers : int
        Bytes of machine code, and of constants.
    seconds : float
        Of a row.
    """

    optimised: str
    code: int
    numbers: int
    seconds: float


def in_c(files: Sequence[Path]) -> list[InC]:
    """Measure the source and header of an exported model; nothing where no compiler, or no ``size``, is."""
    command, measure = compiler(), shutil.which("size")
    if command is None or measure is None:
        return []
    source = next(path for path in files if path.suffix == ".c")
    found = []
    for optimised in ("-Os", "-O2"):
        with tempfile.TemporaryDirectory(prefix="forpass-bench-") as folder:
            main, model, program = (Path(folder) / name for name in ("main.c", "model.o", "program"))
            said = {"stem": source.stem, "prefix": prefix_of(source.stem), "seconds": SECONDS}
            main.write_text(PROGRAM.format(**said))
            compile_with = [command, *OPTIONS, optimised, "-I", str(source.parent)]
            _ran(*compile_with, "-c", str(source), "-o", str(model))
            _ran(*compile_with, str(main), str(model), "-o", str(program), "-lm")
            sizes = _ran(measure, "-A", str(model))
            code, numbers = (sum(map(int, of.findall(sizes))) for of in SECTIONS.values())
            found.append(InC(optimised, code, numbers, float(_ran(str(program)))))
    return found


def _ran(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
