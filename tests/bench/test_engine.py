from types import SimpleNamespace

import pytest

from tests.bench.engine import Kind, run_all
from tests.bench.figures import Figure


@pytest.fixture
def kind(tmp_path):
    return Kind("drill", tmp_path)


def module(*figures):
    return SimpleNamespace(NAME="fire", TARGET="nobody hurt", run=lambda: list(figures))


def test_each_figure_is_told_on_one_line(kind, capsys):
    all_ok = run_all(
        kind, [module(Figure("0 hurt", ok=True), Figure("2 min", ok=True, name="out"))]
    )

    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert all_ok
    assert lines == ["fire 0 hurt nobody hurt ok", "out 2 min nobody hurt ok"]


def test_one_figure_that_is_short_makes_the_whole_short(kind, capsys):
    modules = [module(Figure("1 hurt", ok=False)), module(Figure("0 hurt", ok=True))]

    assert not run_all(kind, modules)
    assert capsys.readouterr().out.splitlines()[0].endswith("short")


def test_a_figure_that_could_not_be_read_is_told_so_and_is_no_pass(kind, capsys):
    assert not run_all(kind, [module(Figure("NOT RUN: no strace", ok=None))])
    assert capsys.readouterr().out.rstrip().endswith("not run")
