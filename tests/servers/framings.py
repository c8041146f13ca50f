"""A server on $PORT whose answers end in every way that HTTP/1.1 knows, and in some that are no HTTP: a thread per connection, raw sockets.

/length, /chunked (with a trailer), /until-close, /none (204), /early (103 first), /status/N, /download/BYTES, /events (text/event-stream), /socket (an
upgrade: what comes is echoed), /garbage, /cut (less than its length), /silent (closes). A body is read to its end and counted: X-Body says its bytes,
X-Head what came before it, so that a test sees what a proxy made of it.
"""
import os
import socketserver

CHUNK = b"x" * 65536


class Handler(socketserver.StreamRequestHandler):
    def say(self, text: str, body: bytes = b"") -> None:
        self.wfile.write(text.replace("\n", "\r\n").encode() + body)

    def read_body(self, fields: dict[str, str]) -> int:
        total = 0
        if fields.get("transfer-encoding") == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                total += len(self.rfile.read(size))
                self.rfile.readline()
            while self.rfile.readline() not in (b"\r\n", b""):
                pass
            return total
        left = int(fields.get("content-length", "0"))
        while left > 0 and (piece := self.rfile.read(min(left, 65536))):
            left -= len(piece)
            total += len(piece)
        return total

    def one(self) -> bool:
        """False: the connection is closed."""
        lines: list[str] = []
        while (line := self.rfile.readline()) not in (b"\r\n", b""):
            lines.append(line.decode("latin-1").rstrip("\r\n"))
        if not lines:
            return False
        method, path, version = lines[0].split(" ")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        if fields.get("expect") == "100-continue":
            self.say("HTTP/1.1 100 Continue\n\n")
        body = self.read_body(fields)
        head = f"X-Body: {body}\nX-Head: {' | '.join(lines)}\n"
        keep = fields.get("connection", "").lower() != "close" and version == "HTTP/1.1"
        return self.answer(method, path.split("?")[0], head + ("" if keep else "Connection: close\n")) and keep

    def answer(self, method: str, path: str, head: str) -> bool:
        if path == "/chunked":
            self.say(f"HTTP/1.1 200 OK\n{head}Transfer-Encoding: chunked\nTrailer: X-After\n\n6\nchunk \n3\ned.\n0\nX-After: yes\n\n")
        elif path == "/until-close":
            self.say(f"HTTP/1.1 200 OK\n{head}\n", b"until the end\n")
            return False
        elif path == "/none":
            self.say(f"HTTP/1.1 204 No Content\n{head}\n")
        elif path == "/early":
            self.say(f"HTTP/1.1 103 Early Hints\nLink: </a.css>\n\nHTTP/1.1 200 OK\n{head}Content-Length: 2\n\nok")
        elif path.startswith("/status/"):
            self.say(f"HTTP/1.1 {path[8:]} Said\n{head}Content-Length: 0\n\n")
        elif path.startswith("/download/"):
            size = int(path[10:])
            self.say(f"HTTP/1.1 200 OK\n{head}Content-Length: {size}\n\n")
            for _ in range(size // len(CHUNK)):
                self.wfile.write(CHUNK)
            self.wfile.write(CHUNK[:size % len(CHUNK)])
        elif path == "/events":
            self.say(f"HTTP/1.1 200 OK\n{head}Content-Type: text/event-stream\nCache-Control: no-store\n\n")
            for number in range(3):
                self.say(f"data: {number}\n\n")
            return False
        elif path == "/socket":
            self.say("HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\n\n")
            while piece := self.connection.recv(65536):
                self.connection.sendall(piece)
            return False
        elif path == "/garbage":
            self.say("SSH-2.0-OpenSSH_9.2\n")
            return False
        elif path == "/cut":
            self.say(f"HTTP/1.1 200 OK\n{head}Content-Length: 100\n\nshort")
            return False
        elif path == "/silent":
            return False
        else:
            self.say(f"HTTP/1.1 200 OK\n{head}Keep-Alive: timeout=5\nX-Hop: 1\nConnection: keep-alive, X-Hop\nContent-Length: 7\n\n", b"" if method == "HEAD" else b"length\n")
        return True

    def handle(self) -> None:
        try:
            while self.one():
                pass
        except (OSError, ValueError):
            pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
