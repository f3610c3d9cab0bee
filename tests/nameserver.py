"""A DNS server on loopback with the records that a test gives it."""

import socketserver
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.rrset


class _Answer(socketserver.BaseRequestHandler):
    def handle(self):
        data, sock = self.request
        question = dns.message.from_wire(data)
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        [asked] = question.question
        records = self.server.zone.get((asked.name.to_text().rstrip(".").lower(), dns.rdatatype.to_text(asked.rdtype)))
        if records:
            answer.answer.append(dns.rrset.from_text(asked.name, 60, "IN", asked.rdtype, *records))
        elif not any(name == asked.name.to_text().rstrip(".").lower() for name, _kind in self.server.zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        sock.sendto(answer.to_wire(), self.client_address)


class NameServer:
    """`with NameServer({("example.org", "TXT"): ['"v=spf1 -all"']}) as server:` answers at `server.address`."""

    def __init__(self, zone: dict[tuple[str, str], list[str]]):
        self._server = socketserver.ThreadingUDPServer(("127.0.0.1", 0), _Answer)
        self._server.daemon_threads = True
        self._server.zone = self.zone = zone

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "NameServer":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self._server.shutdown()
        self._server.server_close()
