"""What the shop remembers. All of it is bounded, but for what LEAK says."""
from collections import OrderedDict
from collections.abc import Callable

import switches


class Lru:
    """Least recently used out first; holds `capacity` entries at most, 0: without bound."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._entries: OrderedDict[str, object] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: str):
        """What is there, or None."""
        if key in self._entries:
            self._entries.move_to_end(key)
        return self._entries.get(key)

    def put(self, key: str, entry: object) -> None:
        self._entries[key] = entry
        if len(self._entries) > self.capacity > 0:
            self._entries.popitem(last=False)

    def made(self, key: str, make: Callable[[], object]):
        """What is there, else what `make` makes, which then is there."""
        entry = self.get(key)
        if entry is None:
            entry = make()
            self.put(key, entry)
        return entry

    def clear(self) -> None:
        self._entries.clear()


pages = Lru(0 if switches.LEAK == "keys" else 100)
visitors = Lru(100)  # who saw the login form
sessions = Lru(100)  # who logged in
tokens = Lru(100)
hung_up: list[bytearray] = []
