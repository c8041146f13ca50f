"""Flask, for gunicorn: GET /item?key=KEY, GET /health."""
import os
import sys

from flask import Flask, request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from behaviours import serve  # noqa: E402

app = Flask(__name__)


@app.get("/health")
def health():
    return "ok\n"


@app.get("/item")
def item():
    return serve(request.args["key"])
