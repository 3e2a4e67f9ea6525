"""What each definition rests on, and the order in which they can be lowered."""

from __future__ import annotations

from policyengine.authoring import formula as ast
from policyengine.compiler.calls import FUNCTIONS
from policyengine.compiler.definitions import Definition, Definitions
from policyengine.compiler.scene import EFFECTIVE, REMAINING, Scene, locate
from policyengine.errors import Diagnostic, diagnostic
from policyengine.ir import ChoiceType


def rests_on(definition: Definition, definitions: Definitions, scene: Scene) -> tuple[set[str], list[Diagnostic]]:
    """The definitions a definition rests on, and the names in it that nobody knows."""
    needed: set[str] = {definition.like} if definition.like is not None else set()
    unknown: list[Diagnostic] = []
    for part in definition.parts:
        for name in ast.names_in(part.tree):
            if name.name in EFFECTIVE:
                continue
            if "." in name.name:
                needed.add(name.name)
                continue
            if name.name in REMAINING and definition.remaining is not None:
                needed.add(definition.remaining)
                continue
            symbol = scene.symbols.find(name.name)
            if symbol is None:
                if name.name not in scene.symbols.options and (
                    definition.options is not None or not _is_then(definition, name)
                ):
                    choice = scene.types.get(choice_of(part.tree, name, scene) or "")
                    options = choice.options if isinstance(choice, ChoiceType) else ()
                    unknown.append(scene.symbols.unknown(name.name, locate(part.text, name.span), options))
            elif symbol.kind == "variable":
                needed.add(symbol.id)
        needed |= _benefits_asked(part.tree, definitions, scene)
    return needed & set(definitions.all), unknown


def choice_of(tree: ast.Ast, name: ast.Name, scene: Scene) -> str | None:
    """The id of what a name is compared with."""
    match tree:
        case ast.Comparison(terms=(ast.Name() as first, ast.Name() as second)) if name in (first, second):
            symbol = scene.symbols.find(second.name if first == name else first.name)
            return None if symbol is None else symbol.id
        case ast.Belongs(term=ast.Name() as term, options=options) if name in options:
            symbol = scene.symbols.find(term.name)
            return None if symbol is None else symbol.id
        case _:
            return next((found for part in ast.parts_of(tree) if (found := choice_of(part, name, scene))), None)


def _is_then(definition: Definition, name: ast.Name) -> bool:
    """Is the name the whole of a row's result? Then it may be an option that the table itself introduces."""
    results = [row[1].tree for row in definition.rows] + ([definition.otherwise.tree] if definition.otherwise else [])
    return any(result is name for result in results)


def _benefits_asked(tree: ast.Ast, definitions: Definitions, scene: Scene) -> set[str]:
    """What `entitled(benefit)` and `received(benefit)` rest on; an option that has a benefit's name rests on nothing."""
    needed = {need for part in ast.parts_of(tree) for need in _benefits_asked(part, definitions, scene)}
    if isinstance(tree, ast.Call) and tree.arguments and isinstance(tree.arguments[0], ast.Name):
        symbol = scene.symbols.find(tree.arguments[0].name)
        if symbol is not None and symbol.kind == "benefit":
            asked = FUNCTIONS.get(tree.function.name)
            needed |= {definitions.granted[symbol.id]} if asked == "entitled" else {f"{symbol.id}.received"}
    return needed


def in_order(definitions: Definitions, scene: Scene, found: list[Diagnostic]) -> list[Definition]:
    """Each definition after those it needs, or a diagnostic that shows the whole cycle."""
    needs: dict[str, list[str]] = {}
    for key, definition in definitions.all.items():
        needed, unknown = rests_on(definition, definitions, scene)
        needs[key] = sorted(needed)
        found += unknown
    order: list[Definition] = []
    state: dict[str, int] = {}  # 1 open, 2 done
    for root in definitions.all:
        stack: list[tuple[str, int]] = [(root, 0)]
        while stack:
            key, index = stack.pop()
            if index == 0:
                if state.get(key):
                    continue
                state[key] = 1
            if index < len(needs[key]):
                stack.append((key, index + 1))
                below = needs[key][index]
                if state.get(below) == 1:
                    path = [item for item, _ in stack]
                    cycle = [*path[path.index(below) :], below]
                    names = " → ".join(_shown(definitions.all[item]) for item in cycle)
                    place = next((place for item in cycle if (place := definitions.all[item].place)), None)
                    found.append(diagnostic("cycle", place, path=names))
                elif not state.get(below):
                    stack.append((below, 0))
            else:
                state[key] = 2
                order.append(definitions.all[key])
    return order


def _shown(definition: Definition) -> str:
    return definition.id.replace(".", " ")


def used_by_results(definitions: Definitions, scene: Scene) -> set[str]:
    """The definitions that some benefit or indicator rests on."""
    needed: set[str] = set()
    stack = [key for key, definition in definitions.all.items() if definition.is_root]
    while stack:
        key = stack.pop()
        if key not in needed:
            needed.add(key)
            stack += rests_on(definitions.all[key], definitions, scene)[0]
    return needed
