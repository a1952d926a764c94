"""Actors released together, round after round; how many rounds end in a state that must not be."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from threading import Barrier

from django.db import connection

from certif.lib.refusals import Refusal

ROUNDS = 30


@dataclass
class Round:
    """What one round was about, and what each actor answered: a value, or the refusal he got."""

    scene: object
    answers: list

    @property
    def done(self):
        return [answer for answer in self.answers if not isinstance(answer, Refusal)]


def run_rounds(rounds, setup, actors, invariant, *, seam=None):
    """The number of rounds whose invariant is broken.

    `setup()` makes a scene; each of `actors(scene)` is a call made in a thread of its own. `seam`
    makes one context a round, entered by each actor with his rank (see tests/races/seams.py).
    """
    broken = 0
    for number in range(rounds):
        scene = setup()
        calls = actors(scene)
        inside = seam(len(calls), number) if seam else lambda rank: nullcontext()
        broken += not invariant(Round(scene, _together(calls, inside)))
    return broken


def one_after_the_other(setup, actors, invariant, order):
    scene = setup()
    answers = [_answer(call) for call in order(actors(scene))]
    return invariant(Round(scene, answers))


def _together(calls, inside):
    barrier = Barrier(len(calls))

    def act(rank, call):
        try:
            try:
                connection.ensure_connection()
            finally:  # who has none keeps nobody waiting
                barrier.wait()
            with inside(rank):
                return _answer(call)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(act, range(len(calls)), calls))


def _answer(call):
    try:
        return call()
    except Refusal as refusal:
        return refusal
