#!/usr/bin/python3
"""Makes the recorded traffic of the pricing service: traffic/access.log and traffic/browser.har.

Forty made-up clients use the real service (docker/staging/pricing, started here on a free loopback port) by a seeded
plan of twenty minutes. The plan gives the time stamps, the service gives statuses and sizes; nothing waits, so that
the whole takes seconds, and a second run writes the same bytes.

    ./record-traffic.py [-o DIRECTORY] [--seed N]
"""
import argparse
import http.client
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

HERE = Path(__file__).resolve().parent
SERVICE = HERE.parent.parent / "docker" / "staging" / "pricing"
START = datetime(2024, 3, 12, 14, 0, 0, tzinfo=timezone.utc)
SECONDS = 1200
HOST = "pricing.example"
CATEGORIES = ("keyboards", "mice", "monitors", "cables", "docks", "headsets",
              "webcams", "stands", "lamps", "chairs", "desks", "printers")
BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:123.0) Gecko/20100101 Firefox/123.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_3_1) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.3 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.3 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Mobile Safari/537.36",
)
MACHINES = ("price-compare-bot/2.1 (+https://bot.example/about)", "partner-sync/1.8", "python-requests/2.31.0")
UNKNOWN_ID = "00000000-dead-4bad-8bad-0123456789%02x"

# lines that no request stands behind: (where in the log, as a share; the line)
BROKEN = (
    (0.08, '203.0.113.9 - - [{stamp}] "\\x16\\x03\\x01\\x02\\x00\\x01\\x00\\x01\\xFC\\x03\\x03" 400 157 "-" "-"'),
    (0.21, ""),
    (0.40, '203.0.113.40 - - [{stamp}] "-" 408 0 "-" "-"'),
    (0.63, '198.51.100.21 - - [{stamp}] "GET /prod198.51.100.33 - - [{stamp}] "GET /rates?base=EUR HTTP/1.1" 200 13'),
    (0.84, '203.0.113.77 - - [{stamp}] "SSH-2.0-Go" 400 157 "-" "-"'),
)


@dataclass
class Client:
    number: int
    address: str
    agent: str
    visits: list = field(default_factory=list)  # (start, seconds): when this client is busy


@dataclass
class Request:
    method: str
    path: str
    body: dict = None
    at_s: float = 0.0
    client: Client = None
    status: int = 0
    size: int = 0
    kind: str = ""
    type: str = ""


class Shop:
    """What the plan needs to know of the catalogue, asked from the service itself."""

    def __init__(self, rng: random.Random, products: list) -> None:
        self.rng = rng
        self.products = products
        self.popular = rng.sample(products, 160)
        self.carts = rng.sample(range(1000, 9999), 150)

    def product(self) -> dict:
        return self.popular[min(int(self.rng.expovariate(1 / 45)), len(self.popular) - 1)]

    def cart(self) -> int:
        return self.carts[min(int(self.rng.expovariate(1 / 40)), len(self.carts) - 1)]

    def line(self) -> dict:
        return {"sku": self.product()["sku"], "qty": self.rng.choice((1, 1, 1, 2, 2, 3, 5, 10))}

    def currency(self) -> str:
        return self.rng.choices(("EUR", "USD", "GBP", "PLN", "SEK", "CHF"), (50, 20, 12, 8, 6, 4))[0]


def url_quote(shop: Shop, number: int) -> str:
    currency = "JPY" if number % 20 == 7 else shop.currency()
    quantity = shop.rng.choice((1, 1, 2, 3, 5, 10, 25, 100))
    return f"/quote/{shop.product()['sku']}?currency={currency}&qty={quantity}"


def url_product(shop: Shop, number: int) -> str:
    return "/product/" + (UNKNOWN_ID % number if number < 14 else shop.product()["id"])


def url_rates(shop: Shop, number: int) -> str:
    key = f"&api_key=made-up-{shop.rng.getrandbits(48):012x}" if number % 8 == 3 else ""
    return f"/rates?base={shop.currency()}{key}"


def url_search(shop: Shop, _number: int) -> str:
    words = shop.rng.choice(("slim", "wide", "silent", "curved", "braided+cable", "wireless", "dock", "heavy+desk",
                             "classic", "compact", "monitor", "keyboard", "foldable+lamp", "chair"))
    return f"/search?q={words}&limit={shop.rng.choice((5, 10, 10, 20))}"


def url_history(shop: Shop, _number: int) -> str:
    day = START.date() - timedelta(days=shop.rng.randrange(0, 90))
    return f"/price-history/{shop.product()['sku']}/{day}"


def url_report(shop: Shop, number: int) -> str:
    return f"/report/{2022 + number % 24 // 12}-{number % 12 + 1:02d}"


# (method, how many, url): endpoints without a body, for the access log
WITHOUT_BODY = (
    ("GET", 420, url_product),
    ("GET", 300, lambda shop, n: f"/cart/{shop.cart()}"),
    ("GET", 230, lambda shop, n: f"/products?category={shop.rng.choice(CATEGORIES)}&page={shop.rng.choice((1, 1, 1, 2, 2, 3, 4))}"),
    ("GET", 215, lambda shop, n: f"/availability/{shop.product()['sku']}?warehouse={shop.rng.choice(('ams', 'ber', 'gdn', 'lyo'))}"),
    ("GET", 200, url_quote),
    ("GET", 180, url_search),
    ("GET", 150, url_history),
    ("GET", 110, lambda shop, n: f"/recommendations/{shop.product()['id']}"),
    ("GET", 90, url_rates),
    ("GET", 60, lambda shop, n: "/promotions"),
    ("GET", 50, lambda shop, n: f"/tax?country={shop.rng.choice(('DE', 'FR', 'NL', 'PL', 'JP'))}&amount={shop.rng.randrange(900, 90000) / 100}"),
    ("GET", 45, lambda shop, n: f"/shipping/estimate?zip={shop.rng.randrange(10000, 99999)}&grams={shop.rng.randrange(50, 9000)}"),
    ("HEAD", 36, lambda shop, n: f"/product/{shop.product()['id']}"),
    ("DELETE", 28, lambda shop, n: f"/cart/{shop.cart()}/items/{shop.rng.randrange(1, 4)}"),
    ("GET", 26, url_report),
    ("GET", 20, lambda shop, n: "/favicon.ico"),
)


def quote_list(shop: Shop, _number: int) -> tuple:
    lines = [shop.line() for _ in range(shop.rng.randrange(1, 5))]
    return "/quote", {"currency": shop.currency(), "lines": lines}


def checkout(shop: Shop, _number: int) -> tuple:
    lines = [shop.line() for _ in range(shop.rng.randrange(1, 4))]
    return "/checkout", {"cart": shop.cart(), "lines": lines, "currency": shop.currency()}


def login(shop: Shop, number: int) -> tuple:
    return "/session/login", {"user": f"user{number % 30:02d}@mail.example", "password": f"made-up-{shop.rng.getrandbits(40):010x}"}


def discount(shop: Shop, _number: int) -> tuple:
    code = shop.rng.choice(("SPRING5", "SPRING8", "SPRING10", "SPRING15", "WINTER20"))
    return "/discounts/validate", {"code": code, "cents": shop.rng.randrange(2000, 40000)}


# (method, how many, (path, body)): endpoints with a body, and a few without, for the HAR file
IN_BROWSER = (
    ("POST", 48, lambda shop, n: (f"/cart/{shop.cart()}/items", shop.line())),
    ("POST", 38, login),
    ("POST", 36, quote_list),
    ("POST", 26, checkout),
    ("POST", 24, discount),
    ("POST", 24, lambda shop, n: ("/flush", {"job": "nightly", "at_most": 1})),
    ("POST", 22, lambda shop, n: ("/hook", {"event": "price.changed", "sku": shop.product()["sku"], "cents": shop.rng.randrange(900, 90000)})),
    ("PUT", 18, lambda shop, n: (f"/cart/{shop.cart()}/items/{shop.rng.randrange(1, 5)}", shop.line())),
    ("POST", 14, lambda shop, n: ("/open-book", {"desk": shop.rng.choice(("main", "retail", "export"))})),
    ("GET", 8, lambda shop, n: (f"/cart/{shop.cart()}", None)),
)


# ---- the plan ----

def make_clients(rng: random.Random) -> list:
    clients = []
    for number in range(40):
        net, low = ("192.0.2", 10) if number < 24 else ("198.51.100", 20)
        agent = rng.choice(MACHINES) if number % 9 == 8 else rng.choice(BROWSERS)
        visits = [(rng.uniform(0, SECONDS - 90), rng.uniform(20, 160)) for _ in range(rng.randrange(2, 8))]
        clients.append(Client(number, f"{net}.{low + number * 5}", agent, visits))
    clients[0].visits.append((0.0, SECONDS))
    return clients


def set_time(request: Request, clients: list, rng: random.Random) -> Request:
    """Uneven: few clients ask most; each asks in visits; and one request in twelve falls into one of two rushes."""
    weights = [1 / (1 + client.number) ** 0.7 for client in clients]
    request.client = rng.choices(clients, weights)[0]
    if rng.random() < 1 / 12:
        request.at_s = rng.choice((430, 905)) + rng.uniform(0, 15)
    else:
        start, length = rng.choice(request.client.visits)
        request.at_s = start + rng.uniform(0, length)
    request.at_s = round(min(request.at_s, SECONDS - 1) + rng.random() / 2, 3)
    return request


def plan(shop: Shop, clients: list, rng: random.Random) -> tuple:
    logged = [Request(method, url(shop, number)) for method, count, url in WITHOUT_BODY for number in range(count)]
    browsed = [Request(method, *made(shop, number)) for method, count, made in IN_BROWSER for number in range(count)]
    for request in logged:
        set_time(request, clients, rng)
    for request in browsed:
        set_time(request, clients[:12], rng)
    return sorted(logged, key=lambda r: r.at_s), sorted(browsed, key=lambda r: r.at_s)


# ---- the service ----

def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Service:
    """The real thing under gunicorn, for the length of a `with`."""

    def __enter__(self) -> "Service":
        gunicorn = shutil.which("gunicorn", path="/usr/bin" + os.pathsep + os.environ.get("PATH", ""))
        if gunicorn is None:
            sys.exit("record-traffic: gunicorn is not installed: apt-get install python3-flask gunicorn python3-prometheus-client")
        self.port = free_port()
        self.process = subprocess.Popen([gunicorn, "-w", "1", "-b", f"127.0.0.1:{self.port}", "app:app"],
                                        cwd=SERVICE, env={**os.environ, "LEAK": "off"})
        self._wait()
        return self

    def __exit__(self, *_why) -> None:
        self.process.terminate()
        self.process.wait()

    def _wait(self) -> None:
        until = time.monotonic() + 30
        while self.process.poll() is None and time.monotonic() < until:
            try:
                return self.ask(Request("GET", "/health"))
            except OSError:
                time.sleep(0.05)
        sys.exit("record-traffic: the service did not start")

    def ask(self, request: Request) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"Host": HOST}
        if request.client:
            headers.update({"X-Forwarded-For": request.client.address, "User-Agent": request.client.agent})
        body = None
        if request.body is not None:
            headers["Content-Type"], body = "application/json", json.dumps(request.body)
        connection.request(request.method, request.path, body, headers)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        request.status, request.size, request.kind = response.status, len(content), response.reason
        request.type = response.getheader("Content-Type", "")
        return content

    def products(self) -> list:
        pages = (f"/products?category={category}&page={page}" for category in CATEGORIES for page in range(1, 6))
        return [product for url in pages for product in json.loads(self.ask(Request("GET", url)))["products"]]


# ---- the two files ----

def stamp(at_s: float) -> str:
    return (START + timedelta(seconds=int(at_s))).strftime("%d/%b/%Y:%H:%M:%S +0000")


def log_line(request: Request, rng: random.Random) -> str:
    from_shop = "Mozilla" in request.client.agent and rng.random() < 0.7
    referer = rng.choice((f"https://{HOST}/", f"https://{HOST}/shop/sale")) if from_shop else "-"
    return (f'{request.client.address} - - [{stamp(request.at_s)}] "{request.method} {request.path} HTTP/1.1" '
            f'{request.status} {request.size} "{referer}" "{request.client.agent}"')


def write_log(path: Path, requests: list, rng: random.Random) -> None:
    lines = [log_line(request, rng) for request in requests]
    for share, broken in reversed(BROKEN):
        place = int(share * len(lines))
        lines.insert(place, broken.format(stamp=stamp(requests[place].at_s)))
    last = requests[-1]
    cut = f'{last.client.address} - - [{stamp(last.at_s + 1)}] "GET /availability/'  # the disk was full
    path.write_text("\n".join(lines + [cut]), encoding="ascii")


def secrets_of(client: Client) -> dict:
    rng = random.Random(f"secrets of {client.number}")
    return {"token": f"made-up-token-{rng.getrandbits(128):032x}", "sid": f"{rng.getrandbits(128):032x}",
            "key": f"made-up-key-{rng.getrandbits(64):016x}"}


def har_entry(request: Request, rng: random.Random) -> dict:
    client, secret = request.client, secrets_of(request.client)
    headers = {"Host": HOST, "User-Agent": client.agent, "Accept": "application/json", "Accept-Language": "en",
               "Authorization": f"Bearer {secret['token']}", "Cookie": f"sid={secret['sid']}; theme=dark",
               "X-Api-Key": secret["key"]}
    asked = {"method": request.method, "url": f"https://{HOST}{request.path}", "httpVersion": "HTTP/1.1",
             "cookies": [{"name": "sid", "value": secret["sid"]}, {"name": "theme", "value": "dark"}],
             "queryString": [], "headersSize": -1, "bodySize": 0}
    if request.body is not None:
        text = json.dumps(request.body)
        headers["Content-Type"] = "application/json"
        asked.update(postData={"mimeType": "application/json", "text": text}, bodySize=len(text))
    asked["headers"] = [{"name": name, "value": value} for name, value in headers.items()]
    took_ms = round(rng.lognormvariate(2.2, 0.5), 1)
    return {
        "startedDateTime": (START + timedelta(seconds=request.at_s)).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "time": took_ms, "request": asked, "cache": {}, "connection": str(4000 + client.number), "_client": client.address,
        "response": {"status": request.status, "statusText": request.kind, "httpVersion": "HTTP/1.1", "cookies": [],
                     "headers": [{"name": "Content-Type", "value": request.type}], "redirectURL": "", "headersSize": -1,
                     "bodySize": request.size, "content": {"size": request.size, "mimeType": request.type}},
        "timings": {"send": 0, "wait": took_ms, "receive": 0},
    }


def write_har(path: Path, requests: list, rng: random.Random) -> None:
    har = {"log": {"version": "1.2", "creator": {"name": "record-traffic.py", "version": "1"},
                   "entries": [har_entry(request, rng) for request in requests]}}
    path.write_text(json.dumps(har, indent=1) + "\n", encoding="ascii")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-o", "--output", type=Path, default=HERE / "traffic", metavar="DIRECTORY")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    with Service() as service:
        logged, browsed = plan(Shop(rng, service.products()), make_clients(rng), rng)
        for request in sorted(logged + browsed, key=lambda r: r.at_s):
            service.ask(request)
    options.output.mkdir(parents=True, exist_ok=True)
    write_log(options.output / "access.log", logged, rng)
    write_har(options.output / "browser.har", browsed, rng)
    statuses = Counter(request.status for request in logged + browsed)
    print(f"{len(logged)} requests and {len(BROKEN) + 1} broken lines in access.log, {len(browsed)} in browser.har; statuses "
          + ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items())))


if __name__ == "__main__":
    main()
