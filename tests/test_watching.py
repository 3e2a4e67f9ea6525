"""A watch list: whose results change with what is new."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("durable.engine", reason="the extra `forward` isn't installed")

import policyengine
from minipack import load, write_files
from policyengine import Pack, watch
from test_case import BENEFITS, FACTS, ON, PARAMETERS
from test_cli import run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_files(tmp_path_factory.mktemp("mini"), {"facts": FACTS, "parameters": PARAMETERS}, BENEFITS)


@pytest.fixture(scope="module")
def pack(folder: Path) -> Pack:
    return policyengine.load(folder)


@pytest.fixture
def cases(pack: Pack, tmp_path: Path) -> Path:
    """Two households that get aid, and files that are no cases."""
    place = tmp_path / "cases"
    place.mkdir()
    for name, household in (("zhang", "张家"), ("li", "李家")):
        with pack.open_case(on=ON, members=[{"id": "a", "name": "老人"}, "b"], name=household) as case:
            for fact, value, member in (
                ("poor", True, "a"),
                ("rural", True, None),
                ("age", 70, "a"),
                ("work", "steady", "b"),
            ):
                case.tell(fact, value, member)
            (place / f"{name}.json").write_text(case.to_json(), encoding="utf-8")
    (place / "broken.json").write_text("{", encoding="utf-8")
    (place / "bytes.json").write_bytes(b"\xff\xfe")
    (place / "folder.json").mkdir()
    return place


def test_a_lost_job_and_a_new_income_change_only_their_household(cases: Path, pack: Pack) -> None:
    before = {path.name: path.read_bytes() for path in cases.glob("*.json") if path.is_file()}
    found = {item.case: item for item in watch(cases, {"zhang": {"members": [{"id": "b", "工作": "无业"}]}}, pack=pack)}
    (change,) = found["zhang"].changes
    assert (change.result, change.entity, change.before, change.after) == ("job", "b", "ineligible", "eligible")
    assert "无业" in change.because.zh
    assert found["li"].changes == ()
    assert found["zhang"].household == "张家"
    assert before == {path.name: path.read_bytes() for path in cases.glob("*.json") if path.is_file()}


def test_a_broken_case_costs_the_others_nothing(cases: Path, pack: Pack) -> None:
    found = {item.case: item for item in watch(cases, {"all": {"rural": False}}, pack=pack)}
    assert [item.code for name in ("broken", "bytes", "folder") for item in found[name].errors] == ["bad-case"] * 3
    for name in ("zhang", "li"):
        assert [(item.result, item.entity, item.before, item.after) for item in found[name].changes] == [
            ("aid", "a", "eligible", "ineligible"),
            ("aid", "b", "undetermined", "ineligible"),
        ]


def test_new_facts_can_be_wrong_for_one_and_right_for_another(cases: Path, pack: Pack) -> None:
    new = {
        "zhang": {"members": [{"id": "z", "age": 3}]},
        "李家": {"members": [{"id": "baby", "joins": True, "poor": False, "age": 0}]},
    }
    found = {item.case: item for item in watch(cases, new, pack=pack)}
    assert [item.code for item in found["zhang"].errors] == ["unknown-member"]
    assert ("aid", "baby") in {(item.result, item.entity) for item in found["li"].changes}


def test_cases_may_come_as_texts_and_names_are_checked(pack: Pack) -> None:
    with pack.open_case(on=ON, members=["a"]) as case:
        texts = {"one": case.to_json(), "two": case.to_json()}
    found = watch(texts, {"ones": {"rural": False}}, pack=pack)
    assert [item.case for item in found if item.errors] == ["ones"]
    assert found[-1].errors[0].code == "unknown-case"
    assert [item.errors[0].code for item in watch(texts, {"one": ["rural"]}, pack=pack) if item.errors] == [
        "household-shape"
    ]  # type: ignore[dict-item]


def test_a_case_of_another_pack_is_told_apart(cases: Path, tmp_path: Path) -> None:
    other = load(tmp_path / "other", facts=FACTS, parameters=PARAMETERS.replace("18", "16"), files=BENEFITS)
    found = {item.case: item for item in watch(cases, {}, pack=other)}
    assert found["zhang"].errors[0].code == "case-of-another-pack"


def test_the_command_says_who_changes_and_how(cases: Path, folder: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.yaml"
    new.write_text("张家:\n  members:\n    - {id: b, 工作: 无业}\n", encoding="utf-8")
    for path in ("broken.json", "bytes.json"):
        (cases / path).unlink()
    (cases / "folder.json").rmdir()
    result = run("watch", str(folder), str(cases), "--new", str(new), "--lang", "zh")
    assert result.exit_code == 0, result.output
    assert result.output.splitlines() == [
        "zhang（张家）",
        "  b 岗位：不符合 → 符合",
        "      因为 b的工作 为 无业；有成员符合：老人 贫困：是",
        "2 个个案：1 个有变化，0 个无法处理",
    ]
    result = run("watch", str(folder), str(cases), "--new", str(new), "--json")
    assert [(item["case"], len(item["changes"])) for item in json.loads(result.output)] == [("li", 0), ("zhang", 1)]


def test_the_command_reports_what_is_broken_beside_the_rest(cases: Path, folder: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.yaml"
    new.write_text("all: {rural: 否}\n", encoding="utf-8")
    result = run("watch", str(folder), str(cases), "--new", str(new), "--lang", "en")
    assert result.exit_code == 2
    assert "5 cases: 2 changed, 3 couldn't be looked at" in result.output
    assert "broken: this isn't a saved case" in result.output
    for arguments in ((str(tmp_path / "none"), "--new", str(new)), (str(cases), "--new", str(tmp_path / "no.yaml"))):
        assert run("watch", str(folder), *arguments).exit_code == 2
