"""A receiver of webhooks on this machine that takes them, fails, hangs, drips, redirects or lies."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Receiver:
    """What it answers, and what it got: path, headers and body of each post."""

    url: str = ""
    status: int = 200
    body: bytes = b"thank you"
    headers: dict[str, str] = field(default_factory=dict)
    # Called with the handler instead of answering.
    behave: Callable[[BaseHTTPRequestHandler], None] | None = None
    got: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    # Set at the end, so that whoever hangs stops.
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2].partition("/")[0])

    def hang(self, handler: BaseHTTPRequestHandler) -> None:
        self.over.wait(30)

    def drip(self, handler: BaseHTTPRequestHandler) -> None:
        """Send a byte of a header now and then, and never the end of it."""
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while not self.over.wait(0.05):
            handler.wfile.write(b"x")
            handler.wfile.flush()

    def flood(self, handler: BaseHTTPRequestHandler) -> None:
        """Say yes, and go on without an end."""
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not self.over.is_set():
            handler.wfile.write(b"lies " * 2000)

    def talk_nonsense(self, handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"220 smtp.example.org\r\n")


@contextmanager
def receiver_on_loopback() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            receiver.got.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            try:
                if receiver.behave is not None:
                    receiver.behave(self)
                    return
                self.send_response(receiver.status)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(receiver.body)
            except OSError:
                # Whoever posted has gone.
                return

        def log_message(self, *_args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook?key=1"
    try:
        yield receiver
    finally:
        receiver.over.set()
        server.shutdown()
        server.server_close()
