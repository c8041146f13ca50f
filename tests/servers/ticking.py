"""A server that grows by itself. GET /keep leaves 100 bytes where KEEPS=1; all else is answered "ok"; /heap tells what is live and the pid, as JSON.

TIMER says what a timer adds TICKS times a second (20), 2000 bytes each: "leak" for ever, "ring" until it holds 20 of them. LIVE: bytes that are
live from the beginning.
"""
import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

timer, keeps = os.environ.get("TIMER", ""), os.environ.get("KEEPS") == "1"
live_at_first = int(os.environ.get("LIVE", "3000000"))
ticks_a_second = float(os.environ.get("TICKS", "20"))
began, state = time.monotonic(), {"kept": 0}


def live():
    ticks = int((time.monotonic() - began) * ticks_a_second)
    ticks = {"leak": ticks, "ring": min(ticks, 20)}.get(timer, 0)
    return live_at_first + 2000 * ticks + 100 * state["kept"]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # an answer is one packet

    def do_GET(self):
        state["kept"] += keeps and self.path == "/keep"
        body = (json.dumps({"live_bytes": live(), "pid": os.getpid()}) if self.path == "/heap" else "ok").encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *arguments):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
