"""How fast it is, how good, and what it survives: measured on the machine at hand, for the pages of figures.

`place` is what a page says of the machine, `report` what pages are made of, `timing` how times are taken
fairly.

- Speed: `speed` measures training steps, the same work for all, in one run: `cases` says what, `contenders`
  (one file each) how everybody is made to do it, `peak` what one core can do at most, `probe` what only a
  process of its own can tell, `narrow` the same with narrower vectors. `everyday` is what users wait for
  around the steps (`everyday_tasks`), `big_table` what a long file costs from the command line.
- Accuracy: `tables`, beside others.
- Away from here: `exports` (how far they deviate, what a row takes; `in_c` without Python), `serving`
  (NumPy alone), `service` (a service under the load of `load`).
- `reliability` is a page of two: `mutants` (files that differ from good ones) and `kills` (trainings that
  are killed; `victims` are these).
"""
