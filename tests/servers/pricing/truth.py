#!/usr/bin/python3
"""What the pricing service really keeps per call, endpoint by endpoint, measured without seep.

For each endpoint a fresh server is started on a free loopback port and given the endpoint's recorded requests, whole
passes of them: first a warm-up, then the calls that count. /debug/memory?gc=1 is read before and after, each time
until two readings agree. Needs nothing beyond the standard library; the server needs Debian's python3-flask,
gunicorn and python3-prometheus-client.

    ./truth.py --leak on                             every endpoint alone
    ./truth.py --leak on -e 'GET /quote/{sku}'       one endpoint alone
    ./truth.py --leak latched -e 'GET /quote/{sku}' --once 'POST /open-book'
    ./truth.py --leak consumed -e 'POST /flush' --each 'POST /hook'
    ./truth.py --leak on --mix 6                     passes of the whole recording, a line each
    ./truth.py --leak off --idle 200                 nothing but readings
    ./truth.py --leak on --sites                     what tracemalloc shows of 2,000 quotes

With --check the exit code is 1 where a number is not what docker/staging/pricing/README.md promises.
"""
import argparse
import http.client
import itertools
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import zlib
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[3]
SERVICE = ROOT / "docker" / "staging" / "pricing"
TRAFFIC = ROOT / "scenarios" / "pricing" / "traffic"
WORD, NUMBER, UUID = r"[^/]+", r"\d+", r"[0-9a-f-]{36}"
ENDPOINTS = {
    "GET /quote/{sku}": rf"GET /quote/{WORD}",
    "GET /product/{id}": rf"GET /product/{UUID}",
    "HEAD /product/{id}": rf"HEAD /product/{UUID}",
    "GET /products": "GET /products",
    "GET /search": "GET /search",
    "GET /availability/{sku}": rf"GET /availability/{WORD}",
    "GET /price-history/{sku}/{date}": rf"GET /price-history/{WORD}/{WORD}",
    "GET /recommendations/{id}": rf"GET /recommendations/{UUID}",
    "GET /cart/{id}": rf"GET /cart/{NUMBER}",
    "DELETE /cart/{id}/items/{line}": rf"DELETE /cart/{NUMBER}/items/{NUMBER}",
    "PUT /cart/{id}/items/{line}": rf"PUT /cart/{NUMBER}/items/{NUMBER}",
    "POST /cart/{id}/items": rf"POST /cart/{NUMBER}/items",
    "POST /checkout": "POST /checkout",
    "POST /quote": "POST /quote",
    "POST /session/login": "POST /session/login",
    "POST /discounts/validate": "POST /discounts/validate",
    "POST /open-book": "POST /open-book",
    "POST /hook": "POST /hook",
    "POST /flush": "POST /flush",
    "GET /rates": "GET /rates",
    "GET /promotions": "GET /promotions",
    "GET /tax": "GET /tax",
    "GET /shipping/estimate": "GET /shipping/estimate",
    "GET /report/{month}": rf"GET /report/{WORD}",
    "GET /favicon.ico": r"GET /favicon\.ico",
}
FLAT = {"objects": (-0.002, 0.002), "bytes": (-0.5, 0.5)}
FLOAT_IN_LIST = {"objects": (0.995, 1.005), "bytes": (39.0, 42.0)}
GROWS = {  # (leak, endpoint): what one call keeps; everything else is flat
    ("on", "GET /quote/{sku}"): FLOAT_IN_LIST,
    ("more", "GET /quote/{sku}"): {"objects": (1.995, 2.005), "bytes": (1125.0, 1145.0)},
    ("latched", "GET /quote/{sku}", "POST /open-book"): FLOAT_IN_LIST,
    ("consumed", "POST /flush", "POST /hook"): {"objects": (0.995, 1.005), "bytes": (118.0, 124.0)},
}


# ---- the recording ----

def logged(path: Path):
    pattern = re.compile(r'^\S+ - - \[[^]]+\] "([A-Z]+) (/\S*) HTTP/1\.1" (\d+) \d+ "[^"]*" "[^"]*"$')
    for line in path.read_text(encoding="ascii").splitlines():
        match = pattern.match(line)
        if match:
            yield match[1], match[2], None, int(match[3])


def browsed(path: Path):
    for entry in json.loads(path.read_text(encoding="ascii"))["log"]["entries"]:
        asked, url = entry["request"], urlsplit(entry["request"]["url"])
        body = asked.get("postData", {}).get("text")
        yield asked["method"], url.path + (f"?{url.query}" if url.query else ""), body, entry["response"]["status"]


def recording() -> dict:
    """endpoint -> its recorded requests: (method, path, body, status)."""
    found = {name: [] for name in ENDPOINTS}
    patterns = {name: re.compile(pattern + r"(\?.*)?") for name, pattern in ENDPOINTS.items()}
    for request in itertools.chain(logged(TRAFFIC / "access.log"), browsed(TRAFFIC / "browser.har")):
        name = next((name for name, pattern in patterns.items() if pattern.fullmatch(f"{request[0]} {request[1]}")), None)
        if name is None:
            sys.exit(f"truth: no endpoint for {request[0]} {request[1]}")
        found[name].append(request)
    return found


# ---- the server ----

class Server:
    def __init__(self, leak: str, workers: int = 1) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        gunicorn = shutil.which("gunicorn", path="/usr/bin" + os.pathsep + os.environ.get("PATH", ""))
        command = [gunicorn or "gunicorn", "-w", str(workers), "-b", f"127.0.0.1:{self.port}", "app:app"]
        self.wrong = 0
        started = time.monotonic()
        self.process = subprocess.Popen(command, cwd=SERVICE, env={**os.environ, "LEAK": leak})
        self._wait()
        self.start_s = time.monotonic() - started

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_why) -> None:
        self.process.terminate()
        self.process.wait()

    def _wait(self) -> None:
        until = time.monotonic() + 30
        while self.process.poll() is None and time.monotonic() < until:
            try:
                self.ask("GET", "/health")
                return
            except OSError:
                time.sleep(0.01)
        sys.exit("truth: the service did not start")

    def ask(self, method: str, path: str, body: str = None) -> tuple:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response.status, content

    def replay(self, requests) -> int:
        done = 0
        for method, path, body, status in requests:
            done += 1
            self.wrong += self.ask(method, path, body)[0] != status
        return done

    def memory(self) -> dict:
        """Reads until two readings agree (ten at most)."""
        before = None
        for _ in range(10):
            now = json.loads(self.ask("GET", "/debug/memory?gc=1")[1])
            if before and all(before[key] == now[key] for key in ("live_objects", "live_bytes")):
                break
            before = now
        return now


# ---- measurements ----

def whole_passes(requests: list, calls: int) -> list:
    return requests * max(1, -(-calls // len(requests)))


def interleaved(requests: list, partner: list) -> list:
    """One call of the partner before each request."""
    return [each for pair in zip(itertools.cycle(partner), requests) for each in pair]


def measure(leak: str, name: str, recorded: dict, options) -> dict:
    requests = recorded[name]
    prepare = (lambda calls: whole_passes(requests, calls)) if not options.each else (
        lambda calls: interleaved(whole_passes(requests, calls), recorded[options.each]))
    with Server(leak) as server:
        if options.once:
            server.replay(recorded[options.once][:1])
        server.replay(prepare(options.warmup))
        server.memory()  # the first collection moves the allocators by a few KiB, once
        server.replay(prepare(1))
        first, started = server.memory(), time.monotonic()
        sent = server.replay(prepare(options.calls))
        seconds, last = time.monotonic() - started, server.memory()
    calls = sent // 2 if options.each else sent
    growth = {key: (last[key] - first[key]) / calls for key in ("live_objects", "live_bytes", "rss_bytes", "kept")}
    return {"endpoint": name, "recorded": len(requests), "calls": calls, "objects": growth["live_objects"],
            "bytes": growth["live_bytes"], "rss": growth["rss_bytes"], "kept": growth["kept"], "wrong": server.wrong,
            "per_s": sent / seconds, "start_s": server.start_s}


def as_promised(leak: str, row: dict, recorded: dict, options) -> bool:
    partner = options.each or options.once
    key = (leak, row["endpoint"], partner) if partner else (leak, row["endpoint"])
    wanted = GROWS.get(key, FLAT)
    if leak == "param" and row["endpoint"] == "GET /quote/{sku}":
        share = sum("currency=JPY" in path for _, path, _, _ in recorded[row["endpoint"]]) / row["recorded"]
        wanted = {"objects": (share * 0.99 - 0.002, share * 1.01 + 0.002), "bytes": (share * 36, share * 46)}
    return row["wrong"] == 0 and all(low <= row[what] <= high for what, (low, high) in wanted.items())


def endpoints(options) -> bool:
    recorded, good = recording(), True
    print(f"{'LEAK=' + options.leak:32} recorded   calls  objects/call  bytes/call  rss B/call  kept/call  wrong  calls/s  start")
    for name in options.endpoint or ENDPOINTS:
        row = measure(options.leak, name, recorded, options)
        kept_as_said = as_promised(options.leak, row, recorded, options)
        good = good and kept_as_said
        print(f"{name:32} {row['recorded']:8} {row['calls']:7} {row['objects']:13.4f} {row['bytes']:11.2f} {row['rss']:11.1f} "
              f"{row['kept']:10.4f} {row['wrong']:6} {row['per_s']:8.0f} {row['start_s']:5.2f}s{'' if kept_as_said else '  <- not as promised'}", flush=True)
    return good


def mix(options) -> bool:
    recorded = recording()
    everything = [request for requests in recorded.values() for request in requests]
    # spread evenly, so that one pass is a mix and not one endpoint after another
    everything.sort(key=place_of)
    print(f"LEAK={options.leak}: passes of {len(everything)} requests\npass  live_objects   (+)  live_bytes      (+)    kept   (+)  wrong  stores")
    with Server(options.leak) as server:
        before = server.memory()
        for number in range(1, options.mix + 1):
            server.replay(everything)
            now = server.memory()
            stores = server.ask("GET", "/debug/stores")[1].decode().strip()
            print(f"{number:4} {now['live_objects']:13} {now['live_objects'] - before['live_objects']:+5} {now['live_bytes']:11} "
                  f"{now['live_bytes'] - before['live_bytes']:+8} {now['kept']:7} {now['kept'] - before['kept']:+5} {server.wrong:6}  {stores}", flush=True)
            before = now
        return server.wrong == 0


def place_of(request: tuple) -> int:
    return zlib.crc32(repr(request).encode())


def idle(options) -> bool:
    """Readings alone: what they cost, and that they leave nothing behind."""
    with Server(options.leak) as server:
        for _ in range(80):  # the first answers of a worker fill caches of gunicorn and Python
            server.memory()
        first, took = server.memory(), []
        for _ in range(options.idle):
            started = time.monotonic()
            last = json.loads(server.ask("GET", "/debug/memory?gc=1")[1])
            took.append(time.monotonic() - started)
    took.sort()
    grown = {key: last[key] - first[key] for key in ("live_objects", "live_bytes")}
    print(f"{options.idle} readings: {grown['live_objects']:+} objects, {grown['live_bytes']:+} bytes; "
          f"median {took[len(took) // 2] * 1e3:.2f} ms, slowest {took[-1] * 1e3:.2f} ms")
    return abs(grown["live_objects"]) <= 1 and abs(grown["live_bytes"]) <= 64


def sites(options) -> bool:
    """The two lines of the leak as tracemalloc shows them: floats made in one file, one list growing in another."""
    quotes = whole_passes(recording()["GET /quote/{sku}"], 2000)
    wanted = {"timing.py": r"count=(\d+), average=24 B", "registry.py": r"count=1, average=[\d.]+ KiB"}
    with Server(options.leak) as server:
        began = server.ask("GET", "/debug/tracemalloc")[1].decode()
        server.replay(quotes)
        lines = server.ask("GET", "/debug/tracemalloc")[1].decode().splitlines()
        while_tracing = server.memory()["live_bytes"]
        server.ask("GET", "/debug/tracemalloc?stop=1")
        after = server.memory()["live_bytes"]
    found = {name: next((line for line in lines if re.search(rf"/{name}:\d+: .*{what}", line)), "") for name, what in wanted.items()}
    print("\n".join([began.strip(), *found.values()]))
    floats = re.search(wanted["timing.py"], found["timing.py"])
    return (began.startswith("#") and bool(found["registry.py"]) and bool(floats) and abs(int(floats[1]) - len(quotes)) <= 2
            and while_tracing is None and after > 0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leak", default="on", help="the service's LEAK (default: on)")
    parser.add_argument("-e", "--endpoint", action="append", choices=ENDPOINTS, metavar="ENDPOINT")
    parser.add_argument("--calls", type=int, default=5000, help="calls that count, rounded up to whole passes (default: 5000)")
    parser.add_argument("--warmup", type=int, default=3000, help="calls before them (default: 3000)")
    parser.add_argument("--once", choices=ENDPOINTS, metavar="ENDPOINT", help="called once, before everything")
    parser.add_argument("--each", choices=ENDPOINTS, metavar="ENDPOINT", help="called once before each call")
    parser.add_argument("--mix", type=int, metavar="PASSES", help="the whole recording instead")
    parser.add_argument("--idle", type=int, metavar="READINGS", help="readings only")
    parser.add_argument("--sites", action="store_true", help="what tracemalloc shows")
    parser.add_argument("--check", action="store_true", help="exit 1 where a number is not as promised")
    options = parser.parse_args()
    what = mix if options.mix else idle if options.idle else sites if options.sites else endpoints
    good = what(options)
    return 1 if options.check and not good else 0


if __name__ == "__main__":
    sys.exit(main())
