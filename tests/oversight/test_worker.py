"""A real worker in the middle of its letters when the evening is frozen: it stops there, and goes on when that is ended."""

import pytest

from tests.faults.letters import num_reached, states, wait_until
from tests.serving import Site
from tests.smtpsink import Sink

pytestmark = pytest.mark.slow
NUMBER = 400
# More letters than this are never between the relay and the database.
IN_FLIGHT = 20

OWE = f"""
from django.db import transaction
from meetups.outbox.queue import enqueue
from meetups.times import clock
from tests.factories import make_campaign, make_guest, make_host, make_meetup, make_user
# It is about noon there, so that nothing waits for the morning.
ahead = 12 - clock.now().hour
zone = f"Etc/GMT{{-ahead:+d}}" if ahead else "UTC"
with transaction.atomic():
    host = make_host("ana@example.org", shown_name="Ana")
    meetup = make_meetup(host, campaign=make_campaign(make_user("olga@example.org", shown_name="Olga")), zone=zone)
    for number in range({NUMBER}):
        guest = make_guest(meetup, email=f"guest{{number}}@example.org")
        enqueue("invitation", key=str(guest.pk), guest=guest)
"""
FREEZE = """
from meetups.models import Delivery
from meetups.oversight.acts import freeze_meetup
freeze_meetup(Meetup.objects.get(), by=User.objects.get(email="olga@example.org"), reason="A neighbor wrote.")
print(Delivery.objects.filter(state="sent").count())
"""
UNFREEZE = """
from meetups.oversight.acts import unfreeze_meetup
unfreeze_meetup(Meetup.objects.get(), by=User.objects.get(email="olga@example.org"), reason="All is well.")
"""


def test_a_worker_stops_within_the_letters_in_its_hands_and_goes_on_afterwards(tmp_path):
    with Sink(delay=0.1) as sink, Site(tmp_path / "site", email_url=sink.url, web=False) as site:
        site.shell(OWE)
        wait_until(lambda: num_reached(sink) >= 5, site)

        num_sent = int(site.shell(FREEZE).strip().splitlines()[-1])

        wait_until(lambda: sink.to("ana@example.org") and states(site).keys() <= {"sent", "waiting"}, site, seconds=60)
        frozen = states(site)
        assert 5 <= num_reached(sink) == frozen["sent"] <= num_sent + IN_FLIGHT < NUMBER
        assert frozen["waiting"] == NUMBER + 1 - frozen["sent"]
        assert [letter.subject for letter in sink.to("ana@example.org")][0].endswith("your evening is on hold")

        sink.delay = 0.0
        site.shell(UNFREEZE)

        wait_until(lambda: states(site) == {"sent": NUMBER + 2}, site, seconds=60)
        assert num_reached(sink) == NUMBER + 1
        assert len(sink.messages) == NUMBER + 2, "each once, and two to the host"
