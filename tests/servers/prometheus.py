"""A Prometheus that answers as it is told, and writes down what it was asked.

    python3 prometheus.py PORT LOG [KIND] [CERTIFICATE]

One line of JSON per request in LOG: method, path, form, headers. KIND says what is wrong with it; fine: two instances, two endpoints.
"""
import http.server
import json
import math
import ssl
import sys
import time
import urllib.parse

PORT, LOG, KIND = int(sys.argv[1]), sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else "fine"
CERTIFICATE = sys.argv[4] if len(sys.argv) > 4 else None
SERIES = {
    "memory": [{"__name__": "memory", "instance": name} for name in ("a:80", "b:80")],
    "requests": [{"__name__": "requests", "instance": name, "handler": route, "method": "GET"}
                 for name in ("a:80", "b:80") for route in ("/cart/<int:id>", "/search")],
    "start": [{"__name__": "start", "instance": name} for name in ("a:80", "b:80")],
}
if KIND == "many":
    SERIES["requests"] = [{"__name__": "requests", "instance": "a:80", "handler": "/r%d" % i} for i in range(300)]


def busy(at):
    return 1 + math.sin(at / 86400 * 2 * math.pi)


def value(labels, at):
    if KIND == "nan" and int(at) % 7 == 0:
        return "NaN"
    if labels["__name__"] == "memory":
        return repr(1e8 + at % 864000 * 3)
    if labels["__name__"] == "start":
        return "1600000000"
    steps = at % 8640000
    route = 1 if labels["handler"] == "/search" else 2
    return str(int(steps * 2 * route + 5000 * route * busy(at * (1 + route))))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, body, kind="application/json", **headers):
        body = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, text in headers.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def error(self, status, kind, text):
        self.answer(status, json.dumps({"status": "error", "errorType": kind, "error": text}))

    def do_POST(self):
        self.serve(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())

    def do_GET(self):
        self.serve(self.path.partition("?")[2])

    def serve(self, form):
        asked = {name: values[0] for name, values in urllib.parse.parse_qs(form).items()}
        path = self.path.partition("?")[0]
        with open(LOG, "a") as log:
            log.write(json.dumps({"method": self.command, "path": path, "form": asked, "headers": dict(self.headers)}) + "\n")
        if KIND == "401" and self.headers.get("Authorization") != "Bearer sesame-7731":
            return self.answer(401, "no", "text/plain")
        if KIND == "403":
            return self.error(403, "forbidden", "no")
        if KIND == "page":
            return self.answer(200, "\n<!doctype html><title>Sign in</title>", "text/html")
        if KIND == "redirect":
            return self.answer(302, "", "text/html", Location="http://127.0.0.1:1/login?next=%2Fquery")
        if KIND == "405" and self.command == "POST":
            return self.answer(405, "only GET", "text/plain")
        if KIND == "slow":
            time.sleep(60)
        if KIND == "502":
            return self.answer(502, "bad gateway", "text/plain")
        if not path.startswith("/base/api/v1/") if KIND == "base" else not path.startswith("/api/v1/"):
            return self.answer(404, "404 page not found", "text/plain")
        if KIND == "cut":
            return self.answer(200, '{"status":"success","data":{"resultType":"matrix","result":[')
        return self.query(asked, path.endswith("query_range"))

    def query(self, asked, ranged):
        query = asked["query"]
        counting = query.startswith("count(")
        if counting:
            query = query[len("count("):-1].strip()
        if "!!" in query:
            return self.error(400, "bad_data", 'invalid parameter "query": %d:%d: parse error: unexpected "!"' % (
                1, asked["query"].index("!!") + 1))
        if query.startswith("count by (job)"):
            return self.vector([({"job": name}, "1") for name in ("shop", "cart")])
        if "heavy" in query and not counting:
            return self.error(422, "execution", "query processing would load too many samples into memory in query execution")
        if 'job="shpo"' in query:
            return self.vector([])
        name = query.split("{")[0].split("[")[0]
        series = SERIES.get({"heavy": "memory", "huge": "requests"}.get(name, name), [])
        start, end, step = (float(asked[key]) for key in ("start", "end", "step")) if ranged else (float(asked["time"]),) * 2 + (1,)
        times = [start + i * step for i in range(int((end - start) / step + 1.000001))]
        if counting:
            if not series:
                return self.vector([])
            count = 1000000 if "huge" in asked["query"] else len(series)
            return self.matrix([{"metric": {}, "values": [[at, str(count)] for at in times]}])
        if not ranged:
            return self.vector([(labels, value(labels, start)) for labels in series])
        rows = [{"metric": labels, "values": [[at, value(labels, at)] for at in times]} for labels in series]
        if KIND == "histogram" and name == "requests":
            rows = [{"metric": labels, "histograms": [[at, {"count": "1", "sum": "2", "buckets": []}] for at in times]}
                    for labels in series]
        if KIND == "gone" and name == "requests":
            for row in rows:
                row["metric"]["instance"] = row["metric"]["instance"].replace("80", "90").replace("a", "c").replace("b", "d")
        return self.matrix(rows)

    def matrix(self, rows):
        answer = {"status": "success", "data": {"resultType": "matrix", "result": rows}}
        if KIND == "warns":
            answer["warnings"] = ["PromQL warning: one store did not answer"]
        self.answer(200, json.dumps(answer))

    def vector(self, rows):
        self.answer(200, json.dumps({"status": "success", "data": {"resultType": "vector", "result": [
            {"metric": labels, "value": [1, text]} for labels, text in rows]}}))


server = http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Handler)
if CERTIFICATE:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
