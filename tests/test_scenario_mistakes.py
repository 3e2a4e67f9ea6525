"""Mistakes in scenarios: an amount in the wrong unit, a result under the wrong name or the wrong recipient, a broken pack."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from minipack import load
from policyengine import Pack
from policyengine.cli import app
from policyengine.errors import PolicyError
from policyengine.testing.expected import read_amount
from policyengine.testing.report import tell_outcome
from policyengine.testing.scenarios import Outcome, run_scenarios
from policyengine.units import RATIO, YUAN, parse_unit

FACTS = """
    income: {for: household, type: number, unit: yuan/year, label: {zh: 家庭年收入, en: yearly income}}
    old: {for: person, type: condition, label: {zh: 老人, en: old}}
    roads: {for: area, type: number, unit: items, label: {zh: 通路村, en: villages with a road}}
"""
PARAMETERS = """
    living: {label: {zh: 生活标准, en: living standard}, unit: yuan/month, values: 100元}
    nursing: {label: {zh: 护理标准, en: nursing standard}, unit: yuan/person/year, values: 300元}
    quilts: {label: {zh: 一次标准, en: single standard}, unit: yuan, values: 50元}
    villages: {label: {zh: 村数, en: villages}, unit: items, values: 3个}
"""
BENEFITS = """
    benefit: living_aid
    label: {zh: 生活补助, en: living aid}
    for: household
    kind: cash
    period: month
    eligible: 任一 于 成员 其中 老人
    amount: 生活标准
    ---
    benefit: nursing_aid
    label: {zh: 护理补助, en: nursing aid}
    for: person
    kind: cash
    period: year
    eligible: 老人
    amount: 护理标准
    ---
    benefit: quilt_aid
    label: {zh: 一次补助, en: single aid}
    for: household
    kind: cash
    period: once
    eligible: 任一 于 成员 其中 老人
    amount: 一次标准
    ---
    benefit: visit
    label: {zh: 上门走访, en: visit}
    for: household
    kind: service
    eligible: 任一 于 成员 其中 老人
"""
INDICATORS = """
    income_reached:
      for: household
      label: {zh: 收入达线, en: income reaches the line}
      measure: 家庭年收入
      must: ">="
      target: 按年(生活标准)
    roads_reached: {for: area, label: {zh: 村村通路, en: a road to every village}, measure: 通路村, must: ">=", target: 村数}
"""


def pack(folder: Path, expect: str) -> Pack:
    scenario = f"""\
        scenarios:
          - name: 一
            on: 2018-06-01
            household: {{income: 5000元, members: [{{id: a, name: 张三, old: yes}}, {{id: b, old: no}}]}}
            expect: {{{expect}}}
        """
    return load(
        folder,
        {"scenarios/a.yaml": dedent(scenario)},
        facts=FACTS,
        parameters=PARAMETERS,
        benefits=BENEFITS,
        indicators=INDICATORS,
    )


def run(folder: Path, expect: str) -> Outcome:
    (outcome,) = run_scenarios(pack(folder, expect))
    return outcome


def told(folder: Path, expect: str, lang: str) -> str:
    outcome = run(folder, expect)
    assert not outcome.passed
    return tell_outcome(outcome, "zh" if lang == "zh" else "en").replace(f"{folder}/", "")


def hint(folder: Path, expect: str, lang: str) -> str:
    (error,) = run(folder, expect).errors
    assert error.code == "unknown-result"
    return error.help("zh" if lang == "zh" else "en")


# the unit of an expected amount


@pytest.mark.parametrize(
    "expect",
    [
        "household: {living_aid: 100元}",
        "household: {living_aid: 100}",
        "household: {living_aid: 0.01万元}",
        "household: {living_aid: 100元/月}",
        "household: {living_aid: 100元/户/月}",
        "household: {living_aid: 100 yuan/month}",
        "household: {living_aid: {amount: at least 100元/月}}",
        "a: {nursing_aid: 300元}",
        "a: {nursing_aid: 300元/年}",
        "a: {nursing_aid: 300元/人/年}",
        "household: {quilt_aid: 50元}",
        "household: {income_reached: {gap: 3800元, measure: 5000元/年, target: 1200元}}",
    ],
)
def test_an_amount_may_be_written_plainly_or_with_the_period_that_the_benefit_has(tmp_path: Path, expect: str) -> None:
    outcome = run(tmp_path, expect)
    if "at least" in expect:  # the amount is exact: read as it stands, it differs
        assert [str(failure.expected.en) for failure in outcome.failures] == ["at least 100.00 yuan/month"]
    else:
        assert outcome.passed, tell_outcome(outcome, "zh")


@pytest.mark.parametrize(
    "expect",
    [
        "household: {living_aid: 100元/年}",
        "household: {living_aid: 100元/人/月}",
        "household: {living_aid: 100岁}",
        "household: {living_aid: 100人}",
        "household: {living_aid: 10000%}",
        "household: {living_aid: {amount: between 100元/月 and 100元/年}}",
        "household: {living_aid: {amount: 介于 100元/年 和 100元}}",
        "a: {nursing_aid: 300元/月}",
        "household: {quilt_aid: 50元/年}",
        "household: {income_reached: {gap: 3800元/月}}",
        "household: {income_reached: {measure: 5000%}}",
        "household: {visit: 100岁}",
    ],
)
def test_an_amount_in_another_unit_or_period_is_a_mistake(tmp_path: Path, expect: str) -> None:
    outcome = run(tmp_path, expect)
    assert [error.code for error in outcome.errors] == ["figure-unit"]
    assert outcome.errors[0].place is not None


def test_the_unit_that_is_written_and_the_one_that_the_benefit_has_are_told(tmp_path: Path) -> None:
    assert told(tmp_path, "household: {living_aid: 100元/年}", "zh") == dedent("""\
        scenarios/a.yaml:2:11: 一
          scenarios/a.yaml:5:38: `100元/年` 的单位是 元/年；这里应为 元/月 [figure-unit]
             5 |     expect: {household: {living_aid: 100元/年}}
               |                                      ^^^^^^^^
          提示：`living_aid` 按 元/月 计；只写“元”也可以""")
    assert told(tmp_path, "a: {nursing_aid: 300元/月}", "en") == dedent("""\
        scenarios/a.yaml:2:11: 一
          scenarios/a.yaml:5:31: `300元/月` is in yuan/month; yuan/person/year is expected [figure-unit]
             5 |     expect: {a: {nursing_aid: 300元/月}}
               |                               ^^^^^^^^
          hint: `nursing_aid` is counted in yuan/person/year; plain yuan will do""")


def test_an_amount_that_states_its_period_is_compared_with_its_period(tmp_path: Path) -> None:
    assert "全户 生活补助：应为 120.00 元/月，得到 100.00 元/月" in told(
        tmp_path, "household: {living_aid: 120元/月}", "zh"
    )
    assert "全户 生活补助：应为 120.00 元，得到 100.00 元" in told(tmp_path, "household: {living_aid: 120元}", "zh")
    assert "got 300.00 yuan/year" in told(tmp_path, "a: {nursing_aid: 301元/人/年}", "en")


UNITS = ["元", "元/月", "元/年", "元/人", "元/人/月", "元/人/年", "岁", "人", "个", "%", "户"]


@given(
    st.sampled_from(UNITS),
    st.sampled_from(["元/月", "元/人/年", "元", "元/人", "比例", "个"]),
    st.integers(0, 10**6),
)
def test_what_is_read_is_what_was_written_in_the_unit_expected(written: str, declared: str, number: int) -> None:
    unit, expected = parse_unit(written) if written != "%" else RATIO, parse_unit(declared)
    assert unit is not None
    assert expected is not None
    # the same unit; or money, leaving out whose it is, or that and the period
    left_out = expected.is_money and (unit == YUAN or unit == expected.without("person"))
    if unit == expected or left_out:
        amount, _ = read_amount(f"{number}{written}", None, "x", expected)
        assert amount.exact == (Decimal(number) / 100 if unit == RATIO else number)
    else:
        with pytest.raises(PolicyError) as caught:
            read_amount(f"{number}{written}", None, "x", expected)
        assert [item.code for item in caught.value.diagnostics] == ["figure-unit"]


# a result under the wrong name or the wrong recipient


def test_a_result_under_another_recipient_is_told_where_it_belongs(tmp_path: Path) -> None:
    assert told(tmp_path, "a: {生活补助: 100元}", "zh") == dedent("""\
        scenarios/a.yaml:2:11: 一
          scenarios/a.yaml:5:18: 这里没有 `生活补助` [unknown-result]
             5 |     expect: {a: {生活补助: 100元}}
               |                  ^^^^^^^^
          提示：它是全户的待遇，请写在 `household`（全户）下""")
    assert hint(tmp_path, "a: {living_aid: 100元}", "en") == (
        "it is a benefit of the household; write it under `household`"
    )
    assert hint(tmp_path, "household: {护理补助: 300元}", "zh") == "它是个人的待遇，请写在成员（`a`、`b`）下"
    assert hint(tmp_path, "household: {nursing_aid: 300元}", "en") == (
        "it is a benefit of a person; write it under a member (`a`, `b`)"
    )
    assert hint(tmp_path, "a: {收入达线: 达到}", "zh") == "它是全户的指标，请写在 `household`（全户）下"
    assert hint(tmp_path, "a: {村村通路: 待定}, area: {村村通路: 待定}", "en") == (
        "it is an indicator of the area; write it under `area`"
    )


def test_a_misspelt_result_gets_a_guess(tmp_path: Path) -> None:
    assert told(tmp_path, "household: {生活补贴: 100元}", "zh") == dedent("""\
        scenarios/a.yaml:2:11: 一
          scenarios/a.yaml:5:26: 这里没有 `生活补贴` [unknown-result]
             5 |     expect: {household: {生活补贴: 100元}}
               |                          ^^^^^^^^
          提示：是否想写 `生活补助`？""")
    assert hint(tmp_path, "household: {livng_aid: 100元}", "en") == "did you mean `living_aid`?"
    assert hint(tmp_path, "a: {livng_aid: 100元}", "en") == (
        "did you mean `living_aid`? it is a benefit of the household; write it under `household`"
    )
    assert hint(tmp_path, "a: {zzz: 100元}", "en").startswith("a benefit or indicator by its id or label")
    assert hint(tmp_path, "housefold: {living_aid: 100元}", "zh") == "是否想写 `household`？"


# a broken pack


TWO_SCENARIOS = """\
scenarios:
  - {name: 一, on: 2018-06-01, household: {members: [{id: a, old: yes}]}, expect: {a: {nursing_aid: 300元}}}
  - {name: 二, on: 2018-06-01, household: {members: [{id: a, old: no}]}, expect: {a: {nursing_aid: ineligible}}}
  - {name: 三, on: 2019-06-01, household: {members: [{id: a, old: no}]}, expect: {a: {nursing_aid: ineligible}}}
"""


def test_the_errors_of_a_broken_pack_are_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    broken = BENEFITS.replace("amount: 护理标准", "amount: 护理标淮").replace("amount: 一次标准", "amount: 一次标淮")
    load(Path("mini"), {"scenarios/a.yaml": TWO_SCENARIOS}, facts=FACTS, parameters=PARAMETERS, benefits=broken)
    result = CliRunner().invoke(app, ["test", "mini", "--lang", "en"])
    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert [line for line in lines if "[unknown-name]" in line] == [
        "  mini/benefits.yaml:16:9: unknown name `护理标淮` [unknown-name]",
        "  mini/benefits.yaml:24:9: unknown name `一次标淮` [unknown-name]",
    ]
    assert lines[-2:] == [
        "3 scenarios, 0 expectations: 0 passed, 3 failed",
        "2 of them didn't run because of the errors above",
    ]
    chinese = CliRunner().invoke(app, ["test", "mini", "--lang", "zh"]).output.splitlines()
    assert chinese[-2:] == ["3 个情景，0 项期望：0 通过，3 失败", "其中 2 个因上面的错误没有运行"]


def test_a_scenario_s_own_mistake_is_told_with_each_that_makes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    wrong = TWO_SCENARIOS.replace("on: 2018-06-01,", "on: 2018-06-01, parameters: {nursed: 5元},")
    load(Path("mini"), {"scenarios/a.yaml": wrong}, facts=FACTS, parameters=PARAMETERS, benefits=BENEFITS)
    result = CliRunner().invoke(app, ["test", "mini", "--lang", "en"])
    assert [line.partition(": ")[2] for line in result.output.splitlines() if "a.yaml" in line][:1] == ["一"]
    assert sum("nursed" in line and "[" in line for line in result.output.splitlines()) == 2
    assert "because of the errors above" not in result.output
