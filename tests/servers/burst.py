#!/usr/bin/env python3
"""A server whose memory is known, on $PORT.

/burst takes MIB (96) MiB while it answers and gives them back before it does; anything else takes nothing. Large blocks come by mmap() from
glibc and go back by munmap(): what was reached is in VmHWM alone.
"""
import ctypes
import http.server
import os

BYTES = int(os.environ.get("MIB", "96")) << 20
libc = ctypes.CDLL(None)
libc.mallopt(-3, 1 << 20)  # M_MMAP_THRESHOLD: said once, it no longer adapts


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        if self.path == "/burst":
            block = bytearray(BYTES)
            block[::4096] = b"x" * len(block[::4096])  # each page is touched
            del block
        self.send_response(200)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"ok\n")

    def log_message(self, *_: object) -> None:
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
