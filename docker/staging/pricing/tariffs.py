"""Rates, taxes, shipping, promotions, discount codes, and the monthly report."""
from array import array
from datetime import date
from zlib import crc32

from flask import Blueprint, abort, jsonify, request

import prices
import sessions

routes = Blueprint("tariffs", __name__)
_TAX_PERCENT = {"DE": 19, "FR": 20, "NL": 21, "PL": 23, "SE": 25, "CH": 8, "GB": 20, "US": 0, "JP": 10}
_PROMOTIONS = [{"code": f"SPRING{percent}", "percent": percent, "from_cents": percent * 1000} for percent in (5, 8, 10, 15)]


@routes.get("/rates")
def rates():
    base = request.args.get("base", "EUR")
    if base not in prices.PER_EURO:
        abort(404, "no such currency")
    return jsonify({"base": base, "rates": {to: round(per / prices.PER_EURO[base], 6)
                                            for to, per in prices.PER_EURO.items()}})


@routes.get("/tax")
def tax():
    country = request.args.get("country", "DE")
    percent = _TAX_PERCENT.get(country)
    if percent is None:
        abort(404, "no such country")
    amount = request.args.get("amount", 0.0, float)
    return jsonify({"country": country, "percent": percent, "tax": round(amount * percent / 100, 2)})


@routes.get("/shipping/estimate")
def shipping():
    zone = crc32(request.args.get("zip", "").encode()) % 5
    grams = request.args.get("grams", 500, int)
    return jsonify({"zone": zone, "cents": 390 + 110 * zone + grams // 20, "days": 1 + zone})


@routes.get("/promotions")
def promotions():
    sessions.current()
    return jsonify({"promotions": _PROMOTIONS})


@routes.post("/discounts/validate")
def validate_discount():
    wanted = request.get_json()
    match = next((entry for entry in _PROMOTIONS if entry["code"] == wanted["code"]), None)
    valid = match is not None and int(wanted["cents"]) >= match["from_cents"]
    return jsonify({"code": wanted["code"], "valid": valid, "percent": match["percent"] if valid else 0})


@routes.get("/report/<month>")
def report(month: str):
    """Hourly prices of a thousand products for one month, about 6 MB, for as long as the answer takes."""
    try:
        first = date.fromisoformat(month + "-01")
    except ValueError:
        abort(400, "a month is YYYY-MM")
    level = first.toordinal() % 365
    profile = array("d", (100 + level + hour % 24 for hour in range(744)))
    hourly = [profile[:] for _ in range(1000)]
    means = [sum(hours[::93]) / 8 for hours in hourly]
    return jsonify({"month": month, "products": len(hourly), "mean": round(sum(means) / len(means), 3)})
