"""A server that seep was not tuned on: Python's own http.server, a thread per connection, on $PORT.

LEAK: off; buffer (one object that gets longer, 64 B per call); window (entries of the last 5 seconds); pair (an entry of
each note that a login came before, of the last WINDOW_S seconds, 5); entry (200 B per call). COLD=N: the first N readings of /debug/memory keep 50 KB each, as V8 does while it compiles. WORKERS=N: forks.
"""
import collections
import gc
import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../docker/staging/pricing"))
import memory  # noqa: E402

LEAK = os.environ.get("LEAK", "off")
readings_cold = int(os.environ.get("COLD", "0"))
cold = []
buffer = bytearray()
entries = []
window = collections.deque()
WINDOW_S = float(os.environ.get("WINDOW_S", "5"))
logins = collections.deque(maxlen=200)
ring = collections.deque(maxlen=500)


def keep_a_while(parts):
    now = time.monotonic()
    window.append((now, "event %s" % parts[-1]))
    while window[0][0] < now - WINDOW_S:
        window.popleft()


def note(parts):
    if LEAK == "buffer":
        buffer.extend(b"x" * 64)
    elif LEAK == "entry":
        entries.append(bytes(200 - 33))
    elif LEAK == "window":
        keep_a_while(parts)
    elif LEAK == "pair" and logins:
        logins.popleft()
        keep_a_while(parts)
    return {"noted": parts[-1]}


def login(parts):
    ring.append({"user": parts[-1], "at": time.time()})
    if LEAK == "pair":
        logins.append(True)
    return {"ok": True}


def words(parts):
    return {"words": sorted(parts[-1] * 30)}


def debug(parts):
    if len(cold) < readings_cold:
        cold.append(bytes(50000))
    gc.collect()
    return {"live_objects": memory.live_objects(), "live_bytes": memory.live_bytes()}


ROUTES = {"note": note, "login": login, "words": words, "debug": debug, "health": lambda parts: {}}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # head and body in one segment: without it Nagle's algorithm holds each answer for 40 ms

    def do_GET(self):
        parts = self.path.strip("/").split("/")
        route = ROUTES.get(parts[0])
        body = json.dumps(route(parts) if route else {}).encode()
        self.send_response(200 if route else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


server = Server(("127.0.0.1", int(os.environ["PORT"])), Handler)
workers = []
for _ in range(int(os.environ.get("WORKERS", "0"))):
    pid = os.fork()
    if pid == 0:
        server.serve_forever()
    workers.append(pid)
if workers:
    signal.signal(signal.SIGTERM, lambda *_: [os.kill(pid, signal.SIGTERM) for pid in workers] and sys.exit(0))
    os.wait()
else:
    server.serve_forever()
