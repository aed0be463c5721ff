"""Rows of our own kinds from a table (CSV): docks here, cars and subscribers in the apps that know them.

`plan` reads a file and says what it would create, change and refuse, and writes nothing; `apply` writes exactly that. A
new kind of table is a `Sheet`: its columns, what it compares with, and how it writes.
"""

from stations.sheets.applying import apply
from stations.sheets.columns import BadCell, Column
from stations.sheets.kinds import Change, Comparison, Line, Problem, Sheet
from stations.sheets.planning import Plan, plan
from stations.sheets.reading import template

__all__ = [
    "BadCell",
    "Change",
    "Column",
    "Comparison",
    "Line",
    "Plan",
    "Problem",
    "Sheet",
    "apply",
    "plan",
    "template",
]
