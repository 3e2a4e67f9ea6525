"""The interview, at a real terminal and with the answers piped in."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("durable.engine", reason="the extra `forward` isn't installed")

import pexpect

import policyengine
from minipack import write_files
from policyengine.cases.case import Case
from policyengine.cases.interviewing import Interview
from test_case import BENEFITS, FACTS, PARAMETERS

COMMAND = (sys.executable, "-m", "policyengine", "interview")
ON = ("--on", "2018-06-01")
INCOME = {
    **BENEFITS,
    "benefits/grant.yaml": """
benefit: grant
label: {zh: 补助, en: grant}
for: person
kind: cash
period: year
eligible: poor
amount: 2 × fee
""",
}
FEE = """
    fee: {for: person, type: number, unit: yuan/person/year, range: [0元, 1万元], label: {zh: 学费, en: fee}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_files(tmp_path_factory.mktemp("mini"), {"facts": FACTS + FEE, "parameters": PARAMETERS}, INCOME)


def piped(*arguments: str, answers: str, cwd: Path, lang: str = "en") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments, "--lang", lang], input=answers, capture_output=True, text=True, check=False, cwd=cwd
    )


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Any]:
    """Starts an interview at a pseudo-terminal in an empty folder."""
    running = []

    def start(*arguments: str, lang: str = "zh") -> Any:
        child = pexpect.spawn(
            COMMAND[0], [*COMMAND[1:], *arguments, "--lang", lang], cwd=str(tmp_path), encoding="utf-8", timeout=30,
            dimensions=(40, 160),
        )  # fmt: skip
        running.append(child)
        return child

    yield start
    for child in running:
        child.close(force=True)


def exit_status(child: Any) -> int:
    child.expect(pexpect.EOF)
    child.close()
    return int(child.exitstatus)


def answer_all(child: Any, answers: dict[str, str]) -> str:
    """Answer by what the question is about, until the interview ends; what was said then."""
    for _ in range(50):
        found = child.expect([r"(问）|at most\) ).*[？?]", r"个案已保存|case saved"])
        if found == 1:
            return str(child.before)
        asked = child.after
        child.expect("> ")
        child.sendline(next((answer for word, answer in answers.items() if word in asked), "不知道"))
    raise AssertionError("the interview doesn't end")


# at a terminal


def test_a_whole_interview_in_chinese_at_a_terminal(terminal: Any, folder: Path, tmp_path: Path) -> None:
    child = terminal(str(folder), *ON, "--name", "张家", "--save", "zhang.json")
    child.expect("小县 · 2018-06-01 · 张家")
    child.expect("家里有哪些人")
    for name in ("张三", "李四"):
        child.expect("> ")
        child.sendline(name)
    child.expect("> ")
    child.sendline("")
    child.expect("不知道 · 返回 · 为什么")
    end = answer_all(child, {"贫困": "是", "农村": "是", "年龄": "20", "工作": "1", "学费": "1200", "试点": "否"})
    for text in ("✓ 救助   符合", "✓ 补助   每年 2,400.00 元", "✗ 住房   不符合"):
        assert text in end or text.replace("每年 ", "") in end, end
    assert exit_status(child) == 0
    case = Case.from_json((tmp_path / "zhang.json").read_text(encoding="utf-8"), pack=policyengine.load(folder))
    with case:
        assert case.names == {"张三": "张三", "李四": "李四"} or case.members == ("张三", "李四")
        assert case.decision().entitlement("aid", "张三").status == "eligible"


def test_what_is_settled_is_told_with_its_reason_at_once(terminal: Any, folder: Path) -> None:
    child = terminal(str(folder), *ON, "--member", "张三", "--member", "李四")
    child.expect("张三：是否贫困？")
    child.expect("是/否> ")
    child.sendline("为什么")
    child.expect("回答可能当即确定 .* 项：")
    child.expect("是/否> ")
    child.sendline("不")
    child.expect("✗ .*张三 不享受救助")
    child.expect("因为 张三 贫困：否")
    child.expect("至多还有")


def test_back_undoes_and_a_bad_answer_is_asked_again(terminal: Any, folder: Path) -> None:
    child = terminal(str(folder), *ON, "--member", "Ann", lang="en")
    child.expect("questions at most. Ann: poor")
    child.expect("yes/no> ")
    child.sendline("back")
    child.expect("This is the first question")
    child.sendline("perhaps")
    child.expect("`poor` is yes or no, not `perhaps`")
    child.expect("Ann: poor")
    child.expect("yes/no> ")
    child.sendline("yes")
    child.expect("at most")
    child.expect("> ")
    child.sendline("back")
    child.expect("One step back")
    child.expect("Ann: poor")
    child.sendline("help")
    child.expect("don't know · back · why")


@pytest.mark.parametrize("stop", ["quit", "\x04", "\x03"], ids=["quit", "end of input", "interrupt"])
def test_broken_off_it_saves_and_can_be_resumed(stop: str, terminal: Any, folder: Path, tmp_path: Path) -> None:
    child = terminal(str(folder), *ON, "--member", "Ann", "--save", "ann.json", lang="en")
    child.expect("yes/no> ")
    child.sendline("yes")
    child.expect("at most")
    child.expect("> ")
    if stop == "quit":
        child.sendline(stop)
    else:
        child.send(stop)
    child.expect("There are questions left")
    child.expect("results are open")
    child.expect("case saved: ann.json")
    assert exit_status(child) == 4
    assert json.loads((tmp_path / "ann.json").read_text(encoding="utf-8"))["steps"][-1]["tell"] == "poor"
    child = terminal(str(folder), "--resume", "ann.json", lang="en")
    answer_all(child, {"rural": "yes", "age": "20", "work": "2", "fee": "100", "pilot": "no"})
    child.expect(r"ann\.json")
    assert exit_status(child) in (0, 4)
    steps = [step.get("tell") or step.get("not_known") for step in json.loads((tmp_path / "ann.json").read_text(encoding="utf-8"))["steps"]]  # fmt: skip
    assert {"poor", "rural", "age", "work"} <= set(steps)


# piped in


def test_answers_can_be_piped_in(folder: Path, tmp_path: Path) -> None:
    done = piped(str(folder), *ON, "--save", "case.json", answers="Ann\nBob\n\nno\ndon't know\n", cwd=tmp_path)
    assert done.returncode == 4, done.stderr
    for text in ("1> Ann", "Ann: poor?", "yes/no> no", "✗ Ann: not entitled to aid", "because Ann: poor: no", "There are questions left", "case saved: case.json"):  # fmt: skip
        assert text in done.stdout, done.stdout
    assert done.stderr == ""
    saved = json.loads((tmp_path / "case.json").read_text(encoding="utf-8"))
    assert saved["steps"][:3] == [{"member": "Ann"}, {"member": "Bob"}, {"tell": "poor", "of": "Ann", "value": False}]


def test_without_a_name_the_case_is_saved_beside(folder: Path, tmp_path: Path) -> None:
    assert piped(str(folder), *ON, "--member", "Ann", answers="", cwd=tmp_path).returncode == 4
    (saved,) = tmp_path.glob("case-*.json")
    assert json.loads(saved.read_text(encoding="utf-8"))["steps"] == [{"member": "Ann"}]


def test_input_that_ends_before_there_is_a_member_is_saved_too(folder: Path, tmp_path: Path) -> None:
    done = piped(str(folder), *ON, "--save", "case.json", answers="", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (4, "")
    assert json.loads((tmp_path / "case.json").read_text(encoding="utf-8"))["steps"] == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "--on"),
        ((*ON, "--save", "there.json"), "exists already"),
        (("--resume", "nowhere.json"), "nowhere.json"),
        (("--resume", "there.json"), "isn't a saved case"),
        (("--on", "June"), "date"),
        ((*ON, "--member", "household"), "can't be the id of a member"),
        ((*ON, "--set", "x=1"), "unknown parameter"),
    ],
)
def test_wrong_usage_gets_a_message(arguments: tuple[str, ...], message: str, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "there.json").write_text("{}", encoding="utf-8")
    done = piped(str(folder), *arguments, answers="", cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["there.json"]


def test_a_name_that_is_taken_is_asked_again(folder: Path, tmp_path: Path) -> None:
    done = piped(str(folder), *ON, "--save", "case.json", answers="Ann\nAnn\nhousehold\n\nno\n", cwd=tmp_path)
    assert "two members have the id `Ann`" in done.stdout
    assert "`household` can't be the id of a member" in done.stdout
    assert "✗ Ann: not entitled to aid" in done.stdout


# every way to answer


def test_every_question_of_a_region_can_be_answered() -> None:
    """From first to last on 淄博, by somebody who answers the first thing that is possible."""
    said: list[str] = []
    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        assert len(asked) < 500, prompt
        return {"是": "是", "序": "1", "数": "1", "年": "2000-01-01"}[prompt.rsplit("\n", 1)[1][0]]

    with policyengine.load("zibo").open_case(on="2018-06-01", members=["张三"]) as case:
        announced = case.questions_left()
        assert Interview(case, "zh", ask, said.append).run()
        assert len(asked) <= announced
        assert case.questions_left() == 0
        assert not [line for line in said if "应为" in line or "不能是" in line]
