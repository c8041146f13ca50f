"""How much memory the allocators of this process have handed out: objects and bytes in use, not what the process maps.

Two allocators, neither of which holds the other's memory: pymalloc (Python's own, requests of up to 512 bytes) takes
its arenas from mmap directly; all else goes to glibc's malloc. Reading must leave nothing behind, so the stream that
pymalloc prints its statistics to is made once.
"""
import ctypes
import os
import re
import sys
from typing import Optional

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_IN_USE = re.compile(rb"# bytes in allocated blocks\s*=\s*([\d,]+)")


class _MallInfo2(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in
                ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")]


_libc = ctypes.CDLL(None, use_errno=True)
_libc.mallinfo2.restype = _MallInfo2
_libc.fdopen.restype = ctypes.c_void_p
_libc.fdopen.argtypes = (ctypes.c_int, ctypes.c_char_p)
_libc.fflush.argtypes = _libc.rewind.argtypes = (ctypes.c_void_p,)
_print_stats = ctypes.pythonapi._PyObject_DebugMallocStats  # what sys._debugmallocstats() calls, but to any stream
_print_stats.argtypes = (ctypes.c_void_p,)


class _Scratch:
    """A C stream on memory, opened in the process that uses it: workers must not share one."""

    pid = 0
    fd = -1
    stream = None

    @classmethod
    def opened(cls) -> "type[_Scratch]":
        if cls.pid != os.getpid():
            cls.fd = os.memfd_create("pymalloc-stats")
            cls.stream = _libc.fdopen(cls.fd, b"w+")
            cls.pid = os.getpid()
        return cls


def _pymalloc_bytes() -> Optional[int]:
    """None while pymalloc does not tell: it is silent where something, such as tracemalloc, stands in front of it."""
    scratch = _Scratch.opened()
    _libc.rewind(scratch.stream)
    if not _print_stats(scratch.stream):
        return None if sys.getallocatedblocks() else 0  # 0: PYTHONMALLOC=malloc, all is in the other allocator
    _libc.fflush(scratch.stream)
    return int(_IN_USE.search(os.pread(scratch.fd, 65536, 0))[1].replace(b",", b""))


def _malloc_bytes() -> int:
    info = _libc.mallinfo2()
    return info.uordblks + info.hblkhd


def live_objects() -> int:
    return sys.getallocatedblocks()


def live_bytes() -> Optional[int]:
    small = _pymalloc_bytes()
    return None if small is None else small + _malloc_bytes()


def rss_bytes() -> int:
    with open("/proc/self/statm", "rb") as statm:
        return int(statm.read().split()[1]) * _PAGE_BYTES
