"""The shape of every file in a pack. What the scalars mean is the compiler's business; here stands what may stand where.

The shapes of scenarios and properties, which loading a pack has no need of, stand in scenario_schema.py.
"""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from policyengine.authoring.reader import Scalar, Unfit
from policyengine.authoring.shape import Cited, Day, Figure, Formula, Id, Label, Shape
from policyengine.text import Text

ScopeName = Literal["area", "household", "person"]
BenefitKind = Literal[
    "cash",
    "fee_waiver",
    "premium_subsidy",
    "reimbursement",
    "in_kind",
    "service",
    "loan_interest",
    "priority",
    "guarantee",
]


class Range(Shape):
    from_: Figure | None = Field(default=None, alias="from")
    to: Figure | None = None

    @model_validator(mode="before")
    @classmethod
    def _two(cls, value: Any) -> Any:
        return {"from": value[0], "to": value[1]} if isinstance(value, list | tuple) and len(value) == 2 else value

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        bound = {"anyOf": [{"type": "string"}, {"type": "number"}]}
        two = {"maxItems": 2, "minItems": 2, "prefixItems": [bound, bound], "type": "array"}
        return {"anyOf": [handler(schema), two]}


class TotalShape(Shape):
    """How a fact of the area follows from its households: how many (persons) fulfil `where`, or the sum over those."""

    of: Literal["households", "persons"]
    where: Formula | None = None
    sum: Formula | None = None

    @model_validator(mode="after")
    def _something(self) -> "TotalShape":
        if self.where is None and self.sum is None:
            raise ValueError("`where` (who is counted), `sum` (what is added up), or both")
        return self


class FactShape(Shape):
    """A given input."""

    for_: ScopeName = Field(alias="for")
    type: Literal["condition", "number", "date", "choice"]
    label: Label
    unit: Scalar | None = None
    places: int | None = Field(default=None, ge=0, le=8)
    range: Range | None = None
    options: dict[Scalar, Label] | None = None
    optional: bool = False
    total: TotalShape | None = None
    definition: Label | None = None

    @model_validator(mode="after")
    def _total_of_an_area(self) -> "FactShape":
        if self.total is not None and (self.for_ != "area" or self.type != "number"):
            raise ValueError("only a number `for: area` has a `total`")
        return self


class BandShape(Shape):
    """`from` includes its bound, `over` doesn't; the first band may have neither."""

    from_: Figure | None = Field(default=None, alias="from")
    over: Figure | None = None
    value: Figure


def _dated(value: Any) -> Any:
    return {"always": value} if isinstance(value, str | list | int) else value


class ParameterShape(Cited):
    """A dated legal quantity: one figure, a scale of bands, or a table keyed by choices."""

    label: Label
    unit: Scalar
    places: int | None = Field(default=None, ge=0, le=8)
    values: Annotated[
        dict[Scalar, Figure] | None, BeforeValidator(_dated, json_schema_input_type=dict[str, Any] | str)
    ] = None
    bands: Annotated[
        dict[Scalar, tuple[BandShape, ...]] | None,
        BeforeValidator(_dated, json_schema_input_type=dict[str, list[BandShape]] | list[BandShape]),
    ] = None
    argument: Scalar | None = None
    keys: tuple[Id, ...] | None = None
    file: Scalar | None = None
    cells: tuple[tuple[Scalar, ...], ...] | None = Field(
        default=None, description="the rows of a table, instead of a file"
    )
    otherwise: Figure | None = None
    range: Range | None = None
    needs: Label | None = None
    definition: Label | None = None
    supplement: dict[Scalar, Scalar] | None = Field(
        default=None, description="by date, which published figures stand in for the missing one"
    )


class ReadingShape(Cited):
    """A choice between interpretations."""

    label: Label
    question: Label | None = None
    options: dict[Scalar, Label]
    default: Scalar
    why: Label

    @model_validator(mode="after")
    def _default_by_label(self) -> "ReadingShape":
        """An option may be named by its label, as elsewhere; what is kept is its id."""
        if self.default not in self.options:
            meant = [key for key, label in self.options.items() if self.default in (label.zh, label.en)]
            if len(meant) == 1:
                option = Scalar.at(str(meant[0]), self.default.place, self.default.plain)
                return self.model_copy(update={"default": option})
        return self


class RoundingShape(Shape):
    to: Figure | None = None
    direction: Literal["half_up", "half_even", "up", "down"] = "half_up"
    provision: Scalar | None = None


class RowShape(Cited):
    when: Formula
    then: Formula


class TableShape(Shape):
    hit: Literal["first", "unique"]
    rows: tuple[RowShape, ...] = Field(min_length=1)
    otherwise: Formula | None = None


class VariableShape(Cited):
    """A derived quantity: a formula or a decision table."""

    for_: ScopeName = Field(alias="for")
    label: Label
    unit: Scalar | None = None
    options: dict[Scalar, Label] | None = None
    formula: Formula | None = None
    table: TableShape | None = None
    rounding: RoundingShape | None = None
    definition: Label | None = None


class ItemsShape(Shape):
    list: tuple[Label, ...]
    open: bool = False


class FamilyShape(Shape):
    """What benefits of different plans have in common, so that regions can be set side by side."""

    label: Label
    definition: Label | None = None


class BenefitShape(Cited):
    """What one may receive."""

    benefit: Scalar
    label: Label
    for_: Literal["household", "person"] = Field(alias="for")
    kind: BenefitKind
    family: Scalar | None = Field(None, description="the id of a family: the row in which regions are compared")
    eligible: Formula
    amount: Formula | dict[Scalar, Formula] | None = None
    period: Literal["once", "month", "term", "year", "visit"] | None = None
    rounding: RoundingShape | None = None
    payer: Label | None = None
    items: ItemsShape | None = None
    variables: dict[Scalar, VariableShape] = Field(default_factory=dict)
    note: Label | None = None
    definition: Label | None = None


class IndicatorShape(Cited):
    """A promise or target that can be checked."""

    for_: ScopeName = Field(alias="for")
    label: Label
    applies: Formula | None = None
    met: Formula | None = None
    measure: Formula | None = None
    must: Literal[">", ">=", "<", "<=", "=", "≥", "≤", "=="] | None = None
    target: Formula | None = None
    note: Label | None = None
    definition: Label | None = None

    @model_validator(mode="after")
    def _one_form(self) -> "IndicatorShape":
        measured = (self.measure, self.must, self.target)
        if (self.met is None) == (measured == (None, None, None)) or (self.met is None and None in measured):
            zh = "写 `met`，或者 `measure`、`must`、`target` 三者都写"
            raise Unfit(Text(zh, "either `met`, or all of `measure`, `must` and `target`"))
        return self


class ExclusionShape(Cited):
    label: Label
    benefits: tuple[Id, ...] = Field(min_length=2)
    rule: Literal["larger", "first", "choice"]


class CeilingShape(Cited):
    label: Label
    benefits: tuple[Id, ...] = Field(min_length=2)
    ceiling: Formula


class PayerStepShape(Shape):
    id: Scalar | None = None
    label: Label | None = None
    pays: Formula | None = None
    benefit: Id | None = None
    provision: Scalar | None = None

    @model_validator(mode="after")
    def _one_form(self) -> "PayerStepShape":
        if (self.pays is None) == (self.benefit is None):
            raise Unfit(Text("`pays` 和 `benefit` 写其一", "either `pays` or `benefit`"))
        if self.id is None or (self.pays is not None and self.label is None):
            zh = "每一步都要有 `id`；写 `pays` 的还要有 `label`"
            raise Unfit(Text(zh, "a step has an `id`; one with `pays` also a `label`"))
        return self


class PayersShape(Cited):
    for_: Literal["household", "person"] = Field(alias="for")
    label: Label
    base: Formula
    order: tuple[PayerStepShape, ...] = Field(min_length=1)


class BetweenShape(Shape):
    """What holds between benefits."""

    exclusions: dict[Scalar, ExclusionShape] = Field(default_factory=dict)
    ceilings: dict[Scalar, CeilingShape] = Field(default_factory=dict)
    payers: dict[Scalar, PayersShape] = Field(default_factory=dict)


class PassageShape(Shape):
    at: int = Field(ge=0, description="characters before it, white space removed: where to look first")
    length: int = Field(gt=0)
    sha256: Scalar


class ProvisionShape(Shape):
    """One clause of the document."""

    place: Scalar
    class_: Literal["benefit", "eligibility", "indicator", "organisational", "background"] = Field(alias="class")
    says: Label
    figures: tuple[Scalar, ...] = ()
    passage: PassageShape | None = None
    not_encoded: Label | None = None


class TermShape(Shape):
    from_: Day = Field(alias="from")
    to: Day
    provision: Scalar | None = None


class DocumentShape(Shape):
    title: Scalar
    number: Scalar | None = None
    issued: Day | None = None
    issuer: Scalar | None = None
    length: int | None = None
    sha256: Scalar | None = None


class PackShape(Shape):
    """pack.yaml"""

    pack: Scalar
    label: Label
    term: TermShape | None = None
    uses: tuple[Scalar, ...] = ()
    document: DocumentShape | None = None
    definition: Label | None = None


class SupplementFigure(Shape):
    values: Annotated[dict[Scalar, Figure], BeforeValidator(_dated, json_schema_input_type=dict[str, Any] | str)]
    source: Scalar
    grade: Literal["A", "B", "C"]
    published: Scalar | None = None


class SupplementShape(Shape):
    """Published figures that stand in for those the document leaves out."""

    supplement: Scalar
    label: Label
    figures: dict[Id, SupplementFigure]


class AdditionsShape(Shape):
    facts: dict[Scalar, FactShape] = Field(default_factory=dict)
    parameters: dict[Scalar, ParameterShape] = Field(default_factory=dict)
    variables: dict[Scalar, VariableShape] = Field(default_factory=dict)
    benefits: tuple[BenefitShape, ...] = ()
    indicators: dict[Scalar, IndicatorShape] = Field(default_factory=dict)


class RemovalsShape(Shape):
    benefits: tuple[Id, ...] = ()
    indicators: tuple[Id, ...] = ()


class ReformShape(Shape):
    """A named change to a pack."""

    reform: Scalar
    label: Label
    why: Label | None = None
    parameters: dict[Id, dict[str, Any]] = Field(default_factory=dict)
    readings: dict[Id, dict[str, Any]] = Field(default_factory=dict)
    variables: dict[Id, dict[str, Any]] = Field(default_factory=dict)
    benefits: dict[Id, dict[str, Any]] = Field(default_factory=dict)
    indicators: dict[Id, dict[str, Any]] = Field(default_factory=dict)
    add: AdditionsShape = AdditionsShape()
    remove: RemovalsShape = RemovalsShape()
