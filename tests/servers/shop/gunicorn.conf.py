"""Read by gunicorn in its parent process, before any worker starts: a wrong switch ends the start with one line."""
import os
import sys
import time

from gunicorn import util

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import switches  # noqa: E402,F401  (reads and checks them)

accesslog = None
loglevel = "warning"

# As in docker/staging/pricing/gunicorn.conf.py: the usual way to make a Date fills Python's method cache for thousands of answers.
util.http_date = lambda: time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
