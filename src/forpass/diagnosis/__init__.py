"""What ails a network: faults seen in one pass and in the history, named with layer and remedy."""

from forpass.diagnosis.diagnose import diagnose
from forpass.diagnosis.finding import Finding, others_first
from forpass.diagnosis.remedies import remedy_by_options

__all__ = ["Finding", "diagnose", "others_first", "remedy_by_options"]
