"""An orders service (Flask, one thread) that keeps something of some requests only: LEAK says of which.

    off, all            none, every one
    value               GET /orders/{id} in one currency (currency=JPY, one in twenty)
    missing             GET /orders/{id} of orders that are not there (404: every thirteenth number)
    refused             POST /orders that is refused (400: no quantity)
    field               POST /orders with the field "gift"
    nested              POST /orders of one warehouse (ship.from = OSL)
    amount              POST /orders of 100 pieces and more
    both                GET /orders/{id} in one currency for phones only (currency=JPY and a User-Agent)
    path                GET /orders/{id} of one order (7, one in forty; four records each)
    variety             GET /orders/{id}: an entry for each key that it has not seen (keys are made fresh)
    third               every third call of GET /orders/{id}, whatever it asks for

Started as `orders.py`: it listens on 127.0.0.1:$PORT.
"""
import os

from flask import Flask, jsonify, request

app = Flask(__name__)
LEAK = os.environ.get("LEAK", "off")
kept = []
seen = {}
calls = 0


def keep():
    """A record of eight objects. What the interpreter itself fills up in tens of thousands of calls (about 1,100 objects in all,
    0.03 a call at first) is not to look like a leak of one request in thirty."""
    kept.append([bytes(40) for _ in range(7)])


def order_leaks(number, currency):
    global calls
    calls += 1
    return {
        "all": True,
        "value": currency == "JPY",
        "missing": number % 13 == 0,
        "both": currency == "JPY" and "Phone" in request.headers.get("User-Agent", ""),
        "path": number == 7,
        "third": calls % 3 == 0,
    }.get(LEAK, False)


@app.get("/orders/<int:number>")
def order(number):
    currency = request.args.get("currency", "EUR")
    if order_leaks(number, currency):
        for _ in range(4 if LEAK == "path" else 1):
            keep()
    if LEAK == "variety":
        seen.setdefault(number, [bytes(40) for _ in range(7)])
    if number % 13 == 0 and LEAK != "variety":
        return jsonify(error="no such order"), 404
    return jsonify(number=number, currency=currency)


@app.post("/orders")
def add():
    body = request.get_json()
    refused = "quantity" not in body
    if {
        "refused": refused,
        "field": "gift" in body,
        "nested": body.get("ship", {}).get("from") == "OSL",
        "amount": body.get("quantity", 0) >= 100,
    }.get(LEAK, False):
        keep()
    return (jsonify(error="how many?"), 400) if refused else (jsonify(added=body["sku"]), 201)


@app.get("/health")
def health():
    return jsonify(ok=True)


@app.get("/stock")
def stock():
    return jsonify(pieces=[3, 1, 4])


if __name__ == "__main__":
    app.run("127.0.0.1", int(os.environ["PORT"]), threaded=False)
