"""Keeps quotes; writes what tracemalloc says as text and as JSON, twice."""
import json
import tracemalloc

kept = []


def keep(i):
    kept.append((i, "quote %d" % i))


def write(name):
    statistics = tracemalloc.take_snapshot().statistics("lineno")
    with open(name + ".txt", "w") as out:
        out.writelines("%s\n" % s for s in statistics)
    sites = [{"site": "%s:%d" % (s.traceback[0].filename, s.traceback[0].lineno), "bytes": s.size, "objects": s.count}
             for s in statistics]
    with open(name + ".json", "w") as out:
        json.dump({"seep_sites": 1, "source": "tracemalloc", "sites": sites}, out)


tracemalloc.start()
for i in range(1000):
    keep(i)
write("python-a")
for i in range(1000, 11000):
    keep(i)
write("python-b")
