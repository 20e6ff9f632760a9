"""Many networks in one call, side by side on the cores of one machine.

A map; a module imports only from those above it in this list:

- `cost`: how much work a job is, by arithmetic.
- `pool`: pieces of work side by side (`side_by_side`), whatever they are.
- `telling`: their events, to one listener.
- `tasks`: a network to train and the rows of which its scores are wanted (`Task`, `Done`), and all of them
  (`carry_out`).
"""

from forpass.many.tasks import Done, Task, carry_out

__all__ = ["Done", "Task", "carry_out"]
