"""A server that answers all with 200 on $PORT: HTTP/1.1 without bodies, one thread, epoll; tens of thousands of answers a second.

It keeps how often each path was asked for; /heard tells that as JSON, and forgets it. STALL_AFTER=N, STALL_MS=M: after N requests nothing is
answered for so long, once. KEEP says what stays of each request: "all" of it, what came within "window:SECONDS" (older ones go with the next
request), the "first:N" ones, or "slower" and slower, as the logarithm does.
"""
import collections
import json
import math
import os
import select
import socket
import time

stall_after = int(os.environ.get("STALL_AFTER", "0"))
stall_s = int(os.environ.get("STALL_MS", "0")) / 1000
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nplain\n"
heard: dict[bytes, int] = {}
total = 0
keep, _, amount = os.environ.get("KEEP", "nothing").partition(":")
kept: collections.deque[tuple[float]] = collections.deque()
BUFFER = memoryview(bytearray(65536))  # one for all: what is read in the middle of a request differs by little


def keep_some() -> None:
    if keep == "window":
        while kept and kept[0][0] < time.monotonic() - float(amount):
            kept.popleft()
        kept.append((time.monotonic(),))
    wanted = {"all": total, "first": min(total, int(amount or 0)), "slower": int(1000 * math.log(1 + total))}.get(keep, 0)
    while len(kept) < wanted:
        kept.append((time.monotonic(),))


def said() -> bytes:
    body = json.dumps({path.decode(): count for path, count in heard.items()}).encode()
    heard.clear()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def answer(request: bytes) -> bytes:
    global total
    path = request.split(b" ", 2)[1]
    if path == b"/heard":
        return said()
    heard[path] = heard.get(path, 0) + 1
    total += 1
    keep_some()
    if total == stall_after:
        time.sleep(stall_s)
    return ANSWER


def serve(connection: socket.socket, carried: dict[int, bytes]) -> bool:
    """False: it is closed."""
    fd = connection.fileno()
    try:
        received = bytes(BUFFER[:connection.recv_into(BUFFER)])
        *requests, rest = (carried.pop(fd, b"") + received).split(b"\r\n\r\n")
        if rest:
            carried[fd] = rest
        if requests:
            connection.sendall(b"".join(map(answer, requests)))
        return received != b""
    except OSError:
        return False


def run(listener: socket.socket) -> None:
    poll, connections, carried = select.epoll(), {}, {}
    poll.register(listener, select.EPOLLIN)
    while True:
        for fd, _ in poll.poll(maxevents=16):  # what it allocates meanwhile would be noise in what is read
            if fd == listener.fileno():
                connection, _ = listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connections[connection.fileno()] = connection
                poll.register(connection, select.EPOLLIN)
            elif not serve(connections[fd], carried):
                carried.pop(fd, None)
                connections.pop(fd).close()


run(socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=1024))
