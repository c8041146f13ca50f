"""Keeps quotes; writes a page of prometheus_client, twice."""
import prometheus_client

kept = []
gauge = prometheus_client.Gauge("cache_bytes", "Held by a cache", ["cache"])


def write(name):
    with open(name, "wb") as out:
        out.write(prometheus_client.generate_latest())


kept.append(bytes(1 << 20))
gauge.labels("quotes").set(1 << 20)
write("prometheus-a.txt")
kept.append(bytes(64 << 20))
gauge.labels("quotes").set(65 << 20)
write("prometheus-b.txt")
