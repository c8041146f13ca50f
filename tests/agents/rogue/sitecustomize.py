"""An agent that breaks after GOOD readings, in the way that ROGUE names: half, garbage, nothing, error, hang, close, vanish."""
import os
import socket
import threading
import time

GOOD = 6


def serve(listener, path):
    readings = 0
    while True:
        connection, _ = listener.accept()
        request = connection.recv(4096)
        if not request:
            connection.close()
            continue
        readings += 1
        body = '{"agent":"python","signals":{"live_objects":1000,"live_bytes":64000}}'
        status, how = 200, os.environ.get("ROGUE") if readings > GOOD else None
        if how == "half":
            body = body[:40]
        elif how == "garbage":
            body = '{"signals":{"live_objects":"1e3","live_bytes":null}}'
        elif how == "nothing":
            body = ""
        elif how == "error":
            status, body = 500, "out of order"
        elif how == "hang":
            time.sleep(3600)
        elif how == "vanish":
            os.unlink(path)
        if how != "close":
            connection.sendall(("HTTP/1.0 %d x\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)).encode())
        connection.close()


directory = os.environ.get("SEEP_AGENT_DIR")
if directory:
    with open("/proc/self/stat") as stat:
        start = stat.read().rsplit(") ", 1)[1].split()[19]
    path = "%s/python-%d-%s.sock" % (directory, os.getpid(), start)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    threading.Thread(target=serve, args=(listener, path), daemon=True).start()
