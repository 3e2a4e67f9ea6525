"""Which combinations of its options a table has no row for, called as a row would call them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import islice, product
from math import prod

from policyengine.authoring.pack import PolicyPack
from policyengine.authoring.reader import Scalar
from policyengine.authoring.shape import Label
from policyengine.compiler.scene import Scene
from policyengine.ir import ChoiceType
from policyengine.text import Text, number_of

SHOWN = 5  # combinations named; of the others it is said how many


def missing_rows(
    keys: Sequence[tuple[str, ChoiceType]], stated: Collection[tuple[int, ...]], scene: Scene, pack: PolicyPack
) -> Text | None:
    """`2 combinations: low,village; mid,town`; None where every combination has its row."""
    number = prod(len(type_.options) for _, type_ in keys) - len(stated)
    if number <= 0:
        return None
    combinations = product(*(type_.options for _, type_ in keys))
    absent = (options for options in combinations if tuple(scene.bits[option] for option in options) not in stated)
    labels = [_labels(name, scene, pack) for name, _ in keys]
    shown = [
        [label.get(option, Text(option, option)) for label, option in zip(labels, options, strict=True)]
        for options in islice(absent, SHOWN)
    ]
    zh = "、".join(f"`{','.join(option.zh for option in row)}`" for row in shown)
    en = ", ".join(f"`{','.join(option.en for option in row)}`" for row in shown)
    if number > SHOWN:
        zh, en = f"{zh} 等（另有 {number - SHOWN} 种）", f"{en} and {number - SHOWN} more"
    return Text(f"{number} 种组合：{zh}", f"{number_of(number, 'combination')}: {en}")


def _labels(choice: str, scene: Scene, pack: PolicyPack) -> dict[str, Text]:
    """The labels of a choice's options; the choice is a fact, a reading or a variable, by id or label."""
    symbol = scene.symbols.find(choice)
    found: dict[str, Mapping[Scalar, Label] | None] = {key: item.options for key, item in pack.facts.items()}
    found |= {key: item.options for key, item in pack.readings.items()}
    found |= {key: item.options for key, item in pack.variables.items()}
    found |= {str(key): item.options for benefit in pack.benefits.values() for key, item in benefit.variables.items()}
    options = None if symbol is None else found.get(symbol.id)
    return {str(option): label.text for option, label in (options or {}).items()}
