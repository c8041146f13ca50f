"""Sessions: 400 at most, the oldest goes first. Whoever comes without one is given an anonymous one."""
import hashlib
from collections import OrderedDict

from flask import Blueprint, abort, after_this_request, jsonify, request

CEILING = 400
routes = Blueprint("sessions", __name__)
_sessions: OrderedDict[str, dict] = OrderedDict()
_opened = 0


def open_session(user: str) -> str:
    global _opened
    _opened += 1
    token = hashlib.sha256(f"staging/{_opened}/{user}".encode()).hexdigest()[:32]
    _sessions[token] = {"user": user, "number": _opened}
    if len(_sessions) > CEILING:
        _sessions.popitem(last=False)
    return token


def current() -> dict:
    """The caller's session; a new one where the request brings none that is still known."""
    token = request.cookies.get("sid", "")
    if token not in _sessions:
        token = open_session("guest")

        @after_this_request
        def remember(response):
            response.set_cookie("sid", token, httponly=True)
            return response
    return _sessions[token]


def count() -> int:
    return len(_sessions)


@routes.post("/session/login")
def login():
    """Staging takes any password."""
    user = request.get_json().get("user") or abort(400, "who are you?")
    return jsonify({"user": user, "token": open_session(user)})
