"""The one switch of this service, LEAK, read once when the process starts."""
import os
import sys

MODES = {
    "off": "nothing is kept",
    "on": "GET /quote/<sku> keeps one timing per call",
    "more": "as on, and 1 KiB of rendered quote with each",
    "param": "as on, but only where currency=JPY",
    "latched": "as on, but only after POST /open-book was called once",
    "consumed": "POST /flush keeps one line for each POST /hook that it uses up",
}


def _read() -> str:
    mode = os.environ.get("LEAK", "on")
    if mode not in MODES:
        print(f"pricing: LEAK={mode}: unknown; one of {', '.join(MODES)}", file=sys.stderr)
        raise SystemExit(3)  # gunicorn's own code for "do not start another worker"
    return mode


LEAK = _read()
