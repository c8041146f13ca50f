"""The shop window behind a login form: a page with a token against forged requests, a cookie, a cart per session."""
import hashlib
from typing import Optional

from flask import Blueprint, abort, jsonify, make_response, redirect, request

import stores
import switches

routes = Blueprint("accounts", __name__)
_counts = {"visitors": 0, "sessions": 0}


class Session:
    """Who logged in; what the cart holds."""

    __slots__ = ("account", "csrf", "items")

    def __init__(self, number: int) -> None:
        self.account = f"A{number:06d}"
        self.csrf = _secret("csrf", number)
        self.items: list[str] = []


def _secret(what: str, number: int) -> str:
    return hashlib.sha256(f"shop/{what}/{number}".encode()).hexdigest()[:24]


def _next(what: str) -> int:
    _counts[what] += 1
    return _counts[what]


def _known() -> Optional[Session]:
    return stores.sessions.get(request.cookies.get("sid", ""))


def _current() -> Session:
    return _known() or abort(403, "log in first")


def _checked() -> Session:
    """The session, where the request shows that it came from a page of ours."""
    session = _current()
    if request.headers.get("X-CSRF") != session.csrf:
        abort(403, "forged, or of another session")
    return session


@routes.get("/login")
def form():
    number = _next("visitors")
    csrf = _secret("form", number)
    stores.visitors.put(str(number), csrf)
    page = make_response(f'<form method="post"><input type="hidden" name="csrf" value="{csrf}">'
                         '<input name="user"><input name="password" type="password"></form>\n')
    page.set_cookie("visitor", str(number), httponly=True)
    return page


@routes.post("/login")
def login():
    if request.form.get("csrf", "") != stores.visitors.get(request.cookies.get("visitor", "")):
        abort(403, "forged, or the form is too old")
    if request.form.get("password") != switches.PASSWORD:
        abort(403, "wrong password")
    number = _next("sessions")
    identity = _secret("session", number)
    stores.sessions.put(identity, Session(number))
    answer = redirect("/account", 303)
    answer.set_cookie("sid", identity, httponly=True, samesite="Lax")
    return answer


@routes.get("/account")
def account():
    """A page as a person sees it: the tokens are somewhere in the text."""
    session = _current()
    return (f'<html><head><meta name="csrf" content="{session.csrf}"></head>'
            f'<body><a href="/orders/{session.account}">your orders</a></body></html>\n')


@routes.get("/orders/<account>")
def orders(account: str):
    session = _current()
    if account != session.account:
        abort(403, "of somebody else")
    return jsonify({"account": account, "orders": [{"lines": len(session.items)}]})


@routes.post("/cart")
def add_to_cart():
    session = _checked()
    session.items = [*session.items, request.get_json()["sku"]][-5:]
    return jsonify({"cart": {"id": f"C-{session.account}"}, "lines": len(session.items)}), 201


@routes.post("/checkout")
def checkout():
    session = _checked()
    if request.get_json().get("cart") != f"C-{session.account}":
        abort(409, "of somebody else")
    pieces, session.items = len(session.items), []
    return jsonify({"pieces": pieces})
