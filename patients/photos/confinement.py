"""How a process that reads an untrusted file gives up everything else first."""

import os
import resource
import signal
import sys

from patients.photos.limits import Limits

NOBODY = 65_534


def confine(limits: Limits) -> None:
    """Give up everything that decoding doesn't need.

    No descriptor can be opened any more, hence no file and no connection; none is open but the photo, the way back
    and the pipe that shows it is alive. Root becomes nobody, so that the limits can't be raised again.
    """
    os.setpgid(0, 0)
    signal.setitimer(signal.ITIMER_REAL, limits.wall_seconds)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    limit = {
        resource.RLIMIT_DATA: limits.memory_bytes,
        resource.RLIMIT_CPU: limits.cpu_seconds,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 0,
    }
    if sys.platform != "darwin":  # macOS has no limit of the address space
        limit[resource.RLIMIT_AS] = limits.memory_bytes
    for what, amount in limit.items():
        grace = 1 if what == resource.RLIMIT_CPU else 0  # the soft limit's signal says what it was
        resource.setrlimit(what, (amount, amount + grace))
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
