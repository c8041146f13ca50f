"""What a server does with each request's key, as $KEEP says; README.md says what it keeps for good. One lock for all threads."""
import collections
import functools
import mmap
import os
import threading
import time

ENTRIES = 5000
SESSION_S = 0.5
CHURN_BYTES = 2 << 20
CHURN_EVERY = 16
MAPPED_BYTES = 65536
MAPPED_EVERY = 64
RARE_EVERY = 20

lock = threading.Lock()
counted = 0
kept: list = []
ring: dict = {}
sessions: "collections.OrderedDict[str, tuple[float, bytes]]" = collections.OrderedDict()


def nothing(key: str) -> int:
    return len(key)


def keep_in_ring(key: str) -> int:
    if len(ring) >= ENTRIES:
        del ring[next(iter(ring))]
    ring[key] = "entry of %s" % key
    return len(ring)


@functools.lru_cache(maxsize=1000)
def rendered(key: str) -> str:
    return "page of %s" % key * 3


def look_up(key: str) -> int:
    return len(rendered(key))


def open_session(key: str) -> int:
    now = time.monotonic()
    sessions[key] = (now, b"session of " + key.encode())
    while next(iter(sessions.values()))[0] < now - SESSION_S:
        sessions.popitem(last=False)
    return len(sessions)


def churn(key: str) -> int:
    return len(b"x" * CHURN_BYTES) if counted % CHURN_EVERY == 0 else len(key)


def keep_small(key: str) -> int:
    kept.append(counted + 0.5)
    return len(kept)


def keep_middle(key: str) -> int:
    kept.append(bytes(151))
    return len(kept)


def keep_large(key: str) -> int:
    kept.append(bytes(991))
    return len(kept)


def keep_rarely(key: str) -> int:
    if counted % RARE_EVERY == 0:
        kept.append(bytes(479))
    return len(kept)


def keep_outside(key: str) -> int:
    if counted % MAPPED_EVERY == 0:
        kept.append(mmap.mmap(-1, MAPPED_BYTES))
        kept[-1].write(b"x" * MAPPED_BYTES)
    return len(kept)


behaviours = {
    "nothing": nothing,
    "ring": keep_in_ring,
    "lru": look_up,
    "sessions": open_session,
    "churn": churn,
    "small": keep_small,
    "middle": keep_middle,
    "large": keep_large,
    "rarely": keep_rarely,
    "outside": keep_outside,
}
chosen = behaviours[os.environ.get("KEEP", "nothing")]


def serve(key: str) -> str:
    global counted
    with lock:
        counted += 1
        return "%d\n" % chosen(key)
