"""A server whose memory does not grow, with what makes a verdict on it doubtful. All but /heap is answered "ok".

/heap tells what is live in it, as JSON, and when it began. In the environment:
  READS_ADD=N      each reading of /heap leaves N bytes
  RESTART_AFTER=N  after N requests it says that it began anew, with a third of what was live
  BALLAST=N        so many MiB are resident all along
  RESERVE=1        nearly all of the address space that `ulimit -v` leaves is taken
  REQUESTS_EACH=N  a worker answers, and is replaced after N requests
"""
import json
import mmap
import os
import resource
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

reads_add = int(os.environ.get("READS_ADD", "0"))
restart_after = int(os.environ.get("RESTART_AFTER", "0"))
requests_each = int(os.environ.get("REQUESTS_EACH", "0"))
ballast = bytearray(int(os.environ.get("BALLAST", "0")) << 20)
state = {"requests": 0, "reads": 0}


def reserve():
    """What is left is enough for the stacks of some threads."""
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    with open("/proc/self/statm") as statm:
        used = int(statm.read().split()[0]) * resource.getpagesize()
    return mmap.mmap(-1, limit - used - (64 << 20))


def heap():
    state["reads"] += 1
    anew = 0 < restart_after < state["requests"]
    live = (1_000_000 if anew else 3_000_000) + reads_add * state["reads"]
    return json.dumps({"live_bytes": live, "process_start_time": 2000 if anew else 1000})


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # an answer is one packet

    def do_GET(self):
        state["requests"] += self.path == "/ok"
        body = (heap() if self.path == "/heap" else "ok").encode()
        if self.path == "/metrics":
            body = b"process_start_time_seconds %d\n" % json.loads(heap())["process_start_time"]
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
        if requests_each and state["requests"] >= requests_each:
            os._exit(0)

    def log_message(self, *arguments):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


reserved = reserve() if os.environ.get("RESERVE") else None
server = Server(("127.0.0.1", int(os.environ["PORT"])), Handler)
while requests_each:
    worker = os.fork()
    if worker == 0:
        break
    os.waitpid(worker, 0)
server.serve_forever()
