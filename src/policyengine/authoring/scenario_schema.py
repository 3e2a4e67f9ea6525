"""The shapes of what a pack is tried with: scenarios and properties."""

from typing import Any, Literal

from pydantic import Field, model_validator

from policyengine.authoring.reader import Scalar
from policyengine.authoring.shape import Cited, Day, Figure, Flag, Formula, Id, Label, Shape


class ScenarioShape(Shape):
    name: Label
    on: Day
    parameters: dict[Id, Scalar] = Field(default_factory=dict)
    readings: dict[Id, Scalar] = Field(default_factory=dict)
    supplements: tuple[Scalar, ...] = ()
    grades: Literal["A", "AB", "ABC"] = "AB"
    reforms: tuple[Scalar, ...] = ()
    household: dict[str, Any] | None = None
    area: dict[str, Any] | None = None
    beyond_term: Flag = False
    expect: dict[Scalar, Any]
    to_confirm: Flag = Field(
        default=False, description="the expectations were generated, nobody has confirmed them yet"
    )
    note: Label | None = None


class ScenariosShape(Shape):
    """Households with expected results."""

    scenarios: tuple[ScenarioShape, ...]


class PropertyShape(Cited):
    """What is meant to hold for every household: `always` a condition, or how `of` moves when a fact is `more`.

    more: a number, which grows (`by` so much, otherwise by anything), or a condition, which becomes true.
    raises_at_most, lowers_at_most: by how much `of` may rise or fall; 0 means never.
    holds: false, with `why`, for what the plan itself breaks: then it is the proof that would be news.
    """

    for_: Literal["household", "person"] = Field(alias="for")
    label: Label
    given: Formula | None = None
    always: Formula | None = None
    more: Id | None = None
    by: Figure | None = None
    of: Formula | None = None
    raises_at_most: Figure | None = None
    lowers_at_most: Figure | None = None
    holds: Flag = True
    why: Label | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "PropertyShape":
        moves = self.more is not None and self.of is not None
        limited = self.raises_at_most is not None or self.lowers_at_most is not None
        if (self.always is not None) == moves or limited != moves or (not moves and (self.by or self.of or self.more)):
            raise ValueError("`always`, or else `more` with `of` and `raises_at_most` or `lowers_at_most`")
        if not self.holds and self.why is None:
            raise ValueError("`why` it doesn't hold")
        return self
