"""Where timings end up.

`Registry` is shared by the whole process: its dictionaries belong to the class. Most callers use `tally`, which keeps
a count, a sum and a maximum per name. `keep` was added for percentiles and keeps every single value.
"""
from collections import defaultdict


class Tally:
    __slots__ = ("count", "total_s", "max_s")

    def __init__(self) -> None:
        self.count = 0
        self.total_s = 0.0
        self.max_s = 0.0

    def add(self, seconds: float) -> None:
        self.count += 1
        self.total_s += seconds
        if seconds > self.max_s:
            self.max_s = seconds


class Registry:
    timers: dict[str, list[float]] = defaultdict(list)
    lines: dict[str, list[str]] = defaultdict(list)
    tallies: dict[str, Tally] = defaultdict(Tally)

    @classmethod
    def tally(cls, name: str, seconds: float) -> None:
        cls.tallies[name].add(seconds)

    @classmethod
    def keep(cls, name: str, seconds: float) -> None:
        values = cls.timers[name]
        values.append(seconds)

    @classmethod
    def keep_line(cls, name: str, line: str) -> None:
        lines = cls.lines[name]
        lines.append(line)

    @classmethod
    def kept(cls) -> int:
        """How many records have leaked so far: the truth that tests compare with."""
        return sum(map(len, cls.timers.values())) + len(cls.lines["flush"])
