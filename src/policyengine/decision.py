"""A decision: a household's results, with their explanation, their record, and how they print."""

from __future__ import annotations

from typing import Any

from policyengine.explaining.rendering import Explanation, summary
from policyengine.record import decision_content, write_record
from policyengine.results import Results
from policyengine.text import Lang, preferred_language


class Decision(Results):
    """What a pack decides for one household on one date. Made by `Pack.decide`."""

    def explain(
        self, lang: Lang | None = None, *, benefit: str | None = None, member: str | None = None
    ) -> Explanation:
        """Why: prints as text, shows as HTML in a notebook. Narrow it to a benefit (or indicator) or a member."""
        return Explanation(self, lang or preferred_language(), benefit, member)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; amounts are strings of exact decimals."""
        return decision_content(self)

    def record(self) -> bytes:
        """The decision as a record (JSON) that `policyengine replay` recomputes byte for byte."""
        return write_record(self)

    def __str__(self) -> str:
        return summary(self, preferred_language())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.explain()._repr_html_()
