"""Many networks in one call, side by side on the cores of one machine, or on a cluster.

A map; a module imports only from those above it in this list:

- `cost`: the arithmetic of a job.
- `telling`: the events of all runs, for one listener.
- `task`: a network to train and the rows it is to score (`Task`), and the result (`Done`).
- `through_joblib`: tasks run by other processes, on this machine or on a cluster.
- `tasks`: all of them (`run_tasks`), here or there.
"""

from forpass.many.task import Done, Task
from forpass.many.tasks import run_tasks

__all__ = ["Done", "Task", "run_tasks"]
