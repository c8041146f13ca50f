"""What this process says of its memory."""
import gc
import os
import sys

from flask import Blueprint, jsonify

import stores
import switches

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../docker/staging/pricing"))
import memory  # noqa: E402

routes = Blueprint("debug", __name__, url_prefix="/debug")


@routes.get("/memory")
def memory_in_use():
    gc.collect()
    objects = memory.live_objects()
    return jsonify({"live_objects": objects, "live_bytes": memory.live_bytes(), "leak": switches.LEAK,
                    "pages": len(stores.pages), "sessions": len(stores.sessions), "hung_up": len(stores.hung_up)})
