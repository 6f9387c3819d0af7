"""A Redis of the clinic's own: a free port on this machine only, a password, nothing evicted, every second on disk.

It shares nothing with a Redis that the system may run on its usual port.
"""

import os
import secrets
import socket
import subprocess
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from launch.failure import Failure
from launch.processes import spawn

TEMPLATE = """\
bind 127.0.0.1
port {port}
protected-mode yes
requirepass {password}
dir {folder}
appendonly {append}
appendfsync everysec
save ""
maxmemory-policy noeviction
daemonize no
logfile ""
"""


class OwnRedis:
    """One Redis server that keeps its data in `folder`; `lasting` False for one that may forget everything."""

    def __init__(self, folder: Path, log: Path, *, lasting: bool = True) -> None:
        self.folder = folder
        self.log = log
        self.lasting = lasting
        self.port = free_port()
        self.password = secrets.token_urlsafe(24)

    @property
    def url(self) -> str:
        """The REDIS_URL of its first database."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    @property
    def conf(self) -> Path:
        return self.folder / "redis.conf"

    def configure(self) -> None:
        """Write its configuration, which holds the password, readable by its owner only."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        escaped = str(self.folder).replace("\\", "\\\\").replace('"', '\\"')
        text = TEMPLATE.format(
            port=self.port,
            password=self.password,
            folder=f'"{escaped}"',
            append="yes" if self.lasting else "no",
        )
        self.conf.unlink(missing_ok=True)
        with os.fdopen(os.open(self.conf, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)

    def start(self) -> subprocess.Popen[bytes]:
        """Start it; it ends when this process ends. Raises OSError.

        Its configuration is written again each time: whoever empties its folder takes nothing with it that it needs.
        """
        self.configure()
        return spawn(["redis-server", self.conf], output=self.log, cwd=self.folder)

    def answers(self) -> bool:
        """Whether it takes commands now (it refuses them while it reads its file at the start)."""
        return ping(self.url)


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_free(port: int) -> bool:
    """Whether a server of ours could listen on `port` of this machine. Raises Failure where we never may."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise Failure(
                f"Only an administrator may use port {port} of this machine: choose one above 1023 with --port."
            ) from None
        except OSError:
            return False
    return True


def ping(url: str) -> bool:
    """Whether the Redis at `url` (redis://[[user]:password@]host:port/...) answers PONG."""
    parts = urlsplit(url)
    credentials = [part for part in (parts.username, parts.password) if part]
    commands = [["AUTH", *credentials]] if credentials else []
    request = b"".join(_encode(command) for command in [*commands, ["PING"]])
    try:
        with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 6379), timeout=2) as link:
            link.sendall(request)
            link.settimeout(2)
            reply = b""
            while reply.count(b"\r\n") < len(commands) + 1 and (chunk := link.recv(4096)):
                reply += chunk
    except OSError:
        return False
    return reply.endswith(b"+PONG\r\n")


def _encode(command: list[str]) -> bytes:
    parts = [part.encode() for part in command]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
