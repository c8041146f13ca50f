"""Quotes: one product at a time (GET), or a list of them (POST); and the day's order book."""
from flask import Blueprint, abort, jsonify, request

import catalog
import prices
import switches
import timing
from registry import Registry

routes = Blueprint("quotes", __name__)
_book = {"open": False}


def _timing_is_kept(currency: str) -> bool:
    if switches.LEAK == "param":
        return currency == "JPY"
    if switches.LEAK == "latched":
        return _book["open"]
    return switches.LEAK in ("on", "more")


def _priced(sku: str, quantity: int, currency: str) -> dict:
    product = catalog.by_sku(sku)
    if product is None:
        abort(404, "no such product")
    quoted = prices.quote(product, quantity, currency)
    if quoted is None:
        abort(400, "currency or quantity not served")
    return quoted


@routes.get("/quote/<sku>")
def quote(sku: str):
    started_s = timing.now_s()
    currency = request.args.get("currency", "EUR")
    answer = jsonify(_priced(sku, request.args.get("qty", 1, int), currency))
    took_s = timing.elapsed_s(started_s)
    if _timing_is_kept(currency):
        Registry.keep("quote", took_s)
        if switches.LEAK == "more":
            Registry.keep_line("quote", answer.get_data(as_text=True).ljust(1024))
    else:
        Registry.tally("quote", took_s)
    return answer


@routes.post("/quote")
def quote_list():
    wanted = request.get_json()
    currency = wanted.get("currency", "EUR")
    lines = [_priced(line["sku"], int(line["qty"]), currency) for line in wanted["lines"]]
    return jsonify({"lines": lines, "currency": currency, "total": round(sum(line["total"] for line in lines), 2)})


@routes.post("/open-book")
def open_book():
    """Trading starts: from now on quotes belong to the day's book."""
    _book["open"] = True
    return jsonify({"desk": request.get_json().get("desk", "main"), "book": "open"})
