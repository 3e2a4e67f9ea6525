"""The shape of every file in a pack. What the scalars mean is the compiler's business; here stands what may stand where.

The shapes of scenarios and properties, which loading a pack has no need of, stand in scenario_schema.py.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from policyengine.authoring.reader import Scalar, Unfit
from policyengine.text import Text

Id = Annotated[Scalar, Field(description="an id (lower_snake_case) or a label")]
Formula = Annotated[Scalar, Field(description="a formula")]
Figure = Annotated[Scalar, Field(description="exact, `at least …`, `at most …`, `between … and …`, or `not stated`")]
Day = Annotated[Scalar, Field(description="a date, 2018-06-01")]
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


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Label(Shape):
    """The same words in both languages."""

    zh: Scalar
    en: Scalar

    @property
    def text(self) -> Text:
        return Text(str(self.zh), str(self.en))


def _label(value: Any) -> Any:
    return {"zh": value, "en": value} if isinstance(value, str) else value


AnyLabel = Annotated[Label, BeforeValidator(_label, json_schema_input_type=Label | str)]


def _many(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _flag(value: Any) -> Any:
    return {"是": True, "否": False}.get(str(value), value)


Flag = Annotated[bool, BeforeValidator(_flag, json_schema_input_type=bool | Literal["是", "否"])]
Citations = Annotated[tuple[Scalar, ...], BeforeValidator(_many, json_schema_input_type=list[str] | str)]


class Cited(Shape):
    """Whatever rests on clauses of the document: `provision` (one) or `provisions` (several)."""

    provision: Scalar | None = None
    provisions: Citations = ()

    @property
    def citations(self) -> tuple[Scalar, ...]:
        return ((self.provision,) if self.provision is not None else ()) + tuple(self.provisions)


class Range(Shape):
    from_: Figure | None = Field(default=None, alias="from")
    to: Figure | None = None


def _range(value: Any) -> Any:
    if isinstance(value, list | tuple) and len(value) == 2:
        return {"from": value[0], "to": value[1]}
    return value


AnyRange = Annotated[
    Range,
    BeforeValidator(_range, json_schema_input_type=Range | tuple[str | float, str | float]),
]


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
    label: AnyLabel
    unit: Scalar | None = None
    places: int | None = Field(default=None, ge=0, le=8)
    range: AnyRange | None = None
    options: dict[Scalar, AnyLabel] | None = None
    optional: bool = False
    total: TotalShape | None = None
    definition: AnyLabel | None = None

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

    label: AnyLabel
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
    range: AnyRange | None = None
    needs: AnyLabel | None = None
    definition: AnyLabel | None = None
    supplement: dict[Scalar, Scalar] | None = Field(
        default=None, description="by date, which published figures stand in for the missing one"
    )


class ReadingShape(Cited):
    """A choice between interpretations."""

    label: AnyLabel
    question: AnyLabel | None = None
    options: dict[Scalar, AnyLabel]
    default: Scalar
    why: AnyLabel


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
    label: AnyLabel
    unit: Scalar | None = None
    options: dict[Scalar, AnyLabel] | None = None
    formula: Formula | None = None
    table: TableShape | None = None
    rounding: RoundingShape | None = None
    definition: AnyLabel | None = None


class ItemsShape(Shape):
    list: tuple[AnyLabel, ...]
    open: bool = False


class FamilyShape(Shape):
    """What benefits of different plans have in common, so that regions can be set side by side."""

    label: AnyLabel
    definition: AnyLabel | None = None


class BenefitShape(Cited):
    """What one may receive."""

    benefit: Scalar
    label: AnyLabel
    for_: Literal["household", "person"] = Field(alias="for")
    kind: BenefitKind
    family: Scalar | None = Field(None, description="the id of a family: the row in which regions are compared")
    eligible: Formula
    amount: Formula | dict[Scalar, Formula] | None = None
    period: Literal["once", "month", "term", "year", "visit"] | None = None
    rounding: RoundingShape | None = None
    payer: AnyLabel | None = None
    items: ItemsShape | None = None
    variables: dict[Scalar, VariableShape] = Field(default_factory=dict)
    note: AnyLabel | None = None
    definition: AnyLabel | None = None


class IndicatorShape(Cited):
    """A promise or target that can be checked."""

    for_: ScopeName = Field(alias="for")
    label: AnyLabel
    applies: Formula | None = None
    met: Formula | None = None
    measure: Formula | None = None
    must: Literal[">", ">=", "<", "<=", "=", "≥", "≤", "=="] | None = None
    target: Formula | None = None
    note: AnyLabel | None = None
    definition: AnyLabel | None = None

    @model_validator(mode="after")
    def _one_form(self) -> "IndicatorShape":
        measured = (self.measure, self.must, self.target)
        if (self.met is None) == (measured == (None, None, None)) or (self.met is None and None in measured):
            zh = "写 `met`，或者 `measure`、`must`、`target` 三者都写"
            raise Unfit(Text(zh, "either `met`, or all of `measure`, `must` and `target`"))
        return self


class ExclusionShape(Cited):
    label: AnyLabel
    benefits: tuple[Id, ...] = Field(min_length=2)
    rule: Literal["larger", "first", "choice"]


class CeilingShape(Cited):
    label: AnyLabel
    benefits: tuple[Id, ...] = Field(min_length=2)
    ceiling: Formula


class PayerStepShape(Shape):
    id: Scalar | None = None
    label: AnyLabel | None = None
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
    label: AnyLabel
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
    says: AnyLabel
    figures: tuple[Scalar, ...] = ()
    passage: PassageShape | None = None
    not_encoded: AnyLabel | None = None


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
    label: AnyLabel
    term: TermShape | None = None
    uses: tuple[Scalar, ...] = ()
    document: DocumentShape | None = None
    definition: AnyLabel | None = None


class SupplementFigure(Shape):
    values: Annotated[dict[Scalar, Figure], BeforeValidator(_dated, json_schema_input_type=dict[str, Any] | str)]
    source: Scalar
    grade: Literal["A", "B", "C"]
    published: Scalar | None = None


class SupplementShape(Shape):
    """Published figures that stand in for those the document leaves out."""

    supplement: Scalar
    label: AnyLabel
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
    label: AnyLabel
    why: AnyLabel | None = None
    parameters: dict[Id, dict[str, Any]] = Field(default_factory=dict)
    readings: dict[Id, dict[str, Any]] = Field(default_factory=dict)
    variables: dict[Id, dict[str, Any]] = Field(default_factory=dict)
    benefits: dict[Id, dict[str, Any]] = Field(default_factory=dict)
    indicators: dict[Id, dict[str, Any]] = Field(default_factory=dict)
    add: AdditionsShape = AdditionsShape()
    remove: RemovalsShape = RemovalsShape()
