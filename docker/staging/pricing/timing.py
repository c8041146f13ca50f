"""The clock: when something started, and how long ago that was."""
from time import perf_counter


def now_s() -> float:
    return perf_counter()


def elapsed_s(started_s: float) -> float:
    """Seconds since `started_s`, as a new float."""
    return perf_counter() - started_s
