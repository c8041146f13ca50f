"""Stores with a ceiling: each grows at first, as a leak would, and then stays as it is."""
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable


class Lru:
    """Least recently used out first; holds `capacity` entries at most."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._entries: OrderedDict = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable, make: Callable):
        entry = self._entries.get(key)
        if entry is None:
            entry = self._entries[key] = make()
            if len(self._entries) > self.capacity:
                self._entries.popitem(last=False)
        else:
            self._entries.move_to_end(key)
        return entry


class LogRing:
    """The last lines of what was served, for the support desk."""

    def __init__(self, capacity: int) -> None:
        self._lines: deque[str] = deque(maxlen=capacity)

    def __len__(self) -> int:
        return len(self._lines)

    def add(self, method: str, route: str, status: int, size: int) -> None:
        self._lines.append("%-6s %-48.48s %3d %8d" % (method, route, status, size))

    def tail(self, count: int) -> list[str]:
        return list(self._lines)[-count:]


request_log = LogRing(1500)
