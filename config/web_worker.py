"""The worker that gunicorn runs: waitress receives requests and sends responses, so that a slow client occupies no thread.

gunicorn's own threaded worker gives a connection a thread before its request has arrived, so that eight clients which send half a
request stop a site of two workers with four threads each. waitress collects requests and sends responses in one loop of the
process, for hundreds of connections, and gives a thread only to a request that is complete. gunicorn starts, watches and stops
the processes, as before.
"""

import os
import time
from typing import Any, cast

from gunicorn.workers.base import Worker
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server

LOOP_SECONDS = 0.5
# Of one process. Each is a file, of which a process may have 1,024 by default.
MOST_CONNECTIONS = 500
# A connection without a byte in either direction for so long is closed, also one that is kept alive.
SILENT_SECONDS = 20
# From its first byte. Ten megabytes at 20 kB a second take nine minutes.
HEAD_SECONDS, REQUEST_SECONDS = 20, 600
LIMITS: dict[str, Any] = {
    "connection_limit": MOST_CONNECTIONS,
    "channel_timeout": SILENT_SECONDS,
    "cleanup_interval": 5,
    # A photo may have ten megabytes; a larger one is received all the same, so that the site itself answers, with the words that
    # stood beside it. docs/deploy.md names more for the proxy. What is larger than this gets a 413.
    "max_request_body_size": 32 * 1024 * 1024,
    "max_request_header_size": 64 * 1024,
    # What is longer waits in a temporary file, so that all connections together take some ten megabytes; and no thread waits for
    # a client that does not read.
    "inbuf_overflow": 64 * 1024,
    "outbuf_overflow": 128 * 1024,
    "outbuf_high_watermark": 1024 * 1024 * 1024,
    "asyncore_use_poll": True,
    # Headers of proxies are read by Django alone (TRUSTED_PROXIES).
    "clear_untrusted_proxy_headers": False,
    "ident": None,
}


class TimedChannel(HTTPChannel):
    """A connection that knows when its present request began."""

    began_at = 0.0

    def received(self, data: bytes) -> bool:
        if self.request is None:
            self.began_at = time.monotonic()
        return super().received(data)

    def is_overdue(self, now: float) -> bool:
        """Tell whether the present request has been incomplete for too long, however often a byte of it arrives."""
        if self.request is None:
            return False
        return now - self.began_at > (REQUEST_SECONDS if self.request.headers_finished else HEAD_SECONDS)

    def is_busy(self) -> bool:
        """Tell whether a request is being received or answered, or its response sent."""
        return bool(self.request or self.requests or self.total_outbufs_len)


class BufferingWorker(Worker):
    """A worker process of gunicorn with waitress inside; `threads` requests are answered at a time."""

    def run(self) -> None:
        """Serve until gunicorn stops this process, or is gone; then finish what has begun, for `graceful_timeout` seconds."""
        # gunicorn's own wrappers, around the sockets.
        wrappers: list[Any] = self.sockets
        sockets = [wrapper.sock for wrapper in wrappers]
        self.connections: dict[int, Any] = {}
        server = create_server(cast(Any, self.wsgi), map=self.connections, sockets=sockets, threads=self.cfg.threads, **LIMITS)
        listeners = [one for one in self.connections.values() if isinstance(one, BaseWSGIServer)]
        for listener in listeners:
            listener.channel_class = TimedChannel
        looked_at = time.monotonic()
        while self.alive and self.ppid == os.getppid():
            self._turn()
            if time.monotonic() - looked_at > LOOP_SECONDS:
                looked_at = time.monotonic()
                self._close_overdue(looked_at)
        for listener in listeners:
            # Only the socket: the listener's own close would also close the pipe by which threads wake the loop.
            wasyncore.dispatcher.close(listener)
        deadline = time.monotonic() + self.cfg.graceful_timeout
        while any(channel.is_busy() for channel in self._channels()) and time.monotonic() < deadline:
            self._turn()
        server.task_dispatcher.shutdown(timeout=1)

    def _turn(self) -> None:
        """Wait for the next bytes and handle them, and tell gunicorn that this process lives."""
        self.notify()
        wasyncore.loop(timeout=LOOP_SECONDS, use_poll=True, map=self.connections, count=1)

    def _channels(self) -> list[TimedChannel]:
        return [one for one in self.connections.values() if isinstance(one, TimedChannel)]

    def _close_overdue(self, now: float) -> None:
        for channel in self._channels():
            channel.will_close = channel.will_close or channel.is_overdue(now)
