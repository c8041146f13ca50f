"""The pricing service: puts the parts together.  gunicorn -w 1 -b 127.0.0.1:8000 app:app"""
import gc

from flask import Flask, Response, g, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, Counter, generate_latest
from werkzeug.exceptions import HTTPException

import carts
import debug
import hooks
import products
import quotes
import sessions
import tariffs
import timing
from caches import request_log
from registry import Registry

app = Flask(__name__)
for part in (quotes, products, carts, sessions, tariffs, hooks, debug):
    app.register_blueprint(part.routes)

_requests = Counter("pricing_requests", "Requests answered", ("method", "route", "status"))
_OWN_PAGES = ("/health", "/metrics", "/debug/")
_NOT_LOGGED = ("/quote/<sku>", "/price-history/<sku>/<day>")  # too many for the support desk's ring


@app.before_request
def start_clock():
    g.started_s = timing.now_s()


@app.after_request
def count(response):
    route = request.url_rule.rule if request.url_rule else "(none)"
    _requests.labels(request.method, route, response.status_code).inc()
    if not route.startswith(_OWN_PAGES):
        Registry.tally(route, timing.elapsed_s(g.started_s))
        if route not in _NOT_LOGGED:
            request_log.add(request.method, route, response.status_code, response.content_length or 0)
    return response


@app.errorhandler(HTTPException)
def say_why(error: HTTPException):
    return jsonify({"error": error.description}), error.code


@app.get("/health")
def health():
    return jsonify({"status": "ok"})


@app.get("/metrics")
def metrics():
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


gc.collect()
gc.freeze()  # what was imported stays for good: collections need not walk it (12 ms each) again
