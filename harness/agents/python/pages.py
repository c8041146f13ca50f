"""The socket of seep's Python agent and what it tells; sitecustomize.py loads this in each process that lives long enough.

live_objects is sys.getallocatedblocks(), what pymalloc has given out (requests of up to 512 bytes). live_bytes is what
those blocks take plus what glibc's malloc has in use, which is all else. pymalloc tells its bytes in the text of
sys._debugmallocstats(), here printed to memory. What cannot be had is left out: live_objects under PYTHONMALLOC=malloc,
live_bytes while tracemalloc runs (it stands in front of pymalloc) and where malloc is not glibc's (2.33 or later).

gc.collect() runs once a read; finalizers run in this thread, as they may in any. A reading holds the interpreter lock:
requests wait for it, none fails. Nothing of a reading is kept, so that a thousand of them change no signal.
"""
import _socket
import gc
import posix
import stat
import sys

PATIENCE_S = 10.0  # with a client that does not send or take
REQUEST_BYTES = 8192  # more than a request line and headers of ours
MOST_SITES = 2000
FRAMES = 12  # outwards from an allocation: as far as the application's own frame is looked for
SMALL_BYTES = 512  # pymalloc's largest
OWN_FRAMES = frozenset((__file__, "<frozen importlib._bootstrap>", "<frozen importlib._bootstrap_external>"))
proc_buffer = bytearray(8192)


class Refusal(Exception):
    """An answer that is not 200: args are the status and one line of text."""


class State:
    agent = None  # of sitecustomize.py
    allocators = None  # not looked for yet; False: they cannot be asked
    asked = False  # for allocation sites
    started = False  # tracemalloc, by us


# What /proc knows


def proc_text(name):
    """A file of /proc/self, or None. Into one buffer: what is read and then shortened fills malloc's caches at first."""
    try:
        fd = posix.open("/proc/self/" + name, posix.O_RDONLY | posix.O_CLOEXEC)
    except OSError:
        return None
    try:
        return proc_buffer[:posix.readv(fd, (proc_buffer,))].decode("ascii", "replace")
    except OSError:
        return None
    finally:
        posix.close(fd)


def field(text, name):
    """The number behind `name:`; None where there is none."""
    at = ("\n" + (text or "")).find("\n%s:" % name)
    return None if at < 0 else int(text[at + len(name) + 1:].split(None, 1)[0])


def start_time():
    return int(proc_text("stat").rpartition(")")[2].split()[19])


def process_figures():
    status, rollup = proc_text("status"), proc_text("smaps_rollup")
    anon_kib, pss_kib = field(status, "RssAnon"), field(rollup, "Pss")
    try:
        fds = len(posix.listdir("/proc/self/fd")) - 1  # without the one that lists
    except OSError:
        fds = None
    return {
        "rss_anon_bytes": None if anon_kib is None else (anon_kib + (field(status, "VmSwap") or 0)) * 1024,
        "pss_bytes": None if pss_kib is None else pss_kib * 1024,
        "fds": fds,
        "threads": field(status, "Threads"),
    }


# What the allocators know


class Allocators:
    """The bytes that pymalloc and glibc's malloc have given out. Raises where one of them cannot be asked."""

    def __init__(self):
        import ctypes
        self.ctypes = ctypes
        self.c = c = ctypes.CDLL(None)
        names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()
        c.mallinfo2.restype = type("mallinfo2", (ctypes.Structure,),
                                   {"_fields_": [(name, ctypes.c_size_t) for name in names]})
        if not self.is_used():
            raise OSError("malloc is not glibc's")  # preloaded or linked in: mallinfo2 tells of an idle allocator
        c.open_memstream.restype = ctypes.c_void_p
        c.fclose.argtypes = c.free.argtypes = (ctypes.c_void_p,)
        self.print_statistics = ctypes.pythonapi._PyObject_DebugMallocStats
        self.print_statistics.argtypes = (ctypes.c_void_p,)

    def is_used(self):
        """Whether Python's own requests show: of a size whose coming and going no other thread can hide."""
        python, size = self.ctypes.pythonapi, 1 << 24
        python.PyMem_RawMalloc.restype = self.ctypes.c_void_p
        python.PyMem_RawMalloc.argtypes = (self.ctypes.c_size_t,)
        python.PyMem_RawFree.argtypes = (self.ctypes.c_void_p,)
        before = self.malloc_bytes()
        block = python.PyMem_RawMalloc(size)  # not touched: takes no memory
        during = self.malloc_bytes()
        python.PyMem_RawFree(block)
        return during - before > size / 2

    def malloc_bytes(self):
        info = self.c.mallinfo2()
        return info.uordblks + info.hblkhd

    def pymalloc_statistics(self):
        """The text; empty where something stands in front of pymalloc."""
        ctypes, c = self.ctypes, self.c
        text, length = ctypes.c_void_p(), ctypes.c_size_t()
        stream = c.open_memstream(ctypes.byref(text), ctypes.byref(length))
        if not stream:
            raise MemoryError
        self.print_statistics(stream)
        c.fclose(stream)
        try:
            return ctypes.string_at(text.value, length.value)
        finally:
            c.free(text)

    def pymalloc_bytes(self):
        """None where pymalloc is used but does not tell."""
        if not sys.getallocatedblocks():
            return 0
        _, found, rest = self.pymalloc_statistics().partition(b"# bytes in allocated blocks")
        return int(rest.split(b"\n", 1)[0].strip(b" =").replace(b",", b"")) if found else None

    def live_bytes(self):
        large = self.malloc_bytes()  # before the stream takes some
        small = self.pymalloc_bytes()
        return None if small is None else small + large


def find_allocators():
    """Once, before the first reading, so that what it takes is in all of them."""
    with State.agent.changing:  # an import that a fork cuts in two stays locked in the child
        try:
            State.allocators = Allocators()
            State.allocators.live_bytes()
        except (ImportError, OSError, AttributeError):
            State.allocators = False


# What tracemalloc knows


def tracemalloc():
    """The part in C: the module in Python would make objects of all traces."""
    import _tracemalloc
    return _tracemalloc


def taken(size):
    """What the allocator takes for a request. Source: CPython Objects/obmalloc.c, ALIGNMENT; glibc malloc/malloc.c,
    request2size()."""
    return (size + 15) & ~15 if size <= SMALL_BYTES else (size + 23) & ~15


class Site:
    """The blocks of one place, or of one stack."""
    __slots__ = ("size", "allocated", "objects", "longest")

    def __init__(self):
        self.size = self.allocated = self.objects = self.longest = 0

    def add(self, size):
        allocated = taken(size)
        self.size += size
        self.allocated += allocated
        self.objects += 1
        if allocated > self.longest:
            self.longest = allocated

    def merge(self, other):
        self.size += other.size
        self.allocated += other.allocated
        self.objects += other.objects
        self.longest = max(self.longest, other.longest)


class Ownership:
    """Whose a file is: the application's, or the standard library's or a package's."""

    def __init__(self):
        self.known = {}
        self.library = getattr(sys.modules.get("os"), "__file__", None) or "?"
        self.library = self.library[:self.library.rfind("/") + 1] or "?"

    def is_applications(self, file):
        if file not in self.known:
            self.known[file] = not (file.startswith(("<frozen ", self.library)) or "/site-packages/" in file
                                    or "/dist-packages/" in file)
        return self.known[file]

    def place(self, frames):
        """(place, caller) of a stack, the newest frame first: where the block was allocated and, where that is not the
        application's, which of its frames called; None where none did."""
        first = frames[0]
        if self.is_applications(first[0]):
            return first, None
        for frame in frames:
            if self.is_applications(frame[0]) and frame[0] not in OWN_FRAMES and frame[0] != "<unknown>":
                return first, frame
        return first, None


def sites_of(traces):
    """{(place, caller): Site} of raw traces (domain, bytes, frames with the newest first, ...), which are used up."""
    stacks, sites, ownership = {}, {}, Ownership()
    while traces:
        trace = traces.pop()
        stack = stacks.get(trace[2])
        if stack is None:
            stack = stacks[trace[2]] = Site()
        stack.add(trace[1])
    for frames, stack in stacks.items():
        if frames[0][0] not in OWN_FRAMES:
            sites.setdefault(ownership.place(frames), Site()).merge(stack)
    return sites


def biggest(sites):
    return sorted(sites.items(), key=lambda site: site[1].allocated, reverse=True)[:MOST_SITES]


# Words


def json_value(value):
    """Of a number, True, False or None."""
    return "null" if value is None else str(value).lower()


def json_object(values):
    return "{%s}" % ",".join('"%s":%s' % (name, json_value(value)) for name, value in values.items())


def json_place(key, place):
    from _json import encode_basestring_ascii
    name = place[0].encode("utf-8", "replace").decode("utf-8")  # a name that is not UTF-8 is no JSON either
    return '"%s":%s' % (key, encode_basestring_ascii("%s:%d" % (name, place[1])))


def json_site(site):
    (place, caller), sums = site
    called_from = "," + json_place("called_from", caller) if caller else ""
    return ('{%s%s,"bytes":%d,"allocated":%d,"longest":%d,"objects":%d}'
            % (json_place("site", place), called_from, sums.size, sums.allocated, sums.longest, sums.objects))


# Pages


def read_collected():
    return reading(True)


def read():
    return reading(False)


def reading(collected):
    if State.allocators is None:
        find_allocators()
    if collected:
        gc.collect()
    signals = {"live_objects": sys.getallocatedblocks() or None,
               "live_bytes": State.allocators.live_bytes() if State.allocators else None}
    return ('{"agent":"python","pid":%d,"start_time":%d,"parent":%d,"collected":%s,"signals":%s,"process":%s}'
            % (posix.getpid(), start_time(), posix.getppid(), json_value(collected),
               json_object({name: value for name, value in signals.items() if value is not None}),
               json_object(process_figures())))


def snapshot_start():
    if not tracemalloc().is_tracing():
        tracemalloc().start(1)
        State.started = True
    State.asked = True
    return '{"started":%s}' % json_value(State.started)


def snapshot_deepen():
    """Anew, and with the frames that called: three times as slow as the newest frame alone."""
    if not State.started:
        raise Refusal("409 Conflict", "callers are looked for after /snapshot/start, where nobody else traces")
    tracemalloc().stop()
    tracemalloc().start(FRAMES)
    return '{"frames":%d}' % FRAMES


def snapshot():
    if not State.asked:
        raise Refusal("409 Conflict", "sites are kept after /snapshot/start")
    gc.collect()
    sites = biggest(sites_of(tracemalloc()._get_traces()))
    return '{"seep_sites":1,"source":"tracemalloc","sites":[%s]}' % ",\n".join(map(json_site, sites))


def snapshot_stop():
    if State.started:
        tracemalloc().stop()
    State.asked = State.started = False
    return '{"stopped":true}'


PAGES = {"/read": read, "/read?gc=1": read_collected, "/snapshot": snapshot, "/snapshot/start": snapshot_start,
         "/snapshot/deepen": snapshot_deepen,
         "/snapshot/stop": snapshot_stop}


# The socket


def listen(agent):
    """(socket, path) of this process, with its mode from the first moment on."""
    State.agent = agent
    path = "%s/python-%d-%d.sock" % (agent.directory, agent.pid, start_time())
    rights = posix.stat(agent.directory).st_mode
    mode = 0o660 if rights & stat.S_ISGID and rights & stat.S_IWGRP else 0o600
    listener = unix_socket()
    posix.fchmod(listener.fileno(), mode)
    try:
        listener.bind(path)
    except OSError:
        if answers(path):
            raise  # another interpreter of this process
        posix.unlink(path)  # left by what this process was before exec
        listener.bind(path)
    posix.chmod(path, mode)  # what the umask took
    listener.listen(16)
    return listener, path


def unix_socket():
    made = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM | _socket.SOCK_CLOEXEC)
    made.settimeout(None)  # whatever socket.setdefaulttimeout says
    return made


def answers(path):
    probe = unix_socket()
    try:
        probe.connect(path)
    except OSError:
        return False
    finally:
        probe.close()
    return True


def serve(listener):
    """Until the process ends."""
    while True:
        connection = _socket.socket(fileno=listener._accept()[0])
        try:
            connection.settimeout(PATIENCE_S)
            attend(connection)
        except OSError:
            pass  # the client went away
        finally:
            connection.close()


def attend(connection):
    request = b""
    while b"\n\r\n" not in request and b"\n\n" not in request:
        more = connection.recv(REQUEST_BYTES)
        request += more
        if not more or len(request) > REQUEST_BYTES:
            return
    connection.sendall(answer(request))


def answer(request):
    status, kind = "200 OK", "application/json"
    try:
        method, target = request.decode("latin-1").split(None, 2)[:2]
        if method != "GET" or target not in PAGES:
            raise Refusal("404 Not Found", "no such page")
        body = PAGES[target]()
    except Refusal as refusal:
        (status, body), kind = refusal.args, "text/plain"
    except Exception as error:
        status, kind = "500 Internal Server Error", "text/plain"
        body = " ".join(("%s: %s" % (type(error).__name__, error)).split())
    body = body.encode("utf-8", "replace") + b"\n"
    head = "HTTP/1.0 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (status, kind, len(body))
    return head.encode("ascii") + body
