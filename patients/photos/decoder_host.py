"""The process that stands ready to decode: it has the libraries loaded and forks one confined child per photo.

Run by `decoder_pool`, never imported by Django's processes. The host itself reads no photo and so stays clean; each
child reads one, under limits of the kernel, and ends. Loading the libraries takes longer than decoding a photo, hence
a host that waits. It ends when the other end of its control socket does.
"""

import contextlib
import gc
import os
import resource
import select
import signal
import socket
import sys
import time

import pillow_heif
from PIL import AvifImagePlugin, Image

from patients.photos import answer
from patients.photos.confinement import confine
from patients.photos.decoding import decode
from patients.photos.limits import Limits
from patients.photos.reasons import Reason
from patients.photos.wire import ENDED, READY, REQUEST_BYTES, limits_in

DECODING_THREADS = 2


def main() -> None:
    """Serve the control socket whose descriptor is the first argument, until its other end closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent; its end is ours
    _prepare()
    with socket.socket(fileno=int(sys.argv[1])) as control:
        control.sendall(READY)
        while True:
            asked = _receive(control)
            if asked is None:
                return
            ended = _run(control, *asked)
            if ended is None:
                return
            control.sendall(ended)


def _prepare() -> None:
    """Load every decoder now: the children can't open a file any more."""
    Image.preinit()
    Image.init()
    Image.MAX_IMAGE_PIXELS = Limits().max_pixels_camera_format
    AvifImagePlugin.DEFAULT_MAX_THREADS = DECODING_THREADS
    # What is loaded stays as it is: a child that looked through it for what nobody needs would copy every page.
    gc.disable()
    gc.freeze()
    options = pillow_heif.options
    options.DECODE_THREADS = DECODING_THREADS
    options.THUMBNAILS = options.DEPTH_IMAGES = options.AUX_IMAGES = False


def _receive(control: socket.socket) -> tuple[Limits, int, int] | None:
    message, descriptors, _, _ = socket.recv_fds(control, REQUEST_BYTES, 2)
    while message and len(message) < REQUEST_BYTES:
        more = control.recv(REQUEST_BYTES - len(message))
        if not more:
            return None
        message += more
    if not message:
        return None
    photo, way_back = descriptors
    return limits_in(message), photo, way_back


def _run(control: socket.socket, limits: Limits, photo: int, way_back: int) -> bytes | None:
    """Fork the child, wait for its end at most the wall time, and return how it ended; None when nobody waits."""
    own_cpu = time.process_time()
    alive_here, alive_there = os.pipe()
    deadline = time.monotonic() + limits.wall_seconds
    child = os.fork()
    if child == 0:
        control.close()
        os.close(alive_here)
        _child(limits, photo, way_back)
    for descriptor in (alive_there, photo, way_back):
        os.close(descriptor)
    readable, _, _ = select.select([alive_here, control.fileno()], [], [], limits.wall_seconds)
    os.close(alive_here)
    abandoned = control.fileno() in readable  # nothing is sent while a photo is under way: the other end has closed
    status, usage, killed = _reap(child, 0 if abandoned else deadline)
    if abandoned:
        return None
    exit_code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -1
    by_signal = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    rss = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    cpu_s = usage.ru_utime + usage.ru_stime + time.process_time() - own_cpu
    return ENDED.pack(exit_code, by_signal, rss, cpu_s, killed)


def _reap(child: int, deadline: float) -> tuple[int, resource.struct_rusage, bool]:
    """Return the child's status and use once it has ended, by itself or, at the deadline, killed."""
    killed = False
    while True:
        pid, status, usage = os.wait4(child, 0 if killed else os.WNOHANG)
        if pid:
            break
        if time.monotonic() >= deadline:
            killed = True
            os.kill(child, signal.SIGKILL)
        else:
            time.sleep(0.001)  # it has closed its descriptors, so it is ending
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)  # whatever it may have left behind
    return status, usage, killed


def _child(limits: Limits, photo: int, way_back: int) -> None:
    """Decode under limits, answer, and end; never returns."""
    code = 1
    try:
        confine(limits)
        try:
            outcome = decode(_contents(photo, limits), limits)
        except MemoryError:
            outcome = answer.Refused(Reason.TOO_MUCH_MEMORY, "")
        except Exception as error:  # noqa: BLE001 - hostile bytes found a new way: say which, and end
            outcome = answer.Refused(Reason.DECODER_FAILED, type(error).__name__)
        message = memoryview(answer.write(outcome))
        while message:
            message = message[os.write(way_back, message) :]
        code = 0
    finally:
        os._exit(code)


def _contents(photo: int, limits: Limits) -> bytes:
    parts, at = [], 0
    while part := os.pread(photo, limits.max_bytes + 1 - at, at):
        parts.append(part)
        at += len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


if __name__ == "__main__":
    main()
