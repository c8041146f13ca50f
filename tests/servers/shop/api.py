"""What programs use: a bearer token that runs out, stock, product pages."""
import hashlib

from flask import Blueprint, abort, jsonify, request

import stores
import switches

routes = Blueprint("api", __name__)
_counts = {"tokens": 0, "stock": 0}


class Token:
    __slots__ = ("uses",)

    def __init__(self) -> None:
        self.uses = 0


@routes.post("/token")
def token():
    wanted = request.get_json(silent=True) or {}
    if wanted.get("password") != switches.PASSWORD:
        abort(403, "wrong password")
    _counts["tokens"] += 1
    text = hashlib.sha256(f"shop/token/{_counts['tokens']}".encode()).hexdigest()[:32]
    stores.tokens.put(text, Token())
    return jsonify({"token": text, "user": wanted.get("user")})


@routes.get("/api/order/<int:number>")
def order(number: int):
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    held = stores.tokens.get(text) if scheme == "Bearer" else None
    if held is None or 0 < switches.TOKEN_USES <= held.uses:
        abort(401, "a token, please")
    held.uses += 1
    return jsonify({"order": number, "cents": number * 7919 % 10000})


@routes.post("/expire")
def expire():
    """Every token is over from now on."""
    stores.tokens.clear()
    return "", 204


@routes.get("/tokens")
def tokens():
    """How many were ever given out: what a test compares with."""
    return jsonify({"given": _counts["tokens"]})


@routes.get("/stock/<sku>")
def stock(sku: str):
    """After STOCK_CALLS calls it is broken, and says so with 200 as many do."""
    _counts["stock"] += 1
    if 0 < switches.STOCK_CALLS < _counts["stock"]:
        return {"ok": False, "detail": "connection to db-7 lost"}, {"Cache-Control": "no-store"}
    return {"ok": True, "sku": sku, "pieces": 12}, {"Cache-Control": "max-age=60"}


@routes.get("/product/<sku>")
def product(sku: str):
    """Any sku has a page. It is rendered once, and again where it was forgotten."""
    return stores.pages.made(sku, lambda: f"<h1>{sku}</h1>\n".ljust(400))
