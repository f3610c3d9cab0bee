"""A small IMAP server on loopback with one mailbox; it knows the commands of RFC 9051 that fetching mail uses."""

import re
import socketserver
import ssl
import threading


class _Session(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("* OK ready")
        while line := self.rfile.readline():
            tag, _space, rest = line.decode().strip().partition(" ")
            words = rest.split(" ")
            name = " ".join(words[:2]).upper() if words[0].upper() == "UID" else words[0].upper()
            self.server.box.commands.append(name)
            if not getattr(self, "do_" + name.lower().replace(" ", "_"), self.unknown)(tag, rest):
                return

    def say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")

    def unknown(self, tag: str, rest: str) -> bool:
        self.say(f"{tag} BAD what is that")
        return True

    def do_capability(self, tag: str, rest: str) -> bool:
        self.say("* CAPABILITY IMAP4rev1")
        self.say(f"{tag} OK done")
        return True

    def do_login(self, tag: str, rest: str) -> bool:
        is_right = rest.split(" ", 1)[1].replace('"', "") == f"{self.server.box.user} {self.server.box.password}"
        self.say(f"{tag} OK welcome" if is_right else f"{tag} NO go away")
        return True

    def do_select(self, tag: str, rest: str) -> bool:
        self.say(f"* {len(self.server.box.messages)} EXISTS")
        self.say(f"{tag} OK [READ-WRITE] selected")
        return True

    def do_uid_search(self, tag: str, rest: str) -> bool:
        unseen = [str(uid) for uid in self.server.box.messages if uid not in self.server.box.seen]
        self.say("* SEARCH " + " ".join(unseen))
        self.say(f"{tag} OK done")
        return True

    def do_uid_fetch(self, tag: str, rest: str) -> bool:
        uid = int(rest.split(" ")[2])
        size = int(re.search(r"<0\.(\d+)>", rest)[1])
        data = self.server.box.messages[uid][:size]
        self.wfile.write(f"* 1 FETCH (UID {uid} BODY[]<0> {{{len(data)}}}\r\n".encode() + data + b")\r\n")
        self.say(f"{tag} OK done")
        return True

    def do_uid_store(self, tag: str, rest: str) -> bool:
        uid = int(rest.split(" ")[2])
        self.server.box.seen.add(uid)
        if "Deleted" in rest:
            self.server.box.deleted.add(uid)
        self.say(f"{tag} OK done")
        return True

    def do_expunge(self, tag: str, rest: str) -> bool:
        for uid in self.server.box.deleted:
            self.server.box.messages.pop(uid, None)
        self.say(f"{tag} OK done")
        return True

    def do_logout(self, tag: str, rest: str) -> bool:
        self.say("* BYE")
        self.say(f"{tag} OK done")
        return False


class ImapBox:
    """`with ImapBox({1: b"…"}) as box:` serves these messages at `box.url` until the end of the block.

    With `tls`, a server's context, every connection is encrypted from its first byte.
    """

    user, password = "box", "s3cret"

    def __init__(self, messages: dict[int, bytes], *, tls: ssl.SSLContext | None = None):
        self.messages = dict(messages)
        self.seen: set[int] = set()
        self.deleted: set[int] = set()
        self.commands: list[str] = []
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Session)
        self._server.daemon_threads = True
        self._server.box = self
        self._scheme = "imaps" if tls else "imap"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)

    @property
    def url(self) -> str:
        return f"{self._scheme}://{self.user}:{self.password}@127.0.0.1:{self._server.server_address[1]}/INBOX"

    def __enter__(self) -> "ImapBox":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self._server.shutdown()
        self._server.server_close()
