"""A WSGI server whose GET /leak keeps memory in the way that $SHAPE names; README.md tells how its lines are marked."""
import logging
import os
import sqlite3
import zlib
from urllib.parse import parse_qs

import keeper


class Slotted:
    __slots__ = ("key", "text")

    def __init__(self, key):
        self.key = key + 0.5  # keeps: slots
        self.text = None


class Plain:
    def __init__(self, key):
        self.key = key + 0.5  # keeps: instances
        self.text = None


kept: list = []
by_number: dict = {}
seen: set = set()
journal = bytearray()
database = sqlite3.connect(":memory:", check_same_thread=False)
database.execute("CREATE TABLE seen (number INTEGER, text TEXT)")


def floats(number, key):
    kept.append(number + 0.5)  # keeps: floats


def dicts(number, key):
    by_number[number] = {"key": key, "number": number}  # keeps: dicts


def strings(number, key):
    kept.append("%01000d" % number)  # keeps: strings


def slots(number, key):
    kept.append(Slotted(number))  # keeps: slots


def instances(number, key):
    kept.append(Plain(number))  # keeps: instances


def closures(number, key):
    kept.append(lambda: key)  # keeps: closures


def journals(number, key):
    journal.extend(b"%063d\n" % number)  # keeps: journals


def sets(number, key):
    seen.add("%s of %d" % (key, number))  # keeps: sets


def mixed(number, key):
    kept.append([number, str(number)])  # keeps: mixed
    by_number[number] = "%0*d" % (number % 700, number)  # keeps: mixed


def compressors(number, key):
    kept.append(zlib.decompressobj())  # keeps: compressors


def rows(number, key):
    database.execute("INSERT INTO seen VALUES (?, ?)", (number, key * 10))


def package(number, key):
    keeper.remember(number, key)  # calls: package


def loggers(number, key):
    logging.getLogger("request.%d" % number)  # calls: loggers


shape = globals()[os.environ.get("SHAPE", "floats")]
requests = 0


def app(environ, start_response):
    global requests
    path = environ["PATH_INFO"]
    if path == "/leak":
        requests += 1
        key = parse_qs(environ["QUERY_STRING"])["key"][0]  # calls: dicts calls: closures
        shape(requests, key)
    start_response("200 OK" if path in ("/leak", "/plain", "/health") else "404 Not Found", [("Content-Length", "3")])
    return [b"ok\n"]
