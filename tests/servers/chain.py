"""A service whose answers are needed by later requests, on $PORT: a cookie from POST /session/login, a token from POST /login, the id of a
cart from POST /carts. Without them it answers 401 and 404. All values are random: those of one process are nothing to another.
"""
import http.server
import json
import os
import secrets
import socketserver

known: set[str] = set()


def new() -> str:
    value = secrets.token_hex(12) + "a7"
    known.add(value)
    return value


class Chain(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status: int, body: object, cookies: tuple[str, ...] = ()) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        for cookie in cookies:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        self.wfile.write(text)

    def is_in(self) -> bool:
        cookies = dict(part.strip().partition("=")[::2] for part in self.headers.get("Cookie", "").split(";"))
        return cookies.get("sid") in known or self.headers.get("Authorization", "").removeprefix("Bearer ") in known

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/session/login":
            self.answer(200, {"ok": True}, (f"sid={new()}; Path=/; HttpOnly", "lang=english-2; Path=/"))
        elif self.path == "/login":
            self.answer(200, {"hello": "\u00e9" * 9 + "\n" * 300, "user": {"token": new()}, "language": "english-2", "currency": "EUR"})
        elif not self.is_in():
            self.answer(401, {})
        else:
            self.answer(201, {"id": new(), "currency": "EUR"})

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path in ("/health", "/news", "/config"):
            self.answer(200, {"theme": "theme-2024-blue", "currency": "EUR"})
        elif not self.is_in():
            self.answer(401, {})
        elif path.startswith("/carts/"):
            self.answer(200 if path[7:] in known else 404, {"id": path[7:]})
        else:
            self.answer(200, {})

    def log_message(self, *_: object) -> None:
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


Server(("127.0.0.1", int(os.environ["PORT"])), Chain).serve_forever()
