"""The guards around durable-rules: what goes wrong in it comes out, and nothing of it leaks."""

from __future__ import annotations

import copy
import gc
import json
import pickle
import resource
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("durable.engine", reason="the extra `forward` isn't installed")

import durable.engine
import durable_rules_engine

import policyengine
from cases import ProgramPack, concluded, open_random, settled
from drawing import EFFECTIVE
from households import Household
from policyengine import ir
from policyengine.cases.case import Case
from policyengine.interpreters.forward import HOSTS_KEPT, Forward
from policyengine.interpreters.forward_host import EngineFault, RuleHost
from policyengine.text import same

ON = "2018-06-01"
FACTS: tuple[tuple[str, Any, str | None], ...] = (
    ("建档立卡贫困人口", True, "a"),
    ("农村家庭", True, None),
    ("残疾等级", "二级", "a"),
    ("年龄", 8, "a"),
    ("建档立卡贫困人口", False, "b"),
    ("接受康复训练", True, "a"),
    ("低保对象", True, "b"),
    ("目录内医疗费用", 40000, "b"),
)


@pytest.fixture(scope="module")
def pack() -> policyengine.Pack:
    return policyengine.load("zibo")


@pytest.fixture
def host(pack: policyengine.Pack) -> RuleHost:
    evaluator = pack._on(pack.program(ON).effective).evaluator
    return RuleHost(Forward(evaluator).compiled(list(evaluator.layout.household_blank)).definitions)


def some_literal(host: RuleHost) -> tuple[tuple[int, bool], int | None]:
    """A literal that alone makes a rule fire, and whose it is."""
    for _, rule, whose in host.definitions.by_name.values():
        if len(rule.body) == 1:
            return rule.body[0], None if whose is None else 0
    raise AssertionError("a rule with one premise")


def run(case: Case) -> dict[tuple[str, str], bool]:
    for fact, value, member in FACTS:
        case.tell(fact, value, member)
    return concluded(case)


def test_a_host_starts_no_threads(host: RuleHost) -> None:
    before = threading.active_count()
    RuleHost(host.definitions)
    assert threading.active_count() == before


def test_an_error_in_an_action_comes_out_of_the_call(host: RuleHost, monkeypatch: pytest.MonkeyPatch) -> None:
    literal, member = some_literal(host)
    host.start(1)

    def fail(*_: object) -> None:
        raise ZeroDivisionError("in an action")

    monkeypatch.setattr(host, "_spread", lambda key, whose, here, closure: fail() if closure else host.waiting.append((0, host._fact(host.definitions.names[key], whose))))  # fmt: skip
    with pytest.raises(ZeroDivisionError, match="in an action"):
        host.prove(literal, member)
    assert host.closed


def test_what_the_package_swallows_is_raised(host: RuleHost, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception that it has only noted in its state."""
    host.start(1)
    monkeypatch.setattr(host, "act", lambda name, closure: {}["nothing"])
    with pytest.raises(EngineFault, match="nothing"):
        host.prove(*some_literal(host))


def test_an_agenda_that_is_dropped_is_noticed(host: RuleHost, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package drops the rest of its actions when one seems to take more than ten seconds."""
    host.start(1)
    times = iter(range(0, 100_000, 11))
    monkeypatch.setattr(durable.engine, "_unix_now", lambda: next(times))
    with pytest.raises(EngineFault, match="agenda"):
        host.prove(*some_literal(host))


def test_after_a_fault_the_case_goes_on_as_if_nothing_had_been_said(
    pack: policyengine.Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pack.open_case(on=ON, members=["a", "b"]) as case:
        case.tell("农村家庭", True)
        before = case.conclusions
        monkeypatch.setattr(RuleHost, "act", lambda *_: {}["nothing"])
        with pytest.raises(EngineFault):
            case.tell("建档立卡贫困人口", True, "a")
        monkeypatch.undo()
        assert case.conclusions == before
        run(case)
        assert concluded(case) == settled(case)


def test_a_host_has_one_session_at_a_time(host: RuleHost) -> None:
    host.start(2)
    with pytest.raises(EngineFault, match="already"):
        host.start(1)
    host.end()
    with pytest.raises(EngineFault, match="no session"):
        host.prove(*some_literal(host))


def test_two_cases_open_at_once_have_a_host_each(pack: policyengine.Pack) -> None:
    with pack.open_case(on=ON, members=["a", "b"]) as one, pack.open_case(on=ON, members=["a", "b"]) as other:
        assert one._inference.host is not other._inference.host  # type: ignore[union-attr]
        one.tell("农村家庭", True)
        assert run(other) == settled(other)
        assert run(one) == settled(one)


def test_a_case_belongs_to_the_thread_that_opened_it(pack: policyengine.Pack) -> None:
    with pack.open_case(on=ON, members=["a"]) as case:
        host = case._inference.host  # type: ignore[union-attr]
        with ThreadPoolExecutor(1) as other:
            refused = other.submit(case.tell, "农村家庭", True).exception()
        assert isinstance(refused, EngineFault)
        assert case.household == {"members": [{"id": "a"}]}
        assert case._inference.host is host  # type: ignore[union-attr]


def test_neither_cases_nor_hosts_are_copied_or_pickled(pack: policyengine.Pack, host: RuleHost) -> None:
    with pack.open_case(on=ON, members=["a"]) as case:
        for item in (case, host, host.host):
            for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
                with pytest.raises(TypeError, match="copied or pickled"):
                    attempt(item)


def test_facts_are_asserted_one_by_one_under_the_default_session(
    host: RuleHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    original = durable_rules_engine.assert_fact

    def assert_fact(handle: int, text: str) -> Any:
        seen.append(json.loads(text))
        return original(handle, text)

    monkeypatch.setattr(durable_rules_engine, "assert_fact", assert_fact)
    monkeypatch.setattr(durable_rules_engine, "assert_facts", lambda *_: pytest.fail("a batch"))
    host.start(2)
    host.prove(*some_literal(host))
    host.end()
    assert [fact["id"] for fact in seen] == [str(number) for number in range(1, len(seen) + 1)]
    assert all(fact.keys() - {"id", "f", "sid"} for fact in seen)
    assert {fact.get("sid", "0") for fact in seen} <= {"0", "1"}


def test_every_session_and_every_ruleset_is_deleted(pack: policyengine.Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    gc.collect()  # hosts that other tests have left behind are deleted before the count begins
    counted = {"state": 0, "ruleset": 0, "made": 0}
    for name, key in (("delete_state", "state"), ("delete_ruleset", "ruleset"), ("create_ruleset", "made")):
        original = getattr(durable_rules_engine, name)

        def count(*arguments: Any, original: Any = original, key: str = key) -> Any:
            counted[key] += 1
            return original(*arguments)

        monkeypatch.setattr(durable_rules_engine, name, count)
    evaluator = policyengine.load("zibo")._on(pack.program(ON).effective).evaluator
    forward = Forward(evaluator)
    compiled = forward.compiled(list(evaluator.layout.household_blank))
    hosts = [forward.borrow(compiled) for _ in range(HOSTS_KEPT + 2)]
    hosts[0].start(1)
    for host in hosts[1:]:
        forward.give_back(host)
    assert (counted["made"], counted["ruleset"]) == (HOSTS_KEPT + 2, 1)
    del hosts, host, forward
    gc.collect()
    assert counted["made"] == counted["ruleset"] == HOSTS_KEPT + 2
    assert counted["state"] == HOSTS_KEPT + 3  # each one's warm-up, and the session left open


def test_a_case_that_is_forgotten_gives_its_host_back(pack: policyengine.Pack) -> None:
    case = pack.open_case(on=ON, members=["a"])
    inference = case._inference
    assert inference is not None
    forward, host = inference.forward, inference.host
    del case, inference
    gc.collect()
    assert host in forward._own.idle.values()


def test_eight_threads_at_once_come_to_the_same(pack: policyengine.Pack) -> None:
    with pack.open_case(on=ON, members=["a", "b"]) as case:
        expected = run(case)

    def many(_: int) -> bool:
        for _ in range(25):
            with pack.open_case(on=ON, members=["a", "b"]) as own:
                if run(own) != expected:
                    return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(many, range(8)))


def resident() -> float:
    """MiB in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads the memory in use from /proc")
def test_memory_stays_flat(pack: policyengine.Pack, pytestconfig: pytest.Config, record_property: Any) -> None:
    cases = 20_000 if pytestconfig.getoption("--long") else 1_000
    sizes = []
    for number in range(cases + 200):
        if number in (200, cases + 199):
            gc.collect()
            sizes.append(resident())
        with pack.open_case(on=ON, members=["a", "b"]) as case:
            for fact, value, member in FACTS[:4]:
                case.tell(fact, value, member)
    record_property("counted", f"forward: {cases} cases opened and closed, {sizes[1] - sizes[0]:+.1f} MiB")
    assert sizes[1] - sizes[0] < 8


WITHOUT = """
import sys
sys.modules["durable"] = sys.modules["durable_rules_engine"] = None
import policyengine
pack = policyengine.load("zibo")
assert pack.decide({"members": [{"id": "a"}]}, on="2018-06-01").entitlements
try:
    pack.open_case(on="2018-06-01", members=["a"])
except policyengine.PolicyError as error:
    print(error.render("en"))
"""


def test_without_the_package_everything_else_works_and_a_case_says_what_to_install() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True)
    assert "needs the package durable-rules" in done.stdout
    assert (
        'CPPFLAGS="-O2 -DPyEval_CallObject=PyObject_CallObject" pip install "policyengine-packs[forward]"'
        in done.stdout
    )


def test_loading_and_deciding_import_nothing_of_the_package() -> None:
    code = "import policyengine, sys; policyengine.load('zibo').decide({'members': [{'id': 'a'}]}, on='2018-06-01')"
    code += "; import policyengine.cases.case; print('durable' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_process_that_has_used_cases_ends_cleanly() -> None:
    code = "import policyengine; case = policyengine.load('zibo').open_case(on='2018-06-01', members=['a']); case.tell('农村家庭', True)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_child_process_can_go_on_with_a_case(pack: policyengine.Pack) -> None:
    code = (
        "import os, policyengine\n"
        "case = policyengine.load('zibo').open_case(on='2018-06-01', members=['a', 'b'])\n"
        "case.tell('农村家庭', True)\n"
        "child = os.fork()\n"
        "found = case.tell('低保对象', True, 'a')\n"
        "if child == 0:\n    os._exit(0 if found else 3)\n"
        "assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0 and found\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_program_without_conditions_has_nothing_to_conclude() -> None:
    program = ir.Program("p", same("p"), EFFECTIVE, "", (), {}, (), (), (), (), ())
    with open_random(ProgramPack(program), Household(("a",), {})) as case:
        assert case.conclusions == ()
