#!/usr/bin/python3
"""Runs a command as the reaper of its orphans: where pid 1 reaps late (as in many containers), libvirt's "destroy" would
look a second slower than it is, because it waits for the dead QEMU to be gone. Ends with the command; passes on SIGTERM."""
import ctypes
import os
import signal
import sys

PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
child = os.fork()
if child == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, lambda *_: os.kill(child, signal.SIGTERM))
while True:
    try:
        pid, status = os.waitpid(-1, 0)
    except ChildProcessError:
        sys.exit(0)
    if pid == child:
        sys.exit(os.waitstatus_to_exitcode(status) & 255)
