"""What any engine must pass, shipped: whoever writes an engine runs `check_engine` on it.

The reference engine in float64 says what is right; another engine, in either type, must come as near
to it as its rounding allows (`TOLERANCES`). Where this house promises equal bits (the same run
twice, any division into chunks, an interrupted run), bits are compared.

`engine_checks` gives the checks one by one, so that pytest can show each under its name;
`formula_checks` does the same for a namespace into which formulas are bound (`engines.bind`).
"""

from forpass.engines.conformance.comparing import TOLERANCES
from forpass.engines.conformance.formulas import formula_checks
from forpass.engines.conformance.suite import CheckResult, check_engine, engine_checks

__all__ = ["TOLERANCES", "CheckResult", "check_engine", "engine_checks", "formula_checks"]
