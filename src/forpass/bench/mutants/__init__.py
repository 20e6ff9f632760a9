"""Files that differ by chance from good ones: what is read of them must be right, or refused by name.

`bases` makes good files: models of every kind, a checkpoint, a table. A mutant of one is a function of a seed
and a number: `damage` changes bytes and asks nobody, `forging` changes what a file says and signs it anew, so
that the checks behind the digest are reached, `tables` writes text files as nobody should, and as others do
who mean the same. `cases` chooses among them. `judging` reads and uses a mutant and says what became of it;
`worker` does that in a process of its own, within `bounds`, for one number after another; `driving` starts
such processes, and notices when one of them dies or hangs. `section` is what a page says of it.
"""

from forpass.bench.mutants.driving import measure_mutants
from forpass.bench.mutants.section import mutants_section

__all__ = ["measure_mutants", "mutants_section"]
