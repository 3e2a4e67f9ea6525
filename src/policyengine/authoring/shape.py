"""What the shapes of all files are made of: words with a meaning, and what rests on clauses."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from policyengine.authoring.reader import Scalar
from policyengine.text import Text

Id = Annotated[Scalar, Field(description="an id (lower_snake_case) or a label")]
Formula = Annotated[Scalar, Field(description="a formula")]
Figure = Annotated[Scalar, Field(description="exact, `at least …`, `at most …`, `between … and …`, or `not stated`")]
Day = Annotated[Scalar, Field(description="a date, 2018-06-01")]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Label(Shape):
    """The same words in both languages."""

    zh: Scalar
    en: Scalar

    @property
    def text(self) -> Text:
        return Text(str(self.zh), str(self.en))

    @model_validator(mode="before")
    @classmethod
    def _one_for_both(cls, value: Any) -> Any:
        return {"zh": value, "en": value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        return {"anyOf": [handler(schema), {"type": "string"}]}


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
