"""Two packs compared: what is said differently, what that changes, a household that shows it, and what it comes to."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import policyengine
from brook import PACK, SECTIONS, written
from minipack import write_files
from policyengine.analysis.comparison import Comparison, compare
from policyengine.analysis.differences import differences
from policyengine.errors import PolicyError

pytest.importorskip("z3", reason="the extra `verify` isn't installed")
pytest.importorskip("pyarrow", reason="the extra `population` isn't installed")

LINHAI = Path(__file__).parent / "regions" / "linhai"
ON = "2018-06-01"


@pytest.fixture(scope="module")
def brook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("old") / "brook", {})


def against(
    brook: Path, tmp_path: Path, on: str = ON, settings: dict[str, Any] | None = None, **changes: tuple[str, str]
) -> Comparison:
    return compare(brook, written(tmp_path / "brook", changes), on=on, **(settings or {}))


def statuses(found: Comparison) -> dict[str, str]:
    return {effect.about.id: effect.status for effect in found.effects}


# what is said differently


def test_a_figure_is_told_with_its_unit_its_days_and_its_clause(brook: Path, tmp_path: Path) -> None:
    found = against(brook, tmp_path, parameters=("1万元}", "1万元, 2019-01-01: 1.2万元}"))
    (item,) = found.differences
    (part,) = item.parts
    assert (item.kind, item.id, item.how, item.provisions) == ("parameter", "limit", "changed", ("A-1",))
    assert part.since == "2019-01-01"
    assert part.before is not None
    assert part.after is not None
    assert (part.before.en, part.after.en) == ("10,000.00 yuan/year", "12,000.00 yuan/year")
    assert (part.before.zh, part.after.zh) == ("10,000.00 元/年", "12,000.00 元/年")
    assert [place.rpartition("/")[2] for place in part.places] == ["parameters.yaml:6:24", "parameters.yaml:6:41"]


def test_figures_that_are_the_same_again_later_are_told_for_the_days_between(brook: Path, tmp_path: Path) -> None:
    found = against(brook, tmp_path, parameters=("1万元}", "1万元, 2018-01-01: 2万元, 2019-01-01: 10000元}"))
    (item,) = found.differences
    assert [(part.since, part.after and part.after.en) for part in item.parts] == [
        ("2018-01-01", "20,000.00 yuan/year")
    ]


def test_a_formula_is_told_as_it_is_written(brook: Path, tmp_path: Path) -> None:
    found = against(brook, tmp_path, variables=("income < limit", "年收入 <= 收入线"))
    (item,) = found.differences
    (part,) = item.parts
    assert (item.kind, item.id, part.key) == ("variable", "poor", "formula")
    assert part.before is not None
    assert part.after is not None
    assert (part.before.zh, part.after.zh) == ("income < limit", "年收入 <= 收入线")


def test_rows_put_into_a_table_leave_the_others_alone(tmp_path: Path) -> None:
    table = "v: {{for: household, label: v, table: {{hit: first, rows: [{rows}], otherwise: '0元/年'}}}}\n"
    row = "{{when: income > {n}元/年, then: '{n}元/年'}}"
    packs = [
        policyengine.load(
            write_files(
                tmp_path / str(len(rows)),
                {
                    **SECTIONS,
                    "variables": SECTIONS["variables"] + table.format(rows=", ".join(row.format(n=n) for n in rows)),
                },
                {"pack.yaml": PACK},
            )
        )
        for rows in ((30, 10), (30, 20, 10))
    ]
    (item,) = differences(packs[0].policy, packs[1].policy)
    (part,) = item.parts
    assert part.key == "table.rows[1]"
    assert part.before is None
    assert part.after is not None
    assert part.after.en == "if income > 20元/年 then 20元/年"
    assert part.after.zh == "若 income > 20元/年 则 20元/年"


@pytest.mark.parametrize(
    ("reform", "expected"),
    [
        ("raise_class_a", {("parameter", "class_a_allowance", "changed"), ("parameter", "aid_scale", "changed")}),
        (
            "include_the_line",
            {
                ("variable", "newly_employed", "changed"),
                ("benefit", "training_pay", "changed"),
                ("indicator", "loss_small", "changed"),
                ("reading", "at_the_line", "changed"),
            },
        ),
        (
            "net_for_boats",
            {
                ("fact", "old_net", "added"),
                ("parameter", "net_price", "added"),
                ("variable", "needs_net", "added"),
                ("benefit", "net", "added"),
                ("indicator", "nets_new", "added"),
                ("benefit", "grain", "removed"),
                ("indicator", "safe_home", "removed"),
            },
        ),
    ],
)
def test_a_reform_differs_in_just_what_it_changes(reform: str, expected: set[tuple[str, str, str]]) -> None:
    old = policyengine.load(LINHAI)
    found = differences(old.policy, old.with_changes(reforms=[reform]).policy)
    assert {(item.kind, item.id, item.how) for item in found} == expected


@pytest.mark.parametrize("name", [name for name in policyengine.shipped_packs() if name != "common"])
def test_a_pack_says_nothing_else_than_itself(name: str) -> None:
    found = compare(name, name, on=ON)
    assert found.says_the_same
    assert found.has_effect is False
    assert {effect.status for effect in found.effects} == {"same"}


# what it changes


def test_what_rests_on_nothing_that_differs_is_the_same_without_a_search(brook: Path, tmp_path: Path) -> None:
    found = against(brook, tmp_path, parameters=("50%", "60%"), settings={"prove": False})
    assert statuses(found) == {"aid": "open", "gift_for_poor": "same", "enough": "same"}
    assert found.has_effect is None


def test_a_change_from_a_later_day_changes_nothing_before_it(brook: Path, tmp_path: Path) -> None:
    change = {"parameters": ("50%", "50%, 2019-01-01: 60%")}
    assert against(brook, tmp_path / "a", **change).has_effect is False
    later = against(brook, tmp_path / "b", "2019-01-01", **change)
    assert statuses(later) == {"aid": "changes", "gift_for_poor": "same", "enough": "same"}


@pytest.mark.parametrize(
    ("section", "before", "after"),
    [
        ("variables", "poor and pupil", "pupil and poor"),  # another order
        ("variables", "income < limit", "not (income >= limit)"),
        ("benefits", "min(share × cost, top)", "if share × cost > top then top else share × cost"),
    ],
)
def test_another_way_to_write_the_same_is_proved_to_change_nothing(
    brook: Path, tmp_path: Path, section: str, before: str, after: str
) -> None:
    found = against(brook, tmp_path, **{section: (before, after)})
    assert len(found.differences) == 1
    assert found.has_effect is False
    assert "proved" in statuses(found).values()
    assert {effect.sizes for effect in found.effects if effect.status == "proved"} == {(1, 2, 3)}


def test_new_words_change_nothing(brook: Path, tmp_path: Path) -> None:
    found = against(brook, tmp_path, benefits=("en: school aid", "en: aid at school"))
    (item,) = found.differences
    assert item.how == "words"
    assert found.has_effect is False
    assert "only in words: aid at school" in found.text("en", 100)


def test_a_smallest_household_shows_a_change_and_both_packs_decide_it(brook: Path, tmp_path: Path) -> None:
    found = against(brook, tmp_path, variables=("income < limit", "income <= limit"))
    effect = next(effect for effect in found.effects if effect.about.id == "gift_for_poor")
    assert effect.status == "changes"
    assert effect.behind == ("poor",)
    assert effect.shown is not None
    assert effect.shown.household == {"income": "10000", "members": [{"id": "m1"}]}
    before, after = effect.shown.results("gift_for_poor")
    assert (before.status, after.status) == ("ineligible", "eligible")
    assert (
        policyengine.load(brook).decide(effect.shown.household, on=ON).entitlement("gift_for_poor").status
        == "ineligible"
    )


def test_a_floor_that_each_side_has_is_two_unknowns_not_one(brook: Path, tmp_path: Path) -> None:
    """At most 2000 and at least 3000 exclude each other, yet both may hold: each on its side."""
    found = against(brook, tmp_path, parameters=("at least 3000元", "at most 2000元"))
    effect = next(effect for effect in found.effects if effect.about.id == "aid")
    assert effect.status == "changes"
    assert effect.shown is not None
    assert {name.partition(".")[0] for name in effect.shown.figures} <= {"old", "new"}


def test_figures_that_the_caller_sets_hold_in_the_search(brook: Path, tmp_path: Path) -> None:
    """With one ceiling for both, a floor raised from 3000 to 4000 makes no difference."""
    change = {"parameters": ("at least 3000元", "at least 4000元")}
    both = against(brook, tmp_path / "a", **change, settings={"parameters": {"封顶线": "5000元"}})
    assert both.has_effect is False
    apart = against(
        brook, tmp_path / "b", **change, settings={"parameters": {"old.封顶线": "3000元", "new.封顶线": "4000元"}}
    )
    assert statuses(apart)["aid"] == "changes"


def test_benefits_added_and_removed_are_told(tmp_path: Path) -> None:
    found = compare(LINHAI, reforms=["net_for_boats"], on="2018-09-01")
    told = {key: status for key, status in statuses(found).items() if status != "same"}
    assert told == {"grain": "removed", "net": "added", "safe_home": "removed", "nets_new": "added"}
    assert found.has_effect is True


def test_indicators_are_searched_too(brook: Path, tmp_path: Path) -> None:
    found = against(brook, tmp_path, variables=("income < limit", "income <= limit"))
    effect = next(effect for effect in found.effects if effect.about.id == "enough")
    assert effect.status == "changes"
    assert effect.shown is not None
    assert [item.status for item in effect.shown.results("enough")] == ["met", "not met"]


# a population

PEOPLE: list[dict[str, Any]] = [
    {"id": 1, "income": 5000, "members": [{"id": "a", "pupil": True, "cost": 1000}]},
    {
        "id": 2,
        "income": 9000,
        "members": [{"id": "a", "pupil": True, "cost": 5001}, {"id": "b", "pupil": True, "cost": 200}],
    },
    {"id": 3, "income": 20000, "members": [{"id": "a", "pupil": True, "cost": 1000}]},
    {"id": 4, "income": None, "members": [{"id": "a", "pupil": True, "cost": 1000}]},
    {"id": 5, "income": 8000, "members": [{"id": "a", "pupil": None, "cost": 1000}]},
]


def test_winners_losers_and_costs_are_exact_and_what_is_open_counts_as_neither(brook: Path, tmp_path: Path) -> None:
    found = against(brook, tmp_path, parameters=("50%", "60%"), settings={"population": PEOPLE, "by": "income"})
    impact = found.impact
    assert impact is not None
    assert (impact.winners, impact.losers, impact.unchanged, impact.undetermined) == (2, 0, 1, 2)
    assert (impact.may_gain, impact.may_lose) == (2, 0)
    # 10% of 1000, of 5001 + 200: 100 + 500.10 + 20; the ceiling of at least 3000 binds neither 2500.50 nor 3000.60 for sure
    rows = impact.frame.to_pylist()
    assert rows[0]["difference.at_least"] == rows[0]["difference.at_most"] == Decimal("100.00")
    assert (rows[1]["difference.at_least"], rows[1]["difference.at_most"]) == (Decimal("519.50"), Decimal("520.10"))
    assert (rows[3]["difference.at_least"], rows[3]["difference.at_most"]) == (Decimal(0), Decimal(100))
    assert [row["result"] for row in rows] == ["winner", "winner", "unchanged", "undetermined", "undetermined"]
    assert impact.gains == (Decimal("619.50"), Decimal("620.10"))
    assert [(name.en, cost.difference) for name, cost in impact.payers] == [("school board", impact.cost.difference)]
    assert [(item.number, item.households) for item in impact.tenths] == [(1, 1), (3, 1), (6, 1), (8, 1), (None, 1)]


def test_monthly_amounts_count_twelve_times(brook: Path, tmp_path: Path) -> None:
    found = against(brook, tmp_path, parameters=("200元", "250.01元"), settings={"population": PEOPLE})
    assert found.impact is not None
    assert found.impact.frame.to_pylist()[0]["difference.at_least"] == Decimal("600.12")
    (line,) = found.impact.lines
    assert (line.more, line.less, line.counts.old, line.counts.new) == (3, 0, 3, 3)


def test_a_household_that_comes_to_be_entitled_is_counted(brook: Path, tmp_path: Path) -> None:
    found = against(brook, tmp_path, parameters=("1万元}", "3万元}"), settings={"population": PEOPLE, "prove": False})
    assert found.impact is not None
    counts = {line.id: line.counts for line in found.impact.lines}
    assert (counts["gift_for_poor"].gained, counts["gift_for_poor"].lost, counts["gift_for_poor"].may_move) == (1, 0, 1)
    assert statuses(found) == {"aid": "changes", "gift_for_poor": "changes", "enough": "open"}


def test_a_household_that_one_side_cannot_read_is_left_out_of_both(brook: Path, tmp_path: Path) -> None:
    """The new pack lets incomes only go up to 8500 yuan."""
    found = against(
        brook, tmp_path, settings={"population": PEOPLE, "prove": False},
        facts=("range: [0元, 100万元], label: {zh: 年收入", "range: [0元, 8500元], label: {zh: 年收入"),
    )  # fmt: skip
    assert found.impact is not None
    assert (found.impact.households, found.impact.rejected) == (3, 2)
    assert found.impact.codes == {"out-of-range": 2, "rejected-household": 3}
    assert found.impact.frame["household_id"].to_pylist() == [1, 4, 5]


def test_a_column_that_one_pack_alone_knows_is_left_out_for_the_other(brook: Path, tmp_path: Path) -> None:
    people = [{**row, "members": [{**member, "boards": True} for member in row["members"]]} for row in PEOPLE]
    with pytest.raises(PolicyError) as caught:
        compare(brook, brook, on=ON, population=people)
    assert [item.code for item in caught.value.diagnostics] == ["unknown-column"]
    new = written(tmp_path / "brook", {"variables": ("poor and pupil", "poor and pupil and boards")})
    facts = (new / "facts.yaml").read_text(encoding="utf-8")
    (new / "facts.yaml").write_text(facts + "boards: {for: person, type: condition, label: boards}\n", encoding="utf-8")
    found = compare(brook, new, on=ON, population=people, prove=False)
    assert found.impact is not None
    assert (found.impact.winners, found.impact.losers, found.impact.undetermined) == (0, 0, 2)


def test_shared_unknowns_fall_out_of_differences(tmp_path: Path) -> None:
    """Nobody knows the costs, nor the ceiling: whatever they are, 50 yuan more are added to what comes of them."""
    unknown = [{"id": 1, "income": 5000, "members": [{"id": "a", "pupil": True, "cost": None}]}]
    old, new = (
        written(
            tmp_path / name / "brook",
            {"benefits": ("min(share × cost, top)", f"min(share × cost, top) + {more}元/人/年")},
        )
        for name, more in (("old", 50), ("new", 100))
    )
    found = compare(old, new, on=ON, population=unknown, prove=False)
    assert found.impact is not None
    (row,) = found.impact.frame.to_pylist()
    assert row["old.at_least"] != row["old.at_most"]
    # an amount is rounded to the fen once, which can tell two sums of the same apart by a fen on either side, and it is known to be due
    # only where the costs are above 0: nothing more is due where they aren't
    assert row["difference.at_most"] <= Decimal("50.02")
    assert row["difference.at_least"] >= 0
    assert row["result"] in ("winner", "undetermined")


def test_a_higher_share_of_unknown_costs_is_never_less(brook: Path, tmp_path: Path) -> None:
    unknown = [{"id": 1, "income": 5000, "members": [{"id": "a", "pupil": True, "cost": None}]}]
    found = against(brook, tmp_path, parameters=("50%", "60%"), settings={"population": unknown, "prove": False})
    assert found.impact is not None
    assert (found.impact.undetermined, found.impact.may_gain) == (1, 1)
    (row,) = found.impact.frame.to_pylist()
    assert row["difference.at_least"] == 0  # a tenth of costs of up to a million yuan
    assert row["difference.at_most"] == Decimal("100000.01")


def test_two_regions_are_set_against_each_other_by_family() -> None:
    found = compare("zibo", "ziyang", on=ON)
    assert not found.is_one_plan
    assert found.differences == ()
    pairs = {effect.about.id: effect for effect in found.effects}
    assert pairs["medical_assistance"].status == "open"
    assert {"added", "removed"} <= {effect.status for effect in pairs.values()}
    told = found.text("en", 100)
    assert "only in old:" in told
    assert "only in new:" in told


def test_frames_of_the_impact_are_polars_tables(brook: Path, tmp_path: Path) -> None:
    polars = pytest.importorskip("polars")
    found = against(brook, tmp_path, parameters=("50%", "60%"), settings={"population": PEOPLE, "prove": False})
    assert found.impact is not None
    frame = polars.from_arrow(found.impact.frame)
    assert frame.shape == (5, 8)
