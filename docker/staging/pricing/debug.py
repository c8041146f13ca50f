"""What a person, or a leak hunter, asks this process about itself. Each gunicorn worker answers for itself."""
import gc
import os
import tracemalloc

from flask import Blueprint, Response, jsonify, request

import carts
import memory
import prices
import sessions
import switches
from caches import request_log
from registry import Registry

routes = Blueprint("debug", __name__, url_prefix="/debug")
_TOP = 200
_NOT_OURS = (tracemalloc.Filter(False, tracemalloc.__file__), tracemalloc.Filter(False, __file__))


@routes.get("/memory")
def memory_in_use():
    collected = gc.collect() if request.args.get("gc") == "1" else 0
    objects = memory.live_objects()
    return jsonify({"pid": os.getpid(), "leak": switches.LEAK, "kept": Registry.kept(), "collected": collected,
                    "live_objects": objects, "live_bytes": memory.live_bytes(), "rss_bytes": memory.rss_bytes()})


@routes.get("/tracemalloc")
def allocation_sites():
    """The largest sites, a line each; the first request starts the tracing, `?stop=1` ends it."""
    return Response(_sites(request.args.get("stop") == "1"), mimetype="text/plain")


def _sites(stop: bool) -> str:
    if stop:
        tracemalloc.stop()
        return "# tracemalloc: stopped\n"
    if not tracemalloc.is_tracing():
        tracemalloc.start()
        return "# tracemalloc: started; ask again\n"
    gc.collect()
    statistics = tracemalloc.take_snapshot().filter_traces(_NOT_OURS).statistics("lineno")
    return "".join(f"{statistic}\n" for statistic in statistics[:_TOP])


@routes.get("/stores")
def stores():
    """How full each bounded store is."""
    return jsonify({"carts": len(carts.carts), "price_days": len(prices.price_days), "sessions": sessions.count(),
                    "log_lines": len(request_log)})


@routes.get("/log")
def log():
    return Response("\n".join(request_log.tail(100)) + "\n", mimetype="text/plain")
