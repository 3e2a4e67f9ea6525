"""Cliffs along one fact: located to the smallest step, no more and no fewer than the household evaluator shows."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

import policyengine
from minipack import write_files
from policyengine.analysis.cliffs import Cliffs, cliffs
from policyengine.cli import app
from policyengine.errors import PolicyError

ON = "2018-06-01"
PACK = "pack: hill\nlabel: {zh: 山口, en: Hill}\n"
FACTS = """
income: {for: household, type: number, unit: yuan/year, range: [0元, 10万元], label: {zh: 年收入, en: income}}
wage: {for: person, type: number, unit: yuan/month, range: [0元, 1万元], label: {zh: 月工资, en: wage}}
age: {for: person, type: number, unit: years, label: {zh: 年龄, en: age}}
"""
PARAMETERS = """
line: {label: {zh: 收入线, en: income line}, unit: yuan/year, values: 5000元}
second_line: {label: {zh: 第二条线, en: second line}, unit: yuan/year, values: 5100元}
full: {label: {zh: 全额, en: full aid}, unit: yuan/year, values: 1200元}
taper: {label: {zh: 递减比例, en: taper}, unit: ratio, values: 50%}
steep: {label: {zh: 陡减比例, en: steep taper}, unit: ratio, values: 150%}
part: {label: {zh: 月补, en: monthly aid}, unit: yuan/person/month, values: 100元}
wage_line: {label: {zh: 工资线, en: wage line}, unit: yuan/person/month, values: 2000元}
unstated: {label: {zh: 未定额, en: figure not stated}, unit: yuan/year, values: not stated}
old_age: {label: {zh: 高龄, en: old age}, unit: years, values: 80岁}
"""


def benefit(name: str, eligible: str, amount: str | None, scope: str = "household", period: str = "year") -> str:
    due = "" if amount is None else f"amount: {amount}\nperiod: {period}\n"
    return f"benefit: {name}\nlabel: {{zh: {name}, en: {name}}}\nfor: {scope}\nkind: cash\neligible: {eligible}\n{due}"


def pack(folder: Path, *benefits: str) -> policyengine.Pack:
    sections = {"facts": FACTS, "parameters": PARAMETERS, "benefits": "---\n".join(benefits)}
    return policyengine.load(write_files(folder, sections, {"pack.yaml": PACK}))


HOME: dict[str, Any] = {"members": [{"id": "a", "name": "甲", "wage": 1000, "age": 30}]}


def along(found: policyengine.Pack, **settings: Any) -> Cliffs:
    return cliffs(found, HOME, **{"vary": "income", "from_": 0, "to": 10_000, "on": ON, **settings})


def test_a_cliff_is_located_to_the_fen(tmp_path: Path) -> None:
    found = along(pack(tmp_path, benefit("aid", "income < line", "full")))
    (drop,) = found.drops
    assert (drop.before, drop.after, drop.is_exact, drop.is_sure) == (499_999, 500_000, True, True)
    assert drop.loses.exact == Decimal("1200.00")
    assert drop.gains == Decimal("0.01")
    assert drop.net.exact == Decimal("1199.99")
    assert [(item.benefit, item.before[0], item.after[0]) for item in drop.losses] == [
        ("aid", "eligible", "ineligible")
    ]


def test_two_cliffs_within_one_step_are_told_apart(tmp_path: Path) -> None:
    found = along(
        pack(tmp_path, benefit("aid", "income < line", "full"), benefit("more", "income < second_line", "full")),
        step=2500,
    )
    assert [drop.after for drop in found.drops] == [500_000, 510_000]


def test_a_gentle_taper_is_no_cliff(tmp_path: Path) -> None:
    found = along(pack(tmp_path, benefit("aid", "true", "max(0, full - taper × income)")))
    assert found.drops == ()


def test_a_taper_steeper_than_the_income_is_told_as_a_stretch(tmp_path: Path) -> None:
    found = along(pack(tmp_path, benefit("aid", "true", "max(0, full - steep × income)")), step=100)
    assert found.sure
    assert not any(drop.is_exact for drop in found.drops)
    assert sum((drop.net.exact or Decimal(0) for drop in found.drops), Decimal(0)) == Decimal("400.00")  # 1200 - 800


def test_a_monthly_wage_counts_twelve_times_and_so_does_the_aid(tmp_path: Path) -> None:
    found = along(
        pack(tmp_path, benefit("aid", "wage < wage_line", "part", "person", "month")),
        vary="月工资", member="甲", from_=0, to=3000,
    )  # fmt: skip
    (drop,) = found.drops
    assert (drop.before, drop.after) == (199_999, 200_000)
    assert (drop.loses.exact, drop.gains) == (Decimal("1200.00"), Decimal("0.12"))
    assert found.whose == "甲"


def test_what_isnt_money_brings_nothing(tmp_path: Path) -> None:
    found = along(
        pack(tmp_path, benefit("aid", "age < old_age", "part", "person", "month")),
        vary="age",
        member="a",
        from_=60,
        to=90,
    )
    (drop,) = found.drops
    assert (drop.before, drop.after, drop.gains, drop.loses.exact) == (79, 80, Decimal(0), Decimal("1200.00"))
    costs = along(pack(tmp_path / "2", benefit("aid", "income < line", "full")), income=False)
    assert costs.drops[0].gains == 0


def test_a_benefit_whose_worth_is_not_known_is_told_but_is_no_sure_cliff(tmp_path: Path) -> None:
    found = along(
        pack(tmp_path, benefit("aid", "income < line", "unstated"), benefit("place", "income < second_line", None))
    )
    assert found.sure == ()
    assert [(drop.after, drop.loses) for drop in found.drops] == [
        (500_000, (Decimal(0), None)),
        (510_000, (Decimal(0), Decimal(0))),
    ]


def test_what_does_not_rest_on_the_fact_cancels_out_even_where_it_is_not_known(tmp_path: Path) -> None:
    found = along(
        pack(
            tmp_path,
            benefit("aid", "income < line", "full"),
            benefit("other", "any wage < wage_line of members", "unstated"),
        )
    )
    (drop,) = found.drops
    assert drop.loses.exact == Decimal("1200.00")
    assert found.points[0].total.exact is None


@given(
    start=st.integers(0, 900_000),
    length=st.integers(1, 4000),
    step=st.integers(1, 900),
    lines=st.lists(st.integers(0, 904_000), min_size=1, max_size=3, unique=True),
    sums=st.lists(st.integers(0, 3000), min_size=3, max_size=3),
)
def test_cliffs_are_just_the_fen_at_which_the_household_evaluator_loses_more_than_a_fen(
    start: int, length: int, step: int, lines: list[int], sums: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    parameters = "".join(
        f"line{n}: {{label: line{n}, unit: yuan/year, values: {line // 100}.{line % 100:02d}元}}\n"
        f"sum{n}: {{label: sum{n}, unit: yuan/year, values: {amount // 100}.{amount % 100:02d}元}}\n"
        for n, (line, amount) in enumerate(zip(lines, sums))
    )
    benefits = [benefit(f"aid{n}", f"income < line{n}", f"sum{n}") for n in range(len(lines))]
    sections = {"facts": FACTS, "parameters": parameters, "benefits": "---\n".join(benefits)}
    folder = tmp_path_factory.mktemp("hills") / "hill"
    loaded = policyengine.load(write_files(folder, sections, {"pack.yaml": PACK}))
    end = start + length
    found = cliffs(
        loaded, HOME, vary="income", from_=Decimal(start).scaleb(-2), to=Decimal(end).scaleb(-2),
        step=Decimal(step).scaleb(-2), on=ON, least="0.01元",
    )  # fmt: skip

    def total(at: int) -> int:
        return sum(amount for line, amount in zip(lines, sums) if at < line)

    expected = {line for line in lines if start < line <= end and total(line - 1) - total(line) > 1}
    assert {drop.after for drop in found.sure if drop.is_exact} == expected
    assert [point.total.exact for point in found.points] == [
        Decimal(total(point.at)).scaleb(-2) for point in found.points
    ]


HEADS = """
per_head:
  for: household
  label: {zh: 人均月收入, en: monthly income per head}
  unit: yuan/month
  formula: half × monthly_income
"""


def allowance(folder: Path, rate: str) -> policyengine.Pack:
    """(800 − income per head) × rate every month, per head rounded to the fen; two members."""
    facts = (
        FACTS
        + "monthly_income: {for: household, type: number, unit: yuan/month, range: [0元, 1万元], label: {zh: 月收入, en: monthly income}}\n"
    )
    parameters = PARAMETERS + "standard: {label: {zh: 标准, en: standard}, unit: yuan/month, values: 800元}\n"
    parameters += "half: {label: {zh: 一半, en: half}, unit: ratio, values: 50%}\n"
    parameters += f"rate: {{label: {{zh: 倍数, en: rate}}, unit: ratio, values: {rate}}}\n"
    aid = benefit("allowance", "per_head < standard", "rate × max(0, standard − per_head)", period="month")
    sections = {"facts": facts, "parameters": parameters, "variables": HEADS, "benefits": aid}
    return policyengine.load(write_files(folder, sections, {"pack.yaml": PACK}))


TWO: dict[str, Any] = {"members": [{"id": "a"}, {"id": "b"}]}


def test_what_rounding_alone_takes_is_no_cliff_but_is_counted(tmp_path: Path) -> None:
    loaded = allowance(tmp_path, "200%")
    settings: dict[str, Any] = {"vary": "monthly_income", "from_": 0, "to": 2000, "step": "10.01元", "on": ON}
    found = cliffs(loaded, TWO, **settings)
    assert found.drops == ()
    assert found.smaller > 0
    assert f"没有悬崖。有 {found.smaller} 步每年净失不足 1.00 元（仅四舍五入就会如此），没有列出；" in found.text(
        "zh", 120
    )
    assert f"No cliff. {found.smaller} steps cost less than 1.00 yuan a year, as rounding alone can;" in found.text(
        "en", 120
    )
    every = cliffs(loaded, TWO, least="0.01元", **settings)
    assert {drop.net.exact for drop in every.sure} == {Decimal("0.12")}
    assert every.smaller == 0
    assert (every.to_dict()["least"], found.to_dict()["smaller"]) == ("0.01", found.smaller)


@pytest.mark.parametrize("step", ["1元", "0.3元", "50元"])
def test_a_taper_that_takes_a_little_more_than_the_income_is_found_in_steps_of_any_size(
    tmp_path: Path, step: str
) -> None:
    found = cliffs(allowance(tmp_path, "201%"), TWO, vary="monthly_income", from_=100, to=400, step=step, on=ON)
    assert found.drops
    assert not any(drop.is_exact for drop in found.drops)
    lost = sum((drop.net.exact or Decimal(0) for drop in found.drops), Decimal(0))
    assert Decimal("17.00") < lost < Decimal("19.00")  # half a per cent of 300 yuan a month is 18 yuan a year


def test_a_small_real_cliff_is_told_from_the_least_on(tmp_path: Path) -> None:
    small = PARAMETERS.replace("values: 1200元", "values: 1.01元")
    sections = {"facts": FACTS, "parameters": small, "benefits": benefit("aid", "income < line", "full")}
    loaded = policyengine.load(write_files(tmp_path, sections, {"pack.yaml": PACK}))
    assert [drop.net.exact for drop in along(loaded).drops] == [Decimal("1.00")]
    assert along(loaded, least="1.01元").drops == ()
    assert along(loaded, least="1.01元").smaller == 1


def test_a_benefit_that_another_makes_up_for_is_no_cliff(tmp_path: Path) -> None:
    found = along(pack(tmp_path, benefit("aid", "income < line", "full"), benefit("more", "income >= line", "full")))
    assert found.drops == ()
    assert found.smaller == 0


def test_what_isnt_settled_is_not_told_as_no_cliff(tmp_path: Path) -> None:
    """While a figure or a fact is missing, nobody knows whether the aid drops."""
    bound = "line2: {label: {zh: 未定线, en: line not stated}, unit: yuan/year, values: not stated}"
    sections = {
        "facts": FACTS + "poor: {for: household, type: condition, label: {zh: 困难户, en: hardship}}\n",
        "parameters": PARAMETERS + bound,
        "benefits": benefit("aid", "poor and income < line2", "full"),
    }
    found = along(policyengine.load(write_files(tmp_path, sections, {"pack.yaml": PACK})))
    assert found.drops == ()
    assert [label.en for label in found.undetermined] == ["aid"]
    assert [label.en for label in found.missing] == ["hardship", "line not stated"]
    assert "No cliff: nowhere" not in found.text("en")
    told = "No cliff in what is settled. Whether these drop isn't known: aid. Still needed: hardship, line not stated."
    assert told in found.text("en", width=200)
    assert "会不会失去还不知道：aid。还要知道：困难户、未定线。" in found.text("zh", width=200)


def test_it_prints_in_a_notebook_and_as_json(tmp_path: Path) -> None:
    found = along(pack(tmp_path, benefit("aid", "income < line", "full")))
    assert "<svg" in found._repr_html_()
    said = json.loads(json.dumps(found.to_dict()))
    assert said["drops"][0]["after"] == "5000.00"
    assert said["drops"][0]["net"] == "1199.99"


# the command

HOUSEHOLD = "household: 王家\nmembers:\n  - {id: a, name: 甲, wage: 1000, age: 30}\n"
TABLE_EN = """\
Hill · 2018-06-01 · 王家 · income 4,000.00 yuan/year to 6,000.00 yuan/year

Cliffs (more is lost than gained)
  4,999.99 yuan/year → 5,000.00 yuan/year: 1,200.00 yuan less in benefits, 0.01 yuan
    gained, 1,199.99 yuan lost in all
      aid: 1,200.00 → not entitled

Not surely a cliff: what is lost has no amount, one that isn't known, or may not be lost
  5,099.99 yuan/year → 5,100.00 yuan/year
      place: entitled → not entitled

  income              money benefits (yuan a year)
  ────────────────────────────────────────────────
  4,000.00 yuan/year                      1,200.00
  4,500.00 yuan/year                      1,200.00
  5,000.00 yuan/year                          0.00
  5,500.00 yuan/year                          0.00
  6,000.00 yuan/year                          0.00
"""
TABLE_ZH = """\
山口 · 2018-06-01 · 王家 · 年收入 4,000.00 元/年 至 6,000.00 元/年

悬崖（失去的多于多得的）
  4,999.99 元/年 → 5,000.00 元/年：待遇少 1,200.00 元，多得 0.01 元，净失 1,199.99 元
      aid：1,200.00 → 不符合

未必得不偿失：失去的待遇没有金额、金额不知道，或不一定失去
  5,099.99 元/年 → 5,100.00 元/年
      place：符合 → 不符合

  年收入          全部金额待遇（元/年）
  ─────────────────────────────────────
  4,000.00 元/年               1,200.00
  4,500.00 元/年               1,200.00
  5,000.00 元/年                   0.00
  5,500.00 元/年                   0.00
  6,000.00 元/年                   0.00
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    pack(Path("hill"), benefit("aid", "income < line", "full"), benefit("place", "income < second_line", None))
    Path("home.yaml").write_text(HOUSEHOLD, encoding="utf-8")
    return tmp_path


def run(*arguments: str, lang: str = "en") -> Result:
    fixed = ("cliffs", "hill", "home.yaml", "--on", ON, "--lang", lang, "--width", "90")
    return CliRunner().invoke(app, [*fixed, *arguments])


@pytest.mark.parametrize(("lang", "expected"), [("en", TABLE_EN), ("zh", TABLE_ZH)])
def test_the_command_prints_the_cliffs_and_the_total_along_the_fact(lang: str, expected: str, folder: Path) -> None:
    result = run("--vary", "年收入", "--from", "4000元", "--to", "6000元", "--step", "500元", lang=lang)
    assert result.output == expected
    assert result.exit_code == 1


def test_the_exit_status_says_whether_there_is_a_cliff(folder: Path) -> None:
    assert run("--vary", "income", "--from", "0", "--to", "4000").exit_code == 0
    assert run("--vary", "income", "--from", "5050", "--to", "6000").exit_code == 4


def test_chart_and_page_are_written(folder: Path) -> None:
    result = run("--vary", "income", "--from", "0", "--to", "9000", "--chart", "c.svg", "--html", "c.html")
    assert result.exit_code == 1
    assert Path("c.svg").read_text(encoding="utf-8").startswith("<svg")
    assert "<table>" in Path("c.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--vary", "incom", "--from", "0", "--to", "1"],
            "`incom` isn't a number that can be varied [cannot-vary]\nhint: did you mean `income`?",
        ),
        (["--vary", "wage", "--from", "0", "--to", "1"], "`wage` isn't a number that can be varied [cannot-vary]"),
        (["--vary", "wage", "--member", "z", "--from", "0", "--to", "1"], "nobody in this case is called `z`"),
        (["--vary", "income", "--from", "0", "--to", "20万元"], "`income` can't be `200000.00`"),
        (["--vary", "income", "--from", "5", "--to", "1"], "`5 … 1` leaves nothing"),
        (["--vary", "income", "--from", "x", "--to", "1"], "--from: `x` isn't a figure"),
        (
            ["--vary", "income", "--from", "0", "--to", "1", "--step", "0"],
            "`--step`: a step above 0 is expected, not `0`",
        ),
        (
            ["--vary", "income", "--from", "0", "--to", "9", "--least", "0"],
            "`--least`: an amount above 0 is expected, not `0`",
        ),
        (
            ["--vary", "income", "--from", "0", "--to", "9", "--least", "5岁"],
            "--least: `5岁` is in years; yuan/year is expected",
        ),
        (
            ["--vary", "income", "--from", "0", "--to", "9", "--step", "0.0001"],
            "`--step`: a step above 0 is expected, not `0.0001`",
        ),
        (
            ["--vary", "income", "--from", "0", "--to", "90000", "--step", "0.01"],
            "`--step`: 9,000,000 steps; at most 20,000",
        ),
    ],
)
def test_wrong_input_is_told_in_a_line(arguments: list[str], message: str, folder: Path) -> None:
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert message in result.output


def test_a_wrong_household_is_told_as_for_any_other_command(tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as caught:
        cliffs(pack(tmp_path, benefit("aid", "income < line", "full")), {"members": [{"id": "a", "agee": 3}]}, vary="income", from_=0, to=1, on=ON)  # fmt: skip
    assert caught.value.diagnostics[0].code == "unknown-fact"
