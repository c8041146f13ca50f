"""A service in which nothing works with values of yesterday, on $PORT: POST /login answers a token, GET /form a field against forged
requests that POST /form takes once, GET /app such a value in a meta tag for a header of PUT /settings, POST /orders the id of an order,
POST /uploads a key in a header. All are random, and those of one process are nothing to another: 401, 403, 404.
"""
import gzip
import http.server
import json
import os
import re
import secrets
import socketserver
import urllib.parse

tokens: set[str] = set()
fields: set[str] = set()
orders: set[str] = set()


def new(known: set[str]) -> str:
    value = secrets.token_hex(12) + "a7"
    known.add(value)
    return value


class Tokens(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def answer(self, status: int, body: object, headers: tuple[tuple[str, str], ...] = ()) -> None:
        text = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        if "gzip" in self.headers.get("Accept-Encoding", ""):
            text = gzip.compress(text)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", "text/html" if isinstance(body, str) else "application/json")
        self.send_header("Content-Length", str(len(text)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def body(self) -> str:
        return self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()

    def is_in(self) -> bool:
        return self.headers.get("Authorization", "").removeprefix("Bearer ") in tokens

    def do_POST(self) -> None:
        body = self.body()
        if self.path == "/login":
            self.answer(200, {"user": {"token": new(tokens), "name": "app"}})
        elif self.path == "/form":
            given = urllib.parse.parse_qs(body).get("form[csrf_token]", [""])[0]
            self.answer(200 if given in fields else 403, {})
            fields.discard(given)
        elif not self.is_in():
            self.answer(401, {})
        elif self.path == "/orders":
            self.answer(201, {"id": new(orders), "state": "open"})
        elif self.path == "/uploads":
            self.answer(201, {}, (("X-Upload-Key", new(orders)),))
        else:
            known = json.loads(body).get("order") in orders
            self.answer(200 if known else 404, {})

    def do_PUT(self) -> None:
        self.body()
        self.answer(200 if self.headers.get("X-CSRF-Token") in fields else 403, {})

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path == "/health":
            self.answer(200, {})
        elif path == "/form":
            self.answer(200, f"<!DOCTYPE html>\n<form><input name=q value=shoes-2024><input\n type='hidden' class=x value='{new(fields)}'"
                             " name='form[csrf_token]'><input type=hidden name=step value=\"step-2\"></form>")
        elif path == "/app":
            self.answer(200, f'<html><head><meta charset="utf-8"><meta name="csrf-token" content="{new(fields)}" /></head></html>')
        elif not self.is_in():
            self.answer(401, {})
        elif order := re.fullmatch("/orders/(.+)", path):
            self.answer(200 if order[1] in orders else 404, {})
        elif path == "/parts":
            known = urllib.parse.parse_qs(query).get("upload", [""])[0] in orders
            self.answer(200 if known else 404, {})
        else:
            self.answer(200, {"items": []})

    def log_message(self, *_: object) -> None:
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


Server(("127.0.0.1", int(os.environ["PORT"])), Tokens).serve_forever()
