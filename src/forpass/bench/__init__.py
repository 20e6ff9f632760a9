"""HOW FAST it is, beside its peers: the same work, in one run, on the machine at hand.

`cases` says what is measured, `contenders` (one file each) how everybody is made to do it, `timing` how times
are taken fairly, `peak` what one core can do at most. `probe` is what only a process of its own can tell.
`speed` measures all of it and gives plain data, `report` makes a page of these; `narrow` are its steps with
narrower vectors. `everyday` measures what users wait for around the steps (`everyday_tasks`), `big_table`
what a long file costs from the command line, `tables` how good networks are beside others. `place` is what a
page says of the machine.
"""
