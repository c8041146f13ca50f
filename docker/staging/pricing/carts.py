"""Carts. A cart that is not in the store is rebuilt from its number, so that every number always answers."""
import random

from flask import Blueprint, abort, jsonify, request

import catalog
import prices
import sessions
from caches import Lru

routes = Blueprint("carts", __name__)
carts = Lru(256)
_MOST_LINES = 12


def _rebuilt(number: int) -> dict[int, dict]:
    rng = random.Random(number)
    category = rng.choice(list(catalog.CATEGORIES))
    items = rng.sample(catalog.page(category, rng.randrange(1, 6), 20), rng.randrange(1, 5))
    return {line: {"sku": item.sku, "qty": rng.randrange(1, 4)} for line, item in enumerate(items, 1)}


def _cart(number: int) -> dict[int, dict]:
    return carts.get(number, lambda: _rebuilt(number))


def _answer(number: int, cart: dict[int, dict]) -> dict:
    lines = [{"line": line, **entry, "cents": catalog.by_sku(entry["sku"]).cents} for line, entry in cart.items()]
    return {"cart": number, "lines": lines, "cents": sum(line["cents"] * line["qty"] for line in lines)}


def _checked(entry: dict) -> dict:
    if catalog.by_sku(entry["sku"]) is None or not 1 <= int(entry["qty"]) <= 999:
        abort(400, "no such product, or a strange quantity")
    return {"sku": entry["sku"], "qty": int(entry["qty"])}


@routes.get("/cart/<int:number>")
def cart(number: int):
    sessions.current()
    return jsonify(_answer(number, _cart(number)))


@routes.post("/cart/<int:number>/items")
def add_item(number: int):
    """Puts a product in, or changes its quantity where it is in already; the oldest line of a full cart goes."""
    entry, lines = _checked(request.get_json()), _cart(number)
    line = next((line for line, old in lines.items() if old["sku"] == entry["sku"]), max(lines, default=0) + 1)
    lines[line] = entry
    if len(lines) > _MOST_LINES:
        del lines[min(lines)]
    return jsonify({"cart": number, "added": entry}), 201


@routes.put("/cart/<int:number>/items/<int:line>")
def set_item(number: int, line: int):
    if not 1 <= line <= _MOST_LINES:
        abort(400, "no such line")
    entry = _cart(number)[line] = _checked(request.get_json())
    return jsonify({"cart": number, "line": line, **entry})


@routes.delete("/cart/<int:number>/items/<int:line>")
def remove_item(number: int, line: int):
    _cart(number).pop(line, None)
    return "", 204


@routes.post("/checkout")
def checkout():
    order = request.get_json()
    sessions.current()
    lines = [_checked(line) for line in order["lines"]]
    cents = sum(catalog.by_sku(line["sku"]).cents * line["qty"] for line in lines)
    currency = order.get("currency", "EUR")
    if currency not in prices.PER_EURO:
        abort(400, "currency not served")
    return jsonify({"order": f"{order['cart']:06d}", "pieces": sum(line["qty"] for line in lines),
                    "total": prices.convert(cents, currency), "currency": currency}), 201
