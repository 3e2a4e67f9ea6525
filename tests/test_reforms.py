"""Reforms: what a named change changes, what stays, and which changes are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import policyengine
from minipack import codes, load, variable, write_files
from policyengine import Pack, PolicyError

BASE = {
    "facts": "pay: {for: person, type: number, unit: yuan/year, label: {zh: 收入, en: the pay}}",
    "parameters": """
        line: {label: {zh: 线, en: the line}, unit: yuan/person/year, values: {2016-01-01: 100元, 2018-01-01: 200元}}
        share: {label: {zh: 比例, en: the share}, unit: ratio, values: 50%}
        later: {label: {zh: 未定, en: later}, unit: ratio, values: not stated}
        steps:
          label: {zh: 分档, en: the steps}
          unit: ratio
          argument: yuan/person/year
          bands: {2016-01-01: [{value: 10%}], 2018-01-01: [{value: 20%}]}
        cells:
          label: {zh: 分表, en: the cells}
          unit: ratio
          keys: [edge_class]
          cells: [[edge_class, value], [low, 1%], [high, 2%]]
    """,
    "readings": """
        edge: {label: {zh: 边界, en: edge}, options: {inside: 内, outside: 外}, default: outside, why: {zh: 略, en: so}}
    """,
    "variables": """
        edge_class:
          for: person
          label: {zh: 边界类, en: class at the edge}
          options: {low: 低, high: 高}
          formula: if pay < line or (pay == line and edge == inside) then low else high
        rest: {for: person, label: {zh: 余额, en: the rest}, unit: yuan/year, formula: share × pay}
    """,
    "benefits": """
        benefit: aid
        label: {zh: 补助, en: the aid}
        for: person
        kind: cash
        period: year
        eligible: edge_class == low and later <= 1
        amount: rest + progressive(pay, steps) + table(cells, edge_class) × pay
    """,
    "indicators": """
        rich: {for: person, label: {zh: 富, en: rich}, measure: pay, must: ">", target: line}
    """,
}


def reform(body: str, **base: str) -> dict[str, str]:
    return {**BASE, **base, "reforms": f"reform: change\nlabel: {{zh: 改, en: a change}}\n{body}"}


def reformed(folder: Path, body: str, **base: str) -> Pack:
    return load(folder, **reform(body, **base)).with_changes(reforms=["change"])


def refused(folder: Path, body: str, **base: str) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        reformed(folder, body, **base).program("2018-06-01")
    return codes(list(caught.value.diagnostics))


def aid(pack: Pack, pay: Any, on: str = "2018-06-01", **more: Any) -> str:
    found = pack.decide({"members": [{"id": "p", "pay": pay}]}, on=on, parameters={"later": 0}, **more)
    item = found.entitlement("aid", "p")
    return str(item.amount) if item.status == "eligible" else item.status


def test_base_is_as_computed_by_hand(tmp_path: Path) -> None:
    pack = load(tmp_path, **BASE)
    assert aid(pack, 100) == "71.00"  # 50% + 20% + 1%
    assert aid(pack, 99, "2017-06-01") == "60.39"  # 50% + 10% + 1%
    assert aid(pack, 200) == "ineligible"


# tables in files, and published figures


def test_a_reform_may_bring_a_table_in_a_file(tmp_path: Path) -> None:
    table = "{label: 新表, unit: ratio, keys: [edge_class], file: new.csv}"
    change = (
        f"add: {{parameters: {{fresh: {table}}}}}\nvariables: {{rest: {{formula: 'table(fresh, edge_class) × pay'}}}}"
    )
    rows = "edge_class,value\nlow,50%\nhigh,0%\n"
    write_files(tmp_path / "mini", {}, {"new.csv": rows})
    assert aid(reformed(tmp_path / "mini", change), 100) == "71.00"
    outside = tmp_path / "elsewhere/change.yaml"
    write_files(outside.parent, {}, {"new.csv": rows.replace("50%", "60%"), "change.yaml": reform(change)["reforms"]})
    assert aid(load(tmp_path / "mini", **BASE).with_changes(reforms=[outside]), 100) == "81.00"


def test_a_reform_may_put_another_file_in_place_of_a_table(tmp_path: Path) -> None:
    write_files(tmp_path, {}, {"new.csv": "edge_class,value\nlow,5%\nhigh,2%\n"})
    assert aid(reformed(tmp_path, "parameters: {cells: {file: new.csv}}"), 100) == "75.00"


def test_a_table_of_a_reform_stays_in_the_pack(tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text("edge_class,value\nlow,5%\nhigh,2%\n")
    (tmp_path / "mini").mkdir()
    (tmp_path / "mini/new.csv").symlink_to("../new.csv")
    assert refused(tmp_path / "mini", "parameters: {cells: {file: ../new.csv}}") == ["leaves-pack"]
    assert refused(tmp_path / "mini", "parameters: {cells: {file: new.csv}}") == ["leaves-pack"]
    assert refused(tmp_path / "mini", "parameters: {cells: {file: none.csv}}") == ["unreadable-file"]


@pytest.mark.parametrize(("grade", "allowed"), [("B", "AB"), ("C", "ABC")])
def test_the_refused_grade_is_named(tmp_path: Path, grade: str, allowed: str) -> None:
    figure = f"supplement: s\nlabel: 补\nfigures: {{later: {{values: 1%, source: 报, grade: {grade}}}}}\n"
    pack = load(tmp_path, **BASE, supplements=figure)
    with pytest.raises(PolicyError) as caught:
        pack.with_changes(supplements=["s"], grades="A")
    assert caught.value.diagnostics[0].message() == f"the supplement `s` has figures of grade {grade}"
    assert caught.value.diagnostics[0].help().endswith(f'grades="{allowed}"')


# what changes and what stays


def test_new_date_leaves_the_old_figures_in_force_before_it(tmp_path: Path) -> None:
    pack = reformed(tmp_path, "parameters: {line: {values: {2019-01-01: 300元}}}")
    assert [aid(pack, pay, on) for on, pay in [("2017-06-01", 99), ("2018-06-01", 199), ("2019-06-01", 299)]] == [
        "60.39",
        "141.29",
        "212.29",
    ]
    assert [aid(pack, pay, on) for on, pay in [("2017-06-01", 100), ("2018-06-01", 200), ("2019-06-01", 300)]] == [
        "ineligible"
    ] * 3


def test_date_that_stands_already_is_replaced(tmp_path: Path) -> None:
    pack = reformed(tmp_path, "parameters: {line: {values: {2018-01-01: 150元}}}")
    assert (aid(pack, 150), aid(pack, 149)) == ("ineligible", "105.79")


def test_figure_without_a_date_replaces_all_dates(tmp_path: Path) -> None:
    pack = reformed(tmp_path, "parameters: {线: {values: 50元}}")
    assert list(pack.policy.parameters["line"].values or {}) == ["always"]
    assert (aid(pack, 60), aid(pack, 60, "2017-06-01")) == ("ineligible", "ineligible")


def test_dated_figure_is_added_to_one_without_a_date(tmp_path: Path) -> None:
    pack = reformed(tmp_path, "parameters: {share: {values: {2018-01-01: 60%}}}")
    assert (aid(pack, 99, "2017-06-01"), aid(pack, 100)) == ("60.39", "81.00")


def test_what_was_not_stated_is_stated_from_the_date_of_the_reform(tmp_path: Path) -> None:
    pack = reformed(tmp_path, "parameters: {later: {values: {2018-01-01: 10%}}}")
    household = {"members": [{"id": "p", "pay": 50}]}
    statuses = [pack.decide(household, on=on).entitlement("aid", "p").status for on in ("2017-12-31", "2018-01-01")]
    assert statuses == ["undetermined", "eligible"]


def test_bands_are_merged_by_date_and_cells_replaced(tmp_path: Path) -> None:
    bands = reformed(
        tmp_path / "1", "parameters: {steps: {bands: {2019-01-01: [{value: 0%}, {over: 50元, value: 100%}]}}}"
    )
    assert aid(bands, 100, "2019-06-01") == "101.00"  # 50 + (100 − 50) + 1
    assert aid(bands, 100) == "71.00"
    cells = reformed(tmp_path / "2", "parameters: {cells: {cells: [[edge_class, value], [low, 4%], [high, 5%]]}}")
    assert aid(cells, 100) == "74.00"


def test_other_keys_are_replaced_and_the_rest_stays(tmp_path: Path) -> None:
    pack = reformed(
        tmp_path,
        "readings: {边界: {default: inside}}\n"
        "variables: {rest: {rounding: {to: 10元}}}\n"
        "benefits: {补助: {eligible: edge_class == low, rounding: {to: 1元, direction: up}}}\n"
        "indicators: {rich: {must: '>=', target: 0}}\n",
    )
    assert aid(pack, 200) == "142.00"  # exactly at the line counts now; 100 + 40 + 2
    assert aid(pack, 111) == "84.00"  # 55.50 → 60, 60 + 22.20 + 1.11 = 83.31 → 84
    assert pack.policy.variables["rest"].formula == "share × pay"
    (rich,) = pack.decide({"members": [{"id": "p", "pay": 0}]}, on="2018-06-01").indicators
    assert rich.status == "met"


def test_reform_of_what_is_the_reforms_own_is_seen_by_scenarios_and_files(tmp_path: Path) -> None:
    pack = load(tmp_path, **BASE)
    (tmp_path / "mine.yaml").write_text(
        "reform: mine\nlabel: 我的\nparameters: {share: {values: 10%}}\n", encoding="utf-8"
    )
    changed = pack.with_changes(reforms=[tmp_path / "mine.yaml"])
    assert aid(changed, 100) == "31.00"
    assert aid(pack, 100) == "71.00"
    assert changed.digest != pack.digest


def test_reforms_apply_in_the_order_given(tmp_path: Path) -> None:
    pack = load(tmp_path, **BASE)
    for name, figure in (("ten", "10%"), ("twenty", "20%")):
        text = f"reform: {name}\nlabel: {name}\nparameters: {{share: {{values: {figure}}}}}\n"
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    ten, twenty = tmp_path / "ten.yaml", tmp_path / "twenty.yaml"
    assert aid(pack.with_changes(reforms=[ten, twenty]), 100) == "41.00"
    assert aid(pack.with_changes(reforms=[twenty, ten]), 100) == "31.00"


def test_added_and_removed_things(tmp_path: Path) -> None:
    body = """
add:
  facts: {tall: {for: person, type: condition, label: {zh: 高个, en: tall}}}
  parameters: {bonus_line: {label: {zh: 奖线, en: bonus line}, unit: yuan/person, values: 7元}}
  variables: {tall_and_poor: {for: person, label: {zh: 又高又穷, en: both}, formula: tall and edge_class == low}}
  benefits:
    - {benefit: bonus, label: 奖, for: person, kind: cash, period: once, eligible: tall_and_poor, amount: bonus_line}
  indicators: {not_tall: {for: person, label: 不高, met: not tall}}
remove: {benefits: [补助], indicators: [rich]}
"""
    decision = reformed(tmp_path, body).decide({"members": [{"id": "p", "pay": 1, "高个": True}]}, on="2018-06-01")
    assert [(item.benefit, item.status, str(item.amount)) for item in decision.entitlements] == [
        ("bonus", "eligible", "7.00")
    ]
    assert [(item.indicator, item.status) for item in decision.indicators] == [("not_tall", "not met")]


def test_changed_inherited_variable_is_the_packs_own(tmp_path: Path) -> None:
    """A pack written out after such a reform must have the same digest when it is read again."""
    words = {
        "facts": "tall: {for: person, type: condition, label: {zh: 高个, en: tall}}",
        "variables": "giant: {for: person, label: {zh: 巨人, en: giant}, formula: tall}",
    }
    write_files(tmp_path / "words", words)
    (tmp_path / "words" / "pack.yaml").write_text("pack: words\nlabel: W\n", encoding="utf-8")
    write_files(
        tmp_path / "mini",
        {
            "indicators": "i: {for: person, label: I, met: giant}",
            "reforms": "reform: change\nlabel: C\nvariables: {giant: {formula: not tall}}",
        },
        {"pack.yaml": "pack: mini\nlabel: M\nuses: [words]\n"},
    )
    pack = policyengine.load(tmp_path / "mini")
    assert pack.policy.inherited == {"tall", "giant"}
    changed = pack.with_changes(reforms=["change"])
    assert changed.policy.inherited == {"tall"}
    decision = changed.decide({"members": [{"id": "p", "tall": False}]}, on="2018-06-01")
    assert variable(decision, "giant", "p") == "true"


def test_name_in_a_reform_is_an_id_before_it_is_a_label(tmp_path: Path) -> None:
    more = BASE["parameters"].rstrip() + "\n        rate: {label: {zh: share, en: line}, unit: ratio, values: 7%}\n"
    pack = reformed(tmp_path / "1", "parameters: {share: {values: 60%}, line: {values: 500元}}", parameters=more)
    assert (aid(pack, 100), pack.policy.parameters["rate"].values) == ("81.00", {"always": "7%"})
    same = BASE["parameters"].rstrip() + "\n        rate: {label: {zh: 比例, en: the rate}, unit: ratio, values: 7%}\n"
    assert refused(tmp_path / "2", "parameters: {比例: {values: 60%}}", parameters=same) == ["ambiguous-name"]


def test_one_thing_changed_under_two_names_keeps_both_changes(tmp_path: Path) -> None:
    pack = reformed(tmp_path, "parameters: {line: {values: {2019-01-01: 300元}}, 线: {values: {2020-01-01: 400元}}}")
    assert [aid(pack, 299, "2019-06-01"), aid(pack, 399, "2020-06-01")] == ["212.29", "283.29"]


# what is refused

NET = "{benefit: net, label: 网, for: person, kind: service, eligible: 'true'}"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("parameters: {line: {values: {2018-01-01: 200元}}}", ["no-effect"]),
        ("readings: {edge: {default: outside}}", ["no-effect"]),
        ("parameters: {lime: {values: 1元}}\nvariables: {rst: {formula: pay}}", ["no-target", "no-target"]),
        ("benefits: {rich: {eligible: 'true'}}", ["no-target"]),
        ("remove: {benefits: [rich]}", ["no-target"]),
        ("parameters: {line: {value: 1元}}", ["unknown-key"]),
        ("parameters: {line: {values: {2018-13-01: 1元}}}", ["bad-date"]),
        ("parameters: {line: {values: 5岁}}", ["figure-unit"]),
        ("readings: {edge: {default: beside}}", ["unknown-option"]),
        ("variables: {rest: {formula: shre × pay}}", ["unknown-name"]),
        ("indicators: {rich: {met: 'true'}}", ["wrong-shape"]),
        ("add: {parameters: {line: {label: L, unit: yuan, values: 1元}}}", ["duplicate-id"]),
        ("remove: {benefits: [aid], indicators: [rich, rich]}", ["no-target"]),
        ("add: {parameters: {a.b: {label: L, unit: yuan, values: 1元}}}", ["bad-id"]),
        (f"add: {{benefits: [{NET}, {NET}]}}", ["duplicate-id"]),
    ],
)
def test_change_that_cannot_be_meant_is_refused(tmp_path: Path, body: str, expected: list[str]) -> None:
    assert refused(tmp_path, body) == expected


def test_error_in_a_reform_points_into_the_reform(tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as caught:
        reformed(tmp_path, "variables:\n  rest:\n    formula: shre × pay\n").program("2018-06-01")
    (found,) = caught.value.diagnostics
    assert str(found.place).endswith("reforms.yaml:5:14")
    with pytest.raises(PolicyError) as caught:
        reformed(tmp_path, "parameters:\n  lime:\n    values: 1元\n")
    (found,) = caught.value.diagnostics
    assert str(found.place).endswith("reforms.yaml:4:3")
    assert "`line`" in found.help("en")


def test_unknown_reform_suggests_the_likeliest(tmp_path: Path) -> None:
    pack = load(tmp_path, **reform("parameters: {share: {values: 1%}}"))
    with pytest.raises(PolicyError) as caught:
        pack.with_changes(reforms=["chnage"])
    assert codes(list(caught.value.diagnostics)) == ["unknown-reform"]
    assert "`change`" in caught.value.diagnostics[0].help("en")


def test_removed_benefit_that_something_else_needs_is_an_error_of_the_reformed_pack(tmp_path: Path) -> None:
    more = {**BASE, "indicators": "i: {for: person, label: I, met: entitled(aid)}"}
    assert refused(tmp_path, "remove: {benefits: [aid]}", **more)[0] == "unknown-name"
