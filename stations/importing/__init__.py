"""Stations from the published open-data file.

`plan` reads the file and says what it would change, row by row, and what is refused; it writes nothing. `apply` writes
exactly that. The command line and the admin's preview use the same two.
"""

from stations.importing.applying import PlanOutdated, apply
from stations.importing.planning import Comparison, Plan, Smaller, Update, plan
from stations.importing.tables import NotTheRightFile, Problem

__all__ = ["Comparison", "NotTheRightFile", "Plan", "PlanOutdated", "Problem", "Smaller", "Update", "apply", "plan"]
