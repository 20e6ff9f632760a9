"""What ails a network: faults seen in one pass and in the history, named with layer and remedy."""

from forpass.diagnosis.diagnose import diagnose
from forpass.diagnosis.finding import Finding, others_first

__all__ = ["Finding", "diagnose", "others_first"]
