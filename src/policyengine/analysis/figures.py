"""A parameter's figures day by day, in two versions of a pack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from policyengine.amounts import show_amount
from policyengine.authoring.reader import Scalar
from policyengine.authoring.schema import BandShape, ParameterShape
from policyengine.compiler.figures import FigureError, number_type, read_bound
from policyengine.source import Source
from policyengine.text import Text, same
from policyengine.units import parse_unit

NOT_STATED = Text("未载明", "not stated")


@dataclass(frozen=True)
class Figure:
    """What is in force: as it is shown, and where it stands."""

    shown: Text
    place: Source | None


def figures_by_date(
    name: str, before: ParameterShape | None, after: ParameterShape | None
) -> Iterator[tuple[str, Figure | None, Figure | None]]:
    """(first day, old figure, new figure) wherever the two aren't the same; None: nothing is declared.

    name: `values` or `bands`. The first day is `always` where no date stands.
    """
    pair = [{} if item is None else getattr(item, name) or {} for item in (before, after)]
    last: tuple[Any, Any] | None = None
    for day in sorted({str(day) for dated in pair for day in dated}, key=lambda day: (day != "always", day)):
        standing = [_in_force(dated, day) for dated in pair]
        words = [_figure(item, value) for item, value in zip((before, after), standing, strict=True)]
        compared = tuple(None if word is None else word.shown for word in words)
        if compared != last and compared[0] != compared[1]:
            yield day, words[0], words[1]
        last = (compared[0], compared[1])


def _in_force(dated: Mapping[Scalar, Any], day: str) -> Any:
    begun = [start for start in dated if start == "always" or (day != "always" and str(start) <= day)]
    return dated[max(begun, key=lambda start: (start != "always", str(start)))] if begun else None


def _figure(shape: ParameterShape | None, value: Any) -> Figure | None:
    if shape is None or value is None:
        return None
    if isinstance(value, tuple):
        return Figure(_bands(shape, value), value[0].value.place if value else None)
    return Figure(figure_text(value, shape.unit, shape.places), value.place)


def figure_text(text: Scalar, unit: Scalar, places: int | None = None) -> Text:
    """A figure as explanations show it: `at least 15,000.00 yuan/year`; as it is written where it can't be read."""
    parsed = parse_unit(str(unit))
    if parsed is None:
        return same(str(text))
    type_ = number_type(parsed, places, (str(text),))
    try:
        bound = read_bound(str(text), type_)
    except FigureError:
        return same(str(text))
    if bound.stated == "not stated":
        return NOT_STATED
    return Text(show_amount(bound.value, type_, "zh"), show_amount(bound.value, type_, "en"))


def _bands(shape: ParameterShape, bands: tuple[BandShape, ...]) -> Text:
    told = [_band(shape, band) for band in bands]
    return Text("；".join(text.zh for text in told), "; ".join(text.en for text in told))


def _band(shape: ParameterShape, band: BandShape) -> Text:
    value = figure_text(band.value, shape.unit, shape.places)
    start = band.from_ if band.from_ is not None else band.over
    if start is None:
        return value
    bound = figure_text(start, shape.argument if shape.argument is not None else shape.unit)
    if band.over is None:
        return Text(f"{bound.zh}起 {value.zh}", f"from {bound.en} {value.en}")
    return Text(f"超过{bound.zh} {value.zh}", f"over {bound.en} {value.en}")
