"""A long answer in pieces, and what becomes of it where the client hangs up."""
import time

from flask import Blueprint, Response

import stores
import switches

routes = Blueprint("export", __name__)
_PIECES = 8
_PIECE = b"line\n" * 200


def _pieces():
    whole = False
    try:
        for piece in [_PIECE] * _PIECES:
            yield piece
            time.sleep(0.001)  # as long as the next piece takes to make
        whole = True
    finally:
        if not whole and switches.LEAK == "abandoned":
            stores.hung_up.append(bytearray(piece))  # for when it comes back


@routes.get("/export/<name>")
def export(name: str):
    return Response(_pieces(), mimetype="text/plain")
