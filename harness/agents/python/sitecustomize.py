"""seep's agent for Python 3.7 and later: tells the live memory of this process on a Unix socket (see ../README.md).

Python imports this at start when PYTHONPATH names its folder; -I, -E and -S keep it out. It takes itself off sys.path and
sys.modules, and the application's own sitecustomize, if there is one, is imported as if this file were not there.

One thread, made by _thread and unknown to `threading`, sleeps in accept(), takes no signals, and starts anew in each
forked child. What it needs is taken before gevent or eventlet replace it. LATER_S after the start it loads pages.py, which
is the rest, and opens its socket: short-lived helpers pay for a thread only. The socket goes at exit; a process that ends
by a signal or os._exit leaves it, and refuses who connects.

uWSGI wants --enable-threads (without it the interpreter lock is held while it waits, and nobody answers in time) and
--py-call-osafterfork (without it Python hears of no fork, and only the master listens); UWSGI_ENABLE_THREADS=1 and
UWSGI_PY_CALL_OSAFTERFORK=1 in the environment do the same. Its master exits without Python's exit and leaves its socket.
"""
import _signal
import _thread
import atexit
import os
import posix
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LATER_S = 0.05  # a helper that ends sooner never has a socket
sleep = time.sleep


class Agent:
    """What this process has of it. A forked child's is new, but for the pages: they are loaded once, and know who started
    tracemalloc."""

    def __init__(self, directory):
        self.directory = os.path.abspath(directory)
        self.pages = None
        self.renew()

    def renew(self):
        self.pid = posix.getpid()
        self.changing = _thread.allocate_lock()  # held where neither a fork nor the exit must come in between
        self.listener = self.path = None
        self.ended = False

    def start(self):
        _thread.start_new_thread(self.serve, ())

    def serve(self):
        try:
            take_no_signals()
            sleep(LATER_S)
            with self.changing:  # an import that a fork cuts in two stays locked in the child
                if self.ended:
                    return
                if self.pages is None:
                    self.pages = loaded("pages.py")
                self.listener, self.path = self.pages["listen"](self)
            self.pages["serve"](self.listener)
        except Exception:
            pass  # the folder is gone or closed to this user, say: whom we visit must not notice

    def before_fork(self):
        self.changing.acquire()

    def after_fork_in_parent(self):
        self.changing.release()

    def after_fork_in_child(self):
        if self.listener:
            self.listener.close()  # the parent's, and its path stays
        self.renew()
        try:
            self.start()
        except RuntimeError:
            pass  # no thread to be had: this child goes without

    def end(self):
        if self.pid != posix.getpid():
            return  # forked by C code that told nobody: the socket is the parent's
        with self.changing:
            self.ended = True
            if self.path:
                try:
                    posix.unlink(self.path)
                except OSError:
                    pass


def take_no_signals():
    """They stay with the threads that had them; but for the errors of a thread, and the two of glibc's own."""
    own = {_signal.SIGSEGV, _signal.SIGBUS, _signal.SIGFPE, _signal.SIGILL, 32, 33}
    _signal.pthread_sigmask(_signal.SIG_BLOCK, set(range(1, _signal.NSIG)) - own)


def loaded(name):
    """The globals of a file beside this one, which is no module that anybody else could see."""
    path = HERE + "/" + name
    fd = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
    try:
        text = posix.read(fd, posix.fstat(fd).st_size)
    finally:
        posix.close(fd)
    names = {"__name__": "seep_agent", "__file__": path}
    exec(compile(text, path, "exec"), names)
    return names


def inject():
    agent = Agent(os.environ["SEEP_AGENT_DIR"])
    posix.register_at_fork(before=agent.before_fork, after_in_parent=agent.after_fork_in_parent,
                           after_in_child=agent.after_fork_in_child)
    atexit.register(agent.end)
    agent.start()


def give_way():
    """Imports the next sitecustomize. Where there is none its ImportError is what Python expects then, and passes over."""
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != HERE]
    sys.modules.pop("sitecustomize", None)
    __import__("sitecustomize")


if os.environ.get("SEEP_AGENT_DIR"):
    try:
        inject()
    except Exception:
        pass  # no thread or no hook to be had: the application must start as without us
give_way()
