"""What users call: a spec and arrays, or a table and the name of its target.

A map; a module imports only from those above it in this list:

- Options: `signatures` (docstrings made from records), `values` (checks), `choices` (of which names), `setup`
  (what options change), `option` (the record of one), `options` (the one list of them), `presets` (a recipe,
  or a single network).
- Of models in files: `loading` (`load`).
- Of arrays: `metrics` (the metric that is asked for, in the words and units of the table), `training`
  (`train`, `resume`), `many` (`train_many`).
- Of a table: `road` (it is looked at, split and encoded), `portions` and `long_tables` (the same of one that
  need not fit into memory), `class_weights`, `thresholds`.
- What a network is measured against: `baselines`.
- How good it is: `judging` (network and baselines learn and decide alike, as was asked), `bootstrap` (whether
  chance could have made the difference), `evaluation` (`evaluate`).
- How much it needs each column: `moving` (rows with cells of other rows), `unseen` (each row is judged
  by networks that have not seen it), `exchanging` (how much worse predictions get), `needs` (that, as part of
  training).
- All of it together: `published` (single networks as they were published), `in_time` (such a one under a time
  limit), `learning` (from encoded rows to a measured network), `out_of_fold` (out-of-fold predictions of a
  blend and of the baselines), `strong` (from encoded rows to the measured ensemble of a recipe), `origins`
  (how a model was asked for), `tables` (`train_table`), `folds` (the result of a cross-validation),
  `cross_validation` (`cross_validate`), `search` (`TableSearch`).
- What a model makes of its columns, asked afterwards: `importance`, `partial_dependence`; for one row:
  `shapley` (Shapley values of a game), `explain`.
"""
