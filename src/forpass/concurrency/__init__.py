"""Several pieces of work at once, in threads of this process.

A map; a module imports only from those above it in this list:

- `sharing`: what a piece of work may take, and whether it is to end, found in the context.
- `interrupts`: Ctrl-C that loses nothing.
- `pool`: as many pieces at a time as there are cores: `side_by_side` for long ones, which can be told to end,
  `each_of` for short ones.
"""
