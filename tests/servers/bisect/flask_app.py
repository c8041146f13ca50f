"""Flask, for gunicorn: an endpoint for each word of $ROLES; README.md says what each does and keeps."""
import collections
import functools
import os

from flask import Flask, request

NOTICES_MOST = 64
SWEEP_EVERY = 16
LEAKING_CURRENCY = 7

app = Flask(__name__)
kept: list = []
called: set = set()
notices: list = []


def keep(size: int) -> None:
    if size == 24:
        kept.append(object())
    elif size == 40:
        kept.append(len(kept) + 0.5)
    else:
        kept.append(bytes(size - 41))  # 33 more with its header, 8 for its slot in the list


def plain(size: int):
    def serve(key: int, user: int, currency: int) -> int:
        return len("".join(["row %d of %d" % (row, key) for row in range(size)]))
    return serve


def burst(size: int):
    def serve(key: int, user: int, currency: int) -> int:
        return len(bytearray([key % 256]) * (size << 20))
    return serve


def lru(size: int):
    @functools.lru_cache(maxsize=size)
    def page(key: int) -> str:
        return "page of %d " % key * 10

    return lambda key, user, currency: len(page(key))


def ring(size: int):
    entries = collections.deque(maxlen=size)

    def serve(key: int, user: int, currency: int) -> int:
        entries.append({"key": key, "text": "entry of %d" % key})
        return len(entries)
    return serve


def sessions(size: int):
    opened: "collections.OrderedDict[int, dict]" = collections.OrderedDict()
    calls = 0

    def serve(key: int, user: int, currency: int) -> int:
        nonlocal calls
        calls += 1
        opened[calls] = {"user": "user %d" % user, "cart": [key]}
        while calls % SWEEP_EVERY == 0 and next(iter(opened)) <= calls - size:
            opened.popitem(last=False)
        return len(opened)
    return serve


def lazy(size: int):
    rows: dict = {}
    calls = 0

    def serve(key: int, user: int, currency: int) -> int:
        nonlocal calls
        calls += 1
        if calls > size // 2 and len(rows) < size:
            rows[len(rows)] = "row %d, first asked for by %d" % (calls, user)
        return len(rows)
    return serve


def sawtooth(size: int):
    pending: list = []

    def serve(key: int, user: int, currency: int) -> int:
        pending.append(("pending", key, "text of %d" % key))
        if len(pending) == size:
            pending.clear()
        return len(pending)
    return serve


def leak(size: int):
    return lambda key, user, currency: keep(size)


def param(size: int):
    return lambda key, user, currency: keep(size) if currency == LEAKING_CURRENCY else None


def caller(name: str):
    return lambda size: lambda key, user, currency: called.add(name)


def after(*names: str):
    return lambda size: lambda key, user, currency: keep(size) if called.issuperset(names) else None


def hook(size: int):
    return lambda key, user, currency: notices.append(None) if len(notices) < NOTICES_MOST else None


def flush(size: int):
    def serve(key: int, user: int, currency: int) -> None:
        if notices:
            notices.pop()
            keep(size)
    return serve


roles = {
    "plain": plain, "burst": burst, "lru": lru, "ring": ring, "sessions": sessions, "lazy": lazy, "sawtooth": sawtooth,
    "leak": leak, "param": param, "latch": caller("latch"), "latched": after("latch"), "hook": hook, "flush": flush,
    "first": caller("first"), "second": caller("second"), "third": after("first", "second"),
}


def add_endpoint(number: int, word: str) -> None:
    name, _, size = word.partition(":")
    serve = roles[name](int(size or 0))

    def view() -> str:
        serve(*(request.args.get(field, 0, type=int) for field in ("key", "user", "currency")))
        return "ok\n"

    app.add_url_rule("/p%02d" % number, "p%02d" % number, view)


@app.get("/health")
def health() -> str:
    return "ok\n"


for place, role in enumerate(os.environ.get("ROLES", "").split()):
    add_endpoint(place, role)
