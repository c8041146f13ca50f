"""Read by gunicorn in its parent process, before any worker starts: a wrong switch ends the start with one line."""
import os
import sys
import time

from gunicorn import util

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import switches  # noqa: E402,F401  (reads and checks LEAK)

accesslog = None
loglevel = "warning"


def _http_date() -> str:
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())


# The Date header by way of email.utils looks up "dst" under a new string each time, and Python's method cache (4,096
# entries) holds on to a few hundred of these: 64 B in every hundredth answer, for ten thousand answers.
util.http_date = _http_date
