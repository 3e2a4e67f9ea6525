"""Decide whole populations: the same program on columns, members nested by household.

`compile_columns` makes a program ready for the facts that are given and a caller's figures; what it returns fills in the
wanted variables of a batch. Row by row it agrees with household.py (tests/test_population_agrees.py).
"""

from policyengine.interpreters.population.code import Batch, Columns
from policyengine.interpreters.population.columns import BOTTOM, TOP, Choices, Column, Numbers, Truths
from policyengine.interpreters.population.members import Nesting
from policyengine.interpreters.population.nodes import compile_columns

__all__ = ["BOTTOM", "TOP", "Batch", "Choices", "Column", "Columns", "Nesting", "Numbers", "Truths", "compile_columns"]
