"""HOW GOOD on tables, beside its peers: the same rows for all, everybody at their defaults, in one command.

- `given` reads the tables and deals their rows; `records` keeps every figure, and carries out what is not
  kept yet; `code` knows which sources figures come from; `provenance` says how a page was made.
- `forpass bench tables`: `systems` (a file for each library) says how everybody learns; `cell` lets one
  system learn one division of one table, in a process of its own, which `runner` starts; `measure` is all of
  that; `figures` compares, and `page` shows it.
- `forpass bench ablations`: `choices` are what a recipe can do otherwise, `ablations` compares.
  `forpass bench intervals`: `coverage` counts what intervals and sets hold.
- `lab` is a laboratory for those who write recipes: it trains each network once.
"""
