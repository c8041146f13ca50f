"""Holds memory until so many bytes are resident, and says "held": small objects up to 1 GiB, buffers beyond.

Usage: hold.py BYTES
"""
import gc
import sys
import time

OBJECTS_MOST_BYTES = 1 << 30
BUFFER_BYTES = 1 << 20
wanted_bytes = int(sys.argv[1])
held = []


def resident_bytes():
    with open("/proc/self/status") as status:
        return 1024 * next(int(line.split()[1]) for line in status if line.startswith("RssAnon:"))


gc.disable()  # each new generation would walk all of them
while resident_bytes() < min(wanted_bytes, OBJECTS_MOST_BYTES):
    # a dict with a list in it is one that the collector must walk
    held += [{"price": i * 1.1, "sizes": [i * 0.5]} for i in range(10000)]
gc.enable()
while resident_bytes() < wanted_bytes:
    held.append(bytearray(b"x") * BUFFER_BYTES)
print("held", flush=True)
while True:
    time.sleep(3600)
