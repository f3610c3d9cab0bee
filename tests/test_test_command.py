"""script/test leaves the slow tests out, unless they are asked for."""

import importlib.machinery
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parent.parent / "script"
FAST = ["-m", "not slow"]


@pytest.fixture
def command(monkeypatch) -> ModuleType:
    monkeypatch.setattr(sys, "path", [str(SCRIPT), *sys.path])
    loader = importlib.machinery.SourceFileLoader("test_command", str(SCRIPT / "test"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("test_command", loader))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader.exec_module(module)
    return module


@pytest.mark.parametrize("arguments", [[], ["-x"], ["--durations=5", "-k", "seat"]])
def test_slow_tests_are_left_out_where_nothing_is_named(command, arguments):
    assert command.choose(arguments) == FAST + arguments


def test_all_tests_run_when_all_are_asked_for(command):
    assert command.choose(["--all", "-x"]) == ["-x"]


@pytest.mark.parametrize(
    "arguments",
    [["tests/faults"], ["-x", "tests/faults/test_kill.py"], ["tests/test_docs.py::test_every_room"], ["-m", "slow"]],
)
def test_slow_tests_run_where_they_are_named(command, arguments):
    assert command.choose(arguments) == arguments
