"""A small shop: puts the parts together.  gunicorn -w 1 -b 127.0.0.1:8000 app:app"""
import gc
import gzip
import time

from flask import Flask, jsonify, request
from werkzeug.exceptions import HTTPException

import accounts
import api
import debug
import export
import switches

app = Flask(__name__)
for part in (accounts, api, export, debug):
    app.register_blueprint(part.routes)
_OWN_PAGES = ("/health", "/debug/")


@app.before_request
def take_time():
    if switches.DELAY_MS > 0 and not request.path.startswith(_OWN_PAGES):
        time.sleep(switches.DELAY_MS / 1000)


@app.after_request
def code(answer):
    """JSON goes out gzip-coded to whoever takes that."""
    if answer.mimetype == "application/json" and "gzip" in request.headers.get("Accept-Encoding", ""):
        answer.set_data(gzip.compress(answer.get_data(), 6, mtime=0))
        answer.headers["Content-Encoding"] = "gzip"
    return answer


@app.errorhandler(HTTPException)
def say_why(error: HTTPException):
    return jsonify({"error": error.description}), error.code


@app.get("/health")
def health():
    return jsonify({"status": "ok"})


gc.collect()
gc.freeze()  # what was imported stays for good: collections need not walk it again
