"""A server that mostly waits, as one does whose answers come from elsewhere: ten endpoints of 8 ms each, of which /kept keeps an
object a call. Threads of keep-alive connections, so that it takes next to no CPU."""
import http.server
import time

KEPT = []


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # an answer in one packet

    def do_GET(self):
        time.sleep(0 if self.path == "/health" else 0.008)
        if self.path.startswith("/kept"):
            KEPT.append(bytearray(100))
        body = b"ok\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("", 8000), Handler).serve_forever()
