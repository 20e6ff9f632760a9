"""HOW GOOD on tables, beside its peers: the same rows for all, everybody at their defaults, in one command.

`given` reads the tables and deals their rows; `systems` (a file for each library) says how everybody learns;
`cell` lets one system learn one division of one table, in a process of its own; `runner` carries out the
cells that the records have not yet; `measure` is all of that; `figures` compares, and `page` shows it.
"""
