"""The pricing service with a fault: FAULT names it, FAULT_AFTER says after how many requests it begins.

A WSGI wrapper for gunicorn: `gunicorn -w 1 -b 127.0.0.1:PORT --pythonpath .../docker/staging/pricing faulty:app`.
"""
import os
import random
import signal
import socket
import time

from app import app as pricing

FAULT = os.environ.get("FAULT", "none")
AFTER = int(os.environ.get("FAULT_AFTER", "1500"))
CHANCE = random.Random(1)
count = 0


def answer(start_response, status, body):
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def hang_up(environ, start_response):
    environ["gunicorn.socket"].shutdown(socket.SHUT_RDWR)
    return answer(start_response, "200 OK", b"")


def exit_by_itself(environ, start_response):
    os.kill(os.getppid(), signal.SIGTERM)
    time.sleep(30)


def die(environ, start_response):
    os.kill(os.getppid(), signal.SIGKILL)
    os._exit(1)


def replace_worker(environ, start_response):
    os._exit(1)


def hang(environ, start_response):
    time.sleep(600)


def stop(environ, start_response):
    os.kill(os.getpid(), signal.SIGSTOP)


def cut_in_half(environ, start_response):
    body = b"".join(pricing(environ, lambda *_: None))
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body[: len(body) // 2]]


def cut_short(environ, start_response):
    body = b"".join(pricing(environ, lambda *_: None))
    return answer(start_response, "200 OK", body[: len(body) // 2 + 7])


def some(fault, chance=0.1):
    return lambda *given: fault(*given) if CHANCE.random() < chance else pricing(*given)


def says(status, body):
    return lambda environ, start_response: answer(start_response, status, body)


MEMORY, TRACE, ANY = "/debug/memory", "/debug/tracemalloc", "/"
FAULTS = {
    "none": (ANY, pricing),
    "die": (ANY, die),
    "exit": (ANY, exit_by_itself),
    "worker": (ANY, replace_worker),
    "hang": (ANY, hang),
    "stop": (ANY, stop),
    "hang-up": (ANY, hang_up),
    "hang-up-often": (ANY, some(hang_up)),
    "hang-up-rarely": (ANY, some(hang_up, 0.005)),
    "errors": (ANY, says("500 Internal Server Error", b"{}")),
    "errors-often": (ANY, some(says("503 Service Unavailable", b"{}"))),
    "signal-500": (MEMORY, says("500 Internal Server Error", b"no")),
    "signal-hangs": (MEMORY, hang),
    "signal-html": (MEMORY, says("200 OK", b"<html>not JSON</html>")),
    "signal-empty": (MEMORY, says("200 OK", b"")),
    "signal-gone": (MEMORY, says("200 OK", b'{"live_objects": 5000}')),
    "signal-null": (MEMORY, says("200 OK", b'{"live_objects": null, "live_bytes": "many"}')),
    "signal-zero": (MEMORY, says("200 OK", b'{"live_objects": 0, "live_bytes": 0}')),
    "signal-huge": (MEMORY, says("200 OK", b'{"live_objects": 1e308, "live_bytes": 1e400}')),
    "signal-often": (MEMORY, some(says("500 Internal Server Error", b"no"), 0.5)),
    "signal-hangs-up": (MEMORY, hang_up),
    "snapshot-500": (TRACE, says("500 Internal Server Error", b"no")),
    "snapshot-half": (TRACE, cut_in_half),
    "snapshot-short": (TRACE, cut_short),
    "snapshot-html": (TRACE, says("200 OK", b"<html>\x00not a snapshot</html>")),
    "snapshot-hangs-up": (TRACE, hang_up),
}
PLACE, FAULTY = FAULTS[FAULT]


def app(environ, start_response):
    global count
    path = environ["PATH_INFO"]
    count += not path.startswith(("/debug/", "/health"))
    if count < AFTER or not path.startswith(PLACE) or path == "/health":
        return pricing(environ, start_response)
    return FAULTY(environ, start_response)
