"""`rediss://` is verified TLS for the broker and the cache alike: a server that cannot show who it is gets nothing."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis

from tests import smtpsink
from tests.conftest import skip_or_fail
from tests.serving import ROOT, kill_group

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not os.environ.get("REDIS_URL"), reason="The embedded size has no broker outside of its worker."),
]
KEYS = dict.fromkeys(["SECRET_KEY", "LINK_KEYS", "FACTOR_KEYS"], "k" * 50)
USE_BOTH = """
from django.core.cache import cache
from meetups.outbox.wake_worker import _send
_send()
cache.set("soup", "yes", 60)
"""


class TlsRedis:
    """A Redis that speaks TLS only, with a certificate for this host name, signed by itself."""

    def __init__(self, folder: Path, host: str):
        self.folder, self.port, self.certificate = folder, smtpsink.free_port(), folder / "cert.pem"
        name = f"IP:{host}" if host[0].isdigit() else f"DNS:{host}"
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={host}"]
        command += ["-addext", f"subjectAltName={name}", "-keyout", str(folder / "key.pem"), "-out", str(self.certificate)]
        subprocess.run(command, check=True, capture_output=True)

    def __enter__(self) -> "TlsRedis":
        command = ["redis-server", "--port", "0", "--tls-port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        command += ["--tls-cert-file", str(self.certificate), "--tls-key-file", str(self.folder / "key.pem")]
        command += ["--tls-auth-clients", "no", "--dir", str(self.folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        # For a look from outside, whoever it says that it is.
        self.client = redis.Redis(port=self.port, ssl=True, ssl_cert_reqs="none", ssl_check_hostname=False)
        deadline = time.monotonic() + 20
        while True:
            try:
                self.client.ping()
            except redis.ConnectionError:
                assert time.monotonic() < deadline, "Redis does not start"
                time.sleep(0.05)
            else:
                return self

    def __exit__(self, *_) -> None:
        kill_group(self.process)


@pytest.fixture(autouse=True)
def programs():
    if not shutil.which("redis-server") or not shutil.which("openssl"):
        skip_or_fail("redis-server or openssl was not found; the test starts a Redis of its own with a certificate.")


def keys_after_use(server: TlsRedis, folder: Path, options: str = "") -> set[str]:
    """Poke the worker and write to the cache from a process of its own; return what the server was given."""
    words = {"REDIS_URL": f"rediss://127.0.0.1:{server.port}/0{options}", "VAR_DIR": str(folder), "ENV_FILE": os.devnull}
    environment = os.environ | words | KEYS | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", USE_BOTH]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    keys = {key.decode() for key in server.client.keys("*")}
    return {"queue" for key in keys if key == "celery"} | {"cache" for key in keys if "soup" in key}


@pytest.mark.parametrize(
    ("host", "is_trusted", "expected"),
    [
        ("127.0.0.1", True, {"queue", "cache"}),
        ("127.0.0.1", False, set()),
        ("another.example", True, set()),
    ],
    ids=["a certificate of our own authority", "nobody knows who signed it", "the certificate of another host"],
)
def test_only_a_server_that_shows_who_it_is_gets_anything(tmp_path, host, is_trusted, expected):
    with TlsRedis(tmp_path, host) as server:
        options = f"?ssl_ca_certs={server.certificate}" if is_trusted else ""

        assert keys_after_use(server, tmp_path, options) == expected
