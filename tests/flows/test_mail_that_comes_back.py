"""Mail that comes back over an encrypted mailbox, by the loop without Celery, and through the running web server."""

import os
import signal
import ssl
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.management import CommandError, call_command

from meetups.outbox.return_addresses import envelope_sender
from meetups.times import clock
from tests import returned
from tests.factories import make_delivery, make_guest, make_meetup
from tests.faults.letters import wait_until
from tests.imapbox import ImapBox
from tests.serving import ROOT, Site

SECRET = "s" * 40
TWO_SENT = """
from meetups.times import clock
from meetups.outbox.return_addresses import envelope_sender
from tests.factories import make_delivery, make_guest, make_meetup
for _ in range(2):
    guest = make_guest(make_meetup())
    row = make_delivery("invitation", guest=guest, state="sent", finished_at=clock.now())
    print(row.pk, envelope_sender(row))
"""


@pytest.fixture
def certificate(tmp_path):
    """The file of a certificate for 127.0.0.1 and its key, which nobody signed but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(today - timedelta(days=1)).not_valid_after(today + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    words = [made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)]
    words += [key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())]
    file = tmp_path / "certificate.pem"
    file.write_bytes(b"".join(words))
    return file


@pytest.mark.django_db
def test_a_mailbox_behind_tls_is_read_only_where_its_certificate_is_known(settings, certificate, monkeypatch):
    settings.INBOUND_IS_SET_UP, settings.INBOUND_DOMAIN = True, "in.longtable.example"
    row = make_delivery("invitation", guest=make_guest(make_meetup()), state="sent", finished_at=clock.now())
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with ImapBox({7: returned.bounce(envelope_sender(row))}, tls=tls) as box:
        settings.INBOUND_IMAP_URL = box.url

        with pytest.raises(CommandError, match="The mailbox does not answer: SSLCertVerificationError"):
            call_command("fetchmail", "--once")
        assert "LOGIN" not in box.commands

        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        call_command("fetchmail", "--once")

        assert box.messages == {}
    row.refresh_from_db()
    assert row.state == "failed"


@pytest.fixture
def box():
    with ImapBox({}) as box:
        yield box


def state_of(site: Site, number: str) -> str:
    return site.rows(f"SELECT state FROM meetups_delivery WHERE id = {int(number)}")[0][0]  # noqa: S608 (a number)


@pytest.mark.slow
def test_the_running_site_takes_in_a_post_and_the_loop_a_mailbox(tmp_path, box):
    doors = {"INBOUND_SECRET": SECRET, "INBOUND_IMAP_URL": box.url, "INBOUND_DOMAIN": "in.longtable.example"}
    with Site(tmp_path / "site", workers=0, **doors) as site:
        posted, fetched = (line.split() for line in site.shell(TWO_SENT).splitlines())

        headers = {"Content-Type": "message/rfc822", "X-Envelope-To": posted[1]}
        request = urllib.request.Request(f"{site.url}/inbound/{SECRET}/", returned.bounce("x@else.example"), headers)
        with urllib.request.urlopen(request, timeout=30) as response:
            assert response.read() == b'{"done": "bounce"}'
        assert (state_of(site, posted[0]), state_of(site, fetched[0])) == ("failed", "sent")
        assert SECRET not in site.log_of("web").read_text()

        command = [sys.executable, "manage.py", "fetchmail", "--loop", "--seconds", "0.2"]
        loop = subprocess.Popen(command, cwd=ROOT, env=site.env)
        try:
            # It has looked once and found nothing; what comes later is found all the same.
            wait_until(lambda: "LOGOUT" in box.commands, site)
            box.messages[7] = returned.bounce(fetched[1])
            wait_until(lambda: state_of(site, fetched[0]) == "failed", site)
            wait_until(lambda: box.messages == {}, site)
            os.kill(loop.pid, signal.SIGTERM)
            assert loop.wait(20) == 0
        finally:
            loop.kill()
            loop.wait()
