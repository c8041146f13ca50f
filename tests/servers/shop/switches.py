"""The switches of this shop, read once when the process starts; the defaults leak nothing and fail nothing."""
import os
import sys

LEAKS = {
    "off": "nothing is kept",
    "keys": "GET /product/<sku>: one rendered page for each sku that was ever asked for",
    "abandoned": "GET /export: the last piece for each client that hung up before the end",
}


def _refuse(words: str) -> None:
    print(f"shop: {words}", file=sys.stderr)
    raise SystemExit(3)  # gunicorn's own code for "do not start another worker"


def _leak() -> str:
    mode = os.environ.get("LEAK", "off")
    if mode not in LEAKS:
        _refuse(f"LEAK={mode}: unknown; one of {', '.join(LEAKS)}")
    return mode


def _number(name: str) -> int:
    text = os.environ.get(name, "0")
    if not text.isdigit():
        _refuse(f"{name}={text}: expected a whole number")
    return int(text)


LEAK = _leak()
TOKEN_USES = _number("TOKEN_USES")  # a token runs out after so many requests; 0: never
STOCK_CALLS = _number("STOCK_CALLS")  # GET /stock says {"ok": false} after so many; 0: never
DELAY_MS = _number("DELAY_MS")  # before each answer of the shop
PASSWORD = os.environ.get("SHOP_PASSWORD", "let me in")
