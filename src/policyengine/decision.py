"""A decision: a household's results, with their explanation, their record, and how they print."""

from __future__ import annotations

from typing import Any

from policyengine.explaining.rendering import Explanation, summary
from policyengine.naming import declared_meant, entity_meant, language_meant, require_known
from policyengine.record import _plain as plain
from policyengine.record import decision_content, write_record
from policyengine.results import Entitlement, IndicatorResult, Results
from policyengine.text import Lang, preferred_language


class Decision(Results):
    """What a pack decides for one household on one date. Made by `Pack.decide`."""

    def explain(
        self, lang: Lang | None = None, *, benefit: str | None = None, member: str | int | None = None
    ) -> Explanation:
        """Why: prints as text, shows as HTML in a notebook. Narrow it to a benefit (or indicator) or a member.

        lang: zh or en, by default the locale's. benefit, member: by id, label or name. Raises PolicyError where there is no
        such language, benefit or member.
        """
        language = language_meant(lang)
        require_known(self, benefit, member)
        return Explanation(self, language, benefit, None if member is None else str(member))

    def entitlement(self, benefit: str, entity: str | int | None = None) -> Entitlement:
        """One result. benefit: by id or label; entity: a member by id or name, None for the household's.

        Raises PolicyError with the likeliest meant where there is no such benefit or member, or where it is another's.
        """
        for item in self.entitlements:
            if item.benefit == benefit and item.entity == ("household" if entity is None else entity):
                return item
        declared = declared_meant(self, self.program.benefits, benefit)
        whose = entity_meant(self, declared, entity)
        return next(item for item in self.entitlements if item.benefit == declared.id and item.entity == whose)

    def indicator(self, indicator: str, entity: str | int | None = None) -> IndicatorResult:
        """One indicator, named as `entitlement` takes a benefit; None for the household's or the area's."""
        declared = declared_meant(self, self.program.indicators, indicator)
        whose = entity_meant(self, declared, entity)
        return next(item for item in self.indicators if item.indicator == declared.id and item.entity == whose)

    def __reduce__(self) -> tuple[Any, ...]:
        """What is sent to another process: the pack and what was given, from which the same is decided there."""
        ready = self._evaluator.kept.get("ready")
        if ready is None:
            raise TypeError("this decision can't be pickled: send its record() or to_dict()")
        facts, parameters, readings = map(plain, (self._household.facts, self.parameters, self.readings))
        return ready.decide, (facts, parameters, readings, self._scopes, self.sources)

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
