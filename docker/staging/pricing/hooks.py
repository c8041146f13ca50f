"""Suppliers announce new prices (POST /hook); the nightly job takes them in, one per call (POST /flush)."""
from collections import deque

from flask import Blueprint, jsonify, request

import switches
from registry import Registry

routes = Blueprint("hooks", __name__)
pending: deque[str] = deque(maxlen=64)


@routes.post("/hook")
def hook():
    pending.append(request.get_json()["sku"])
    return jsonify({"accepted": True}), 202


@routes.post("/flush")
def flush():
    applied = 0
    if pending:
        sku = pending.popleft()
        applied = 1
        if switches.LEAK == "consumed":
            Registry.keep_line("flush", f"flush: price of {sku:<12} taken over by the nightly job")
    return jsonify({"applied": applied})
