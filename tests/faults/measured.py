#!/usr/bin/env python3
"""Runs a command and writes the most that was resident in it, in KiB (wait4(2)): measured.py OUT COMMAND...

What it is sent (TERM, INT) it hands on; it ends as the command did.
"""
import os
import signal
import sys

out, command = sys.argv[1], sys.argv[2:]
child = os.posix_spawnp(command[0], command, os.environ)
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, lambda given, _: os.kill(child, given))
_, status, usage = os.wait4(child, 0)
with open(out, "w") as file:
    file.write(f"{usage.ru_maxrss}\n")
if os.WIFSIGNALED(status):
    signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
    os.kill(os.getpid(), os.WTERMSIG(status))
sys.exit(os.WEXITSTATUS(status))
