"""The shop window: products, pages of them, search, stock, price history."""
from datetime import date
from zlib import crc32

from flask import Blueprint, abort, jsonify, request

import catalog
import prices
import sessions

routes = Blueprint("products", __name__)
_PAGE = 20
_WAREHOUSES = ("ams", "ber", "gdn", "lyo")


def _by_id_or_404(identity) -> catalog.Product:
    return catalog.by_id(str(identity)) or abort(404, "no such product")


def _by_sku_or_404(sku: str) -> catalog.Product:
    return catalog.by_sku(sku) or abort(404, "no such product")


@routes.get("/product/<uuid:identity>")  # and HEAD, for the price-comparison crawlers
def product(identity):
    return jsonify(_by_id_or_404(identity)._asdict())


@routes.get("/products")
def products():
    category = request.args.get("category", "keyboards")
    number = max(1, request.args.get("page", 1, int))
    found = catalog.page(category, number, _PAGE)
    return jsonify({"category": category, "page": number, "products": [item._asdict() for item in found]})


@routes.get("/search")
def search():
    words = request.args.get("q", "")[:40]
    found = catalog.search(words, min(50, request.args.get("limit", 10, int)))
    return jsonify({"q": words, "found": [{"sku": sku, "name": name, "cents": cents} for sku, name, cents in found]})


@routes.get("/availability/<sku>")
def availability(sku: str):
    item = _by_sku_or_404(sku)
    warehouse = request.args.get("warehouse", _WAREHOUSES[0])
    if warehouse not in _WAREHOUSES:
        abort(400, "no such warehouse")
    pieces = crc32(f"{item.sku}@{warehouse}".encode()) % 240
    return jsonify({"sku": item.sku, "warehouse": warehouse, "pieces": pieces, "days": 1 if pieces else 9})


@routes.get("/price-history/<sku>/<day>")
def price_history(sku: str, day: str):
    try:
        last = date.fromisoformat(day)
    except ValueError:
        abort(400, "a date is YYYY-MM-DD")
    return jsonify({"sku": sku, "days": prices.history(_by_sku_or_404(sku), last, 14)})


@routes.get("/recommendations/<uuid:identity>")
def recommendations(identity):
    sessions.current()
    item = _by_id_or_404(identity)
    others = catalog.page(item.category, 1 + crc32(item.sku.encode()) % 5, 6)
    return jsonify({"for": item.sku, "products": [other.sku for other in others if other.sku != item.sku][:5]})
