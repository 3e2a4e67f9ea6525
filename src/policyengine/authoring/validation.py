"""A document in its shape, or messages about everything that doesn't fit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar, get_args

from pydantic import ValidationError

from policyengine.authoring.reader import Scalar, Unfit, place_at, place_of
from policyengine.authoring.shape import Shape
from policyengine.authoring.slips import hint_of, in_word
from policyengine.errors import Diagnostic, PolicyError, diagnostic
from policyengine.source import Source, SourceFile
from policyengine.text import Text, closest

S = TypeVar("S", bound=Shape)

TEXT_OR_MAPPING = Text("应为文字，或键和值（映射）", "text, or a mapping (keys and values) is expected")


def validated(shape: type[S], document: Any, name: str, key: str = "") -> S:
    """A document, or what stands in one at `key`, in its shape, or PolicyError with a place for all that doesn't fit."""
    try:
        return shape.model_validate(document)
    except ValidationError as error:
        raise PolicyError(list(_shape_errors(error, shape, document, name, key or name))) from None


def _shape_errors(
    error: ValidationError, shape: type[Shape], document: Any, name: str, whole: str
) -> Iterable[Diagnostic]:
    items = error.errors(include_url=False)
    missing = [item["loc"] for item in items if item["type"] == "missing"]
    for item in items:
        if _is_other_form(item["loc"], item["input"]) or _counts_what_is_wrong(item):
            continue
        path = tuple(step for step in item["loc"] if not _is_pydantic_s_own(step, item["loc"]))
        place = place_at(document, path) or Source(SourceFile(name, " "), 0)
        last = next((step for step in reversed(path) if isinstance(step, str)), "")
        kind = item["type"]
        if kind == "extra_forbidden":
            key = _key(document, path)
            beside = [str(loc[-1]) for loc in missing if loc[:-1] == item["loc"][:-1]]
            near = closest(last, beside) or closest(last, _keys_at(shape, item["loc"][:-1]))
            near = near or closest(last, [known for known in _known_keys() if known != last])
            hint = hint_of(key) or (Text(f"是否想写 `{near}`？", f"did you mean `{near}`?") if near else None)
            yield diagnostic("unknown-key", place_of(key) or place, key=last, hint=hint)
        elif kind == "missing":
            yield diagnostic("missing-key", place, key=last, hint=_run_together(document, path))
        elif kind in ("literal_error", "enum"):
            found = str(item["input"])[:60] if isinstance(item["input"], str) else "…"
            yield diagnostic("not-one-of", place, found=found, expected=_choices(str(item["ctx"]["expected"])))
        else:
            either = len(item["loc"]) > 0 and str(item["loc"][-1]).startswith("function-")
            expected = TEXT_OR_MAPPING if either else _expected(kind, item)
            hint = hint_of(item["input"]) or hint_of(_key(document, path)) if kind in _COLLECTIONS else None
            yield diagnostic("wrong-shape", place, key=last or whole, hint=hint, expected=expected)


def _is_pydantic_s_own(step: str | int, path: tuple[str | int, ...]) -> bool:
    """Is this step of a path none of the document's keys, but what pydantic calls a form or a value we have wrapped?"""
    if step == "always":  # figures without dates
        return "values" in path
    return isinstance(step, str) and (step == "[key]" or step.startswith(("function-", "dict[")))


def _is_other_form(path: tuple[str | int, ...], found: Any) -> bool:
    """Of text or a mapping, pydantic complains of both: a mapping that isn't text is no fault, nor a list twice."""
    union = next((index for index, step in enumerate(path) if str(step).startswith("function-")), None)
    if isinstance(found, dict):
        return union is not None and union == len(path) - 1
    return str(path[-1]).startswith("dict[") if path else False


def _counts_what_is_wrong(item: Any) -> bool:
    """Of a list with faulty items pydantic also says that it is too short, since it counts only the others."""
    if item["type"] != "too_short":
        return False
    return isinstance(item["input"], list) and len(item["input"]) >= item["ctx"]["min_length"]


def _choices(expected: str) -> Text:
    words = expected.replace("'", "`")
    return Text(words.replace(" or ", "、").replace(", ", "、"), words)


def _expected(kind: str, item: Any) -> str | Text:
    match kind:
        case "model_type" | "dict_type" | "model_attributes_type":
            return Text("应为键和值（映射）", "a mapping (keys and values) is expected")
        case "tuple_type" | "list_type":
            return Text("应为列表", "a list is expected")
        case "bool_parsing" | "bool_type":
            return Text("应为 true 或 false", "`true` or `false` is expected")
        case "int_parsing" | "int_type" | "int_from_float" | "int_parsing_size":
            return Text("应为整数", "a whole number is expected")
        case "too_short":
            return Text("项数太少", "there are too few items")
        case "greater_than" | "greater_than_equal":
            least = item["ctx"].get("ge", item["ctx"].get("gt", 0) + 1)
            return Text(f"至少为 {least}", f"at least {least} is expected")
        case "less_than_equal":
            return Text(f"至多为 {item['ctx']['le']}", f"at most {item['ctx']['le']} is expected")
        case "value_error" if isinstance(item["ctx"]["error"], Unfit):
            return item["ctx"]["error"].reason
        case _:
            return str(item["msg"])


_COLLECTIONS = ("model_type", "dict_type", "model_attributes_type", "tuple_type", "list_type")


def _run_together(document: Any, path: tuple[str | int, ...]) -> Text | None:
    """Where a missing key stands after all, as a part of the text before it."""
    holder = _at(document, path[:-1])
    for word in (part for pair in holder.items() for part in pair) if isinstance(holder, dict) else ():
        if isinstance(word, Scalar) and word.plain:
            slip = in_word(word.place, str(path[-1]))
            if slip is not None:
                return slip.hint
    return None


def _at(document: Any, path: tuple[str | int, ...]) -> Any:
    """What stands at a path, or None."""
    current = document
    for step in path:
        try:
            current = current[step] if isinstance(current, dict | list) else None  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            return None
    return current


def _key(document: Any, path: tuple[str | int, ...]) -> Any:
    """The key at the end of a path, as it was read."""
    holder = _at(document, path[:-1]) if path else None
    return next((key for key in holder if key == path[-1]), None) if isinstance(holder, dict) else None


def _known_keys() -> list[str]:
    """The keys of every shape: enough for a suggestion."""
    import policyengine.authoring.scenario_schema
    import policyengine.authoring.schema  # noqa: F401  # where they are declared

    names: set[str] = set()
    for shape in _all_shapes(Shape):
        for key, item in shape.model_fields.items():
            names.add(item.alias or key)
    return sorted(names)


def _keys_at(shape: type[Shape], path: tuple[str | int, ...]) -> list[str]:
    """The keys of the shape that stands at a path; none where that isn't clear."""
    shapes = [shape]
    for step in path:
        fields = [item for each in shapes for key, item in each.model_fields.items() if (item.alias or key) == step]
        if fields:  # otherwise the step is a place in a list, somebody's id, or pydantic's own
            shapes = [each for item in fields for each in _shapes_in(item.annotation)]
    return sorted({item.alias or key for each in shapes for key, item in each.model_fields.items()})


def _shapes_in(annotation: Any) -> list[type[Shape]]:
    """The shapes that a field's type speaks of: its own, or those in a list, a mapping or a choice of several."""
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        return [annotation]
    return [each for part in get_args(annotation) for each in _shapes_in(part)]


def _all_shapes(shape: type[Shape]) -> list[type[Shape]]:
    return [below for child in shape.__subclasses__() for below in [child, *_all_shapes(child)]]
