"""A relay that takes everything and keeps nothing: `python -m bench.sink <seconds for each answer>`. It prints its port.

One thread for each connection, plain sockets: it must cost less than whatever is measured against it.
"""

import socket
import sys
import threading
import time

HELLO = b"250-sink\r\n250-8BITMIME\r\n250-SIZE 10000000\r\n250 PIPELINING\r\n"
ANSWERS = {b"EHLO": HELLO, b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}
END = b"\r\n.\r\n"


def serve(connection: socket.socket, delay: float) -> None:
    """Speak SMTP with one client until it hangs up."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def answer(words: bytes) -> None:
        if delay:
            time.sleep(delay)
        connection.sendall(words)

    answer(b"220 sink\r\n")
    waiting, is_body = b"", False
    while received := connection.recv(262_144):
        waiting += received
        while (place := waiting.find(END if is_body else b"\r\n")) >= 0:
            line, waiting = waiting[:place], waiting[place + (5 if is_body else 2) :]
            if is_body:
                is_body = False
                answer(b"250 taken\r\n")
                continue
            verb = line[:4].upper()
            is_body = verb == b"DATA"
            answer(ANSWERS.get(verb, b"250 ok\r\n"))


def main() -> None:
    delay = float(sys.argv[1])
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        connection, _address = listener.accept()
        threading.Thread(target=serve, args=(connection, delay), daemon=True).start()


if __name__ == "__main__":
    main()
