"""Many networks in one call, side by side on the cores of one machine, or on a cluster.

A map; a module imports only from those above it in this list:

- `cost`: how much work a job is, by arithmetic.
- `telling`: their events, to one listener.
- `task`: a network to train and the rows of which its scores are wanted (`Task`), what came of it (`Done`).
- `through_joblib`: tasks that other processes carry out, of this machine or a cluster.
- `tasks`: all of them (`run_tasks`), here or there.
"""

from forpass.many.task import Done, Task
from forpass.many.tasks import run_tasks

__all__ = ["Done", "Task", "run_tasks"]
