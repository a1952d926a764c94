"""What clients were told was done, and what they cannot know: facts, each a list that JSON can write."""

from collections import defaultdict


class Ledger:
    """A fact is acknowledged when an answer said so; in doubt when its answers were lost for good."""

    def __init__(self):
        self.acknowledged, self.doubtful = [], []
        self.ticks, self.minutes = defaultdict(int), defaultdict(int)

    def acknowledge(self, *facts):
        self.acknowledged += facts

    def doubt(self, *facts):
        self.doubtful += facts

    def line(self, kind, session, candidate=None):
        """The line of the audit that goes with an act."""
        self.acknowledge(["line", kind, session, candidate])

    def tick(self, session, candidate, present):
        """The n-th change of a presence."""
        self.acknowledge(["tick", candidate, self.ticks[candidate], present])
        self.line("presence.present" if present else "presence.absent", session, candidate)
        self.ticks[candidate] += 1

    def grant(self, session, candidate, minutes, reason, detail, by):
        self.acknowledge(["grant", candidate, minutes, reason, detail, by])
        self.line("time.granted", session, candidate)
        self.minutes[candidate] += minutes

    def close(self):
        """The sums that the database keeps beside its rows."""
        for candidate, minutes in self.minutes.items():
            self.acknowledge(["minutes", candidate, minutes])
