"""Many networks in one call.

- `tasks`: what is done for each of them (`Task`, `Done`), and all of them (`carry_out`).
"""

from forpass.many.tasks import Done, Task, carry_out

__all__ = ["Done", "Task", "carry_out"]
