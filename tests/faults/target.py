#!/usr/bin/env python3
"""A server with a fault: FAULT names it, FAULT_AFTER says after how many requests it begins. target.py PORT

FAULT_FILE is made then. /memory tells what it keeps, /sites the same as tracemalloc would, everything else is answered "ok"; LEAK=on keeps an object of 64 bytes per
request. Neither page counts as a request. Bare sockets and threads, so that any byte and any end can be sent.
"""
import json
import os
import signal
import socket
import struct
import sys
import threading
import time

PORT = int(sys.argv[1])
FAULT = os.environ.get("FAULT", "none")
AFTER = int(os.environ.get("FAULT_AFTER", "700"))
FOR = int(os.environ.get("FAULT_FOR", "1000000000"))  # so many requests
FILE = os.environ.get("FAULT_FILE")
LEAK = os.environ.get("LEAK") == "on"
count, kept, lock = 0, 0, threading.Lock()
listener = socket.socket()


def whole(body: bytes, status: str = "200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(body), body)


def figures() -> bytes:
    return whole(json.dumps({"objects": 5000 + kept, "bytes": 400000 + 64 * kept}).encode())


def sites() -> bytes:
    size, number = 400000 + 64 * kept, 5000 + kept
    return whole(b"/srv/app.py:7: size=%d B, count=%d, average=%d B\n" % (size, number, size // number))


def kill(peer: socket.socket) -> bytes:
    os.kill(os.getpid(), signal.SIGKILL)
    return b""


def stop(peer: socket.socket) -> bytes:
    os.kill(os.getpid(), signal.SIGSTOP)
    return b""


def leave(peer: socket.socket) -> bytes:
    os._exit(137)


def eat(peer: socket.socket) -> bytes:  # until the kernel ends it
    eaten = []
    while True:
        eaten.append(bytearray(b"x" * (4 << 20)))


def hand_over(peer: socket.socket) -> bytes:  # to another process, which keeps the port open all the time
    if os.fork() > 0:
        os._exit(0)
    global count
    count = -(10**9)
    threading.Thread(target=accept_all).start()
    return whole(b"ok")


def refuse(peer: socket.socket) -> bytes:
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    peer.close()
    return b""


def stop_accepting(peer: socket.socket) -> bytes:
    global accepting
    accepting = False
    listener.listen(0)
    peer.close()
    return b""


def silent(peer: socket.socket) -> bytes:
    time.sleep(600)
    return b""


def half(peer: socket.socket) -> bytes:
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhalf")
    time.sleep(600)
    return b""


def reset(peer: socket.socket) -> bytes:
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhalf")
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()
    return b""


def says(answer: bytes):
    return lambda peer: answer


def cut(peer: socket.socket) -> bytes:
    peer.sendall(sites()[:-20])
    peer.close()
    return b""


ANY, MEMORY, SITES = "/", "/memory", "/sites"
FAULTS = {
    "none": (ANY, None),
    "kill": (ANY, kill),
    "stop": (ANY, stop),
    "exit-137": (ANY, leave),
    "oom": (ANY, eat),
    "hand-over": (ANY, hand_over),
    "refuse": (ANY, refuse),
    "backlog": (ANY, stop_accepting),
    "silent": (ANY, silent),
    "half": (ANY, half),
    "reset": (ANY, reset),
    "full": (ANY, says(whole(b"No space left on device", "507 Insufficient Storage"))),
    "full-500": (ANY, says(whole(b"OSError: [Errno 28]", "500 Internal Server Error"))),
    "memory-500": (MEMORY, says(whole(b"no", "500 Internal Server Error"))),
    "memory-silent": (MEMORY, silent),
    "memory-garbage": (MEMORY, says(whole(b"\x00\xff{]"))),
    "memory-empty": (MEMORY, says(whole(b""))),
    "memory-text": (MEMORY, says(whole(b'{"objects": "5000", "bytes": null}'))),
    "memory-reset": (MEMORY, reset),
    "sites-500": (SITES, says(whole(b"no", "500 Internal Server Error"))),
    "sites-silent": (SITES, silent),
    "sites-garbage": (SITES, says(whole(b"\x00\xff/srv/app.py:7: size=many"))),
    "sites-cut": (SITES, cut),
}
PLACE, FAULTY = FAULTS[FAULT]
accepting = True


def answer(peer: socket.socket, path: str) -> bytes:
    global count, kept
    page = {MEMORY: figures, SITES: sites}.get(path)
    with lock:
        if page is None and path != "/health":
            count += 1
            kept += LEAK
        if count == AFTER and FILE and not os.path.exists(FILE):
            open(FILE, "w").close()
        faulty = FAULTY is not None and AFTER <= count < AFTER + FOR and path.startswith(PLACE) and path != "/health"
        faulty = faulty and (PLACE != ANY or page is None or FAULT in ("silent", "half", "reset"))
    if faulty:
        return FAULTY(peer)
    return page() if page is not None else whole(b"ok")


def serve(peer: socket.socket) -> None:
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    heard = b""
    try:
        while True:
            while b"\r\n\r\n" not in heard:
                more = peer.recv(65536)
                if not more:
                    peer.close()
                    return
                heard += more
            head, _, heard = heard.partition(b"\r\n\r\n")
            peer.sendall(answer(peer, head.split(b" ", 2)[1].decode().partition("?")[0]))
    except OSError:
        pass


def accept_all() -> None:
    while True:
        if not accepting:
            time.sleep(600)
        try:
            peer, _ = listener.accept()
        except OSError:
            time.sleep(600)
            continue
        threading.Thread(target=serve, args=(peer,), daemon=True).start()


listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", PORT))
listener.listen(64)
accept_all()
