"""A server all of whose words would like to be markup: its answers, its reason phrase, and what it says when it dies, which it
does after 150 requests. Usage: hostile.py PORT"""
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LAST_WORDS = 'Traceback: "\'></style></script><script>alert(3)</script>\x1b[31m\x00\u202e\n'
answered = 0


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        global answered
        answered += 1
        body = b'<script>alert(1)</script>'
        self.send_response(200, '</style><script>alert(2)</script>')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        if answered > 150:
            sys.stderr.buffer.write(LAST_WORDS.encode())
            sys.stderr.flush()
            os._exit(7)

    def log_message(self, *words):
        pass


ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Handler).serve_forever()
