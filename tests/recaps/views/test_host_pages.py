"""Pages of a host after the meetup: access to all of them, and the recap from draft to public and back."""

import io
import re

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from meetups.models import Cohost, Contribution, Debrief, Guest, Mailing, Meetup, Photo, Recap
from meetups.recaps.services.preview import start_preview
from meetups.times import clock
from tests.factories import (
    STREET,
    make_contribution,
    make_debrief,
    make_delivery,
    make_draft,
    make_guest,
    make_held_meetup,
    make_meetup,
    make_recap,
    make_user,
)

pytestmark = pytest.mark.django_db
PAGES = ["came/", "debrief/", "recap/", "recap/publish/"]


@pytest.fixture
def meetup(client) -> Meetup:
    """A held meetup whose host is signed in."""
    meetup = make_held_meetup()
    client.force_login(meetup.host)
    return meetup


def url(meetup: Meetup, page: str) -> str:
    return f"/host/{meetup.code}/{page}"


def add_photo(contribution: Contribution, consent: str) -> Photo:
    written = io.BytesIO()
    Image.new("RGB", (80, 60), "teal").save(written, "JPEG")
    photo = Photo(contribution=contribution, consent=consent, alt="Six bowls")
    photo.file.save("photo.jpg", ContentFile(written.getvalue(), name="photo.jpg"), save=True)
    return photo


WORDS = {"question": "Who decides here?", "text": "We ate soup.", "agree": "", "differ": "", "still_open": ""}


# Who may enter


@pytest.mark.parametrize("page", [*PAGES, "recap/take-down/", "photos/x.jpg"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_stranger_is_asked_to_sign_in(client, page, method):
    meetup = make_held_meetup()

    response = getattr(client, method)(url(meetup, page))

    if page.startswith("photos") and method == "post":
        assert response.status_code == 405
    else:
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("page", [*PAGES, "recap/take-down/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_another_host_finds_nothing_and_changes_nothing(client, page, method):
    theirs = make_held_meetup()
    make_guest(theirs, rsvp="yes")
    make_recap(theirs)
    client.force_login(make_held_meetup().host)

    response = getattr(client, method)(url(theirs, page), WORDS | {"did_happen": "no"})

    assert response.status_code == 404
    assert Recap.objects.get().is_published and not Debrief.objects.exists()
    assert Guest.objects.get().attended is None


@pytest.mark.parametrize("page", PAGES)
def test_cohost_may_enter(client, page):
    meetup = make_held_meetup()
    cohost = Cohost.objects.create(meetup=meetup, user=make_user())
    client.force_login(cohost.user)

    assert client.get(url(meetup, page)).status_code == 200


@pytest.mark.parametrize("page", [*PAGES, "recap/take-down/"])
@pytest.mark.parametrize("make", [make_meetup, make_draft])
@pytest.mark.parametrize("method", ["get", "post"])
def test_before_the_evening_every_page_leads_back_to_the_desk(client, page, make, method):
    meetup = make()
    client.force_login(meetup.host)

    response = getattr(client, method)(url(meetup, page), WORDS)

    assert (response.status_code, response.headers["Location"]) == (302, f"/host/{meetup.code}/")
    assert not Recap.objects.exists()


@pytest.mark.parametrize("page", [*PAGES, "recap/take-down/"])
def test_looking_changes_nothing(client, meetup, page):
    make_guest(meetup, rsvp="yes")

    client.get(url(meetup, page))

    assert not Recap.objects.exists() and not Debrief.objects.exists() and not Mailing.objects.exists()
    assert Guest.objects.get().attended is None


# The recap


def test_draft_shows_what_debrief_and_kit_say(client, meetup):
    make_debrief(meetup, agree="Together or not at all.")

    page = client.get(url(meetup, "recap/")).content.decode()

    assert 'value="Where have you seen people change something together?"' in page
    assert "Together or not at all." in page


def test_host_reads_what_is_for_everyone_and_for_the_table_and_nothing_else(client, meetup):
    for consent, word in (("everyone", "Public words."), ("table", "Table words."), ("nobody", "Private words.")):
        left = make_contribution(make_guest(meetup, rsvp="yes"), word, sentence_consent=consent, shown_as=f"{consent} name")
        add_photo(left, consent)
    gone = make_contribution(make_guest(meetup, rsvp="yes"), "Withdrawn words.")
    Contribution.objects.filter(pk=gone.pk).update(withdrawn_at=meetup.ends_at)

    page = client.get(url(meetup, "recap/")).content.decode()

    assert "Public words." in page and "everyone name" in page
    assert "Table words." in page and "table name" in page
    assert "for your table only, not in the recap" in page
    assert "Private words." not in page and "nobody name" not in page and "Withdrawn words." not in page
    shown = [photo.name in page for photo in Photo.objects.order_by("pk")]
    assert shown == [True, True, False]


def test_saving_orders_and_hides_but_never_changes_words(client, meetup):
    first, second = (
        make_contribution(make_guest(meetup, rsvp="yes"), word, position=n) for n, word in enumerate(["One.", "Two."], 1)
    )
    table = make_contribution(make_guest(meetup, rsvp="yes"), "Table.", sentence_consent="table")
    add_photo(second, "everyone")
    posted = WORDS | {
        f"place_{first.pk}": "2", f"hide_{first.pk}": "on", f"place_{second.pk}": "1", f"hide_photo_{second.pk}": "on",
        f"sentence_{first.pk}": "Changed.", "sentence": "Changed.", f"place_{table.pk}": "1", "state": "published",
    }  # fmt: skip

    response = client.post(url(meetup, "recap/"), posted)

    assert response.headers["Location"] == url(meetup, "recap/publish/")
    kept = Contribution.objects.order_by("pk").values_list("sentence", "position", "is_hidden")
    assert list(kept) == [("One.", 2, True), ("Two.", 1, False), ("Table.", 0, False)]
    assert Photo.objects.get().is_hidden
    recap = Recap.objects.get()
    assert (recap.question, recap.text, recap.state) == ("Who decides here?", "We ate soup.", "draft")


@pytest.mark.parametrize("change", [{"question": ""}, {"text": "x" * 10_000}, {"text": f"At {STREET}, third floor"}])
def test_words_that_cannot_stand_are_shown_again_and_not_kept(client, meetup, change):
    make_recap(meetup, state="draft", text="As it was")

    response = client.post(url(meetup, "recap/"), WORDS | change)

    assert response.status_code == 200
    assert "<title>Error:" in response.content.decode()
    assert Recap.objects.get().text == "As it was"


def test_refused_words_do_not_make_a_recap(client, meetup):
    client.post(url(meetup, "recap/"), WORDS | {"text": f"At {STREET}"})

    assert not Recap.objects.exists()


@pytest.mark.parametrize(("state", "is_told"), [("sent", True), ("waiting", False), ("expired", False)])
def test_the_table_is_said_to_have_the_letter_only_when_it_is_gone(client, meetup, state, is_told):
    make_contribution(make_guest(meetup, rsvp="yes", attended=True))
    start_preview(make_recap(meetup, state="draft"))
    mailing = meetup.mailings.get(kind="recap_preview")
    meetup.mailings.update(fanned_out_at=clock.now(), num_owed=1)
    guest = meetup.contributions.get().guest
    make_delivery("recap_preview", guest=guest, mailing=mailing, state=state, finished_at=clock.now())

    page = client.get(url(meetup, "recap/publish/")).content.decode()

    assert ("Everybody who left something has the letter about it" in page) is is_told
    assert ("The letters about it are due: " in page) is not is_told


def test_preview_is_what_everybody_will_read(client, meetup):
    recap = make_recap(meetup, state="draft")
    for number in range(3):
        add_photo(make_contribution(make_guest(meetup, rsvp="yes"), f"Word {number}.", shown_as=f"Name {number}"), "everyone")
    make_contribution(make_guest(meetup, rsvp="yes"), "Table words.", sentence_consent="table")

    preview = client.get(url(meetup, "recap/publish/")).content.decode()
    client.post(url(meetup, "recap/publish/"))
    public = client.get(recap.get_absolute_url()).content.decode()

    def article(page: str) -> str:
        text = re.sub(r"<(/?)h[12] ?", r"<\1h ", "".join(re.findall(r"<article.*</article>", page, re.DOTALL)))
        return re.sub(rf"/host/{meetup.code}/photos/", "/media/photos/", text).replace("<h >", "<h>")

    assert article(preview) == article(public)
    assert "Table words." not in preview


def test_host_is_told_who_gets_which_letter_before_publishing(client, meetup):
    for attended in (True, True, False):
        make_guest(meetup, rsvp="yes", attended=attended)
    make_guest(meetup, rsvp="no")
    make_guest(meetup)

    page = re.sub(r"<[^>]+>", "", client.get(url(meetup, "recap/publish/")).content.decode())

    assert "2 to those who came" in page
    assert "1 to those who could not come" in page
    assert "1 to those who said no" in page


def test_publishing_twice_is_publishing_once(client, meetup):
    client.post(url(meetup, "recap/"), WORDS)

    client.post(url(meetup, "recap/publish/"))
    response = client.post(url(meetup, "recap/publish/"), follow=True)

    recap = Recap.objects.get()
    assert recap.is_published
    assert recap.get_absolute_url() in response.content.decode()
    # Three to guests, and in sixty days one to the host.
    assert Mailing.objects.count() == 4


def test_evening_that_did_not_happen_cannot_be_published(client, meetup):
    make_recap(meetup, state="draft")
    make_debrief(meetup, did_happen=False)

    page = client.get(url(meetup, "recap/publish/")).content.decode()
    response = client.post(url(meetup, "recap/publish/"))

    assert "Publish it" not in page
    assert "You said that this evening did not happen, so there is nothing to tell." in response.content.decode()
    assert Recap.objects.get().state == "draft"


def test_taking_down_asks_first_and_then_is_at_once(client, meetup):
    recap = make_recap(meetup)

    asked = client.get(url(meetup, "recap/take-down/"))
    assert "Take the recap down?" in asked.content.decode()
    assert client.get(recap.get_absolute_url()).status_code == 200

    client.post(url(meetup, "recap/take-down/"))
    again = client.post(url(meetup, "recap/take-down/"))

    assert again.headers["Location"] == url(meetup, "recap/")
    assert client.get(recap.get_absolute_url()).status_code == 410


@pytest.mark.parametrize("number", [1, 3])
def test_recap_takes_the_same_queries_whatever_guests_left(client, meetup, number):
    for _place in range(number):
        add_photo(make_contribution(make_guest(meetup, rsvp="yes")), "everyone")

    with CaptureQueriesContext(connection) as queries:
        client.get(url(meetup, "recap/"))

    # Two of them are for the line of what is best done next.
    assert len(queries) <= 10


# Photos for the host


@pytest.mark.parametrize(("consent", "status"), [("everyone", 200), ("table", 200), ("nobody", 404)])
def test_host_sees_a_photo_its_guest_shows_to_the_table(client, meetup, consent, status):
    photo = add_photo(make_contribution(make_guest(meetup, rsvp="yes")), consent)

    response = client.get(url(meetup, f"photos/{photo.name}.jpg"))

    assert response.status_code == status
    if status == 200:
        assert response["Cache-Control"] == "private, no-store"
        assert response["Content-Type"] == "image/jpeg"


def test_photo_of_another_table_is_not_in_the_hosts_room(client, meetup):
    photo = add_photo(make_contribution(make_guest(make_held_meetup(), rsvp="yes")), "everyone")

    assert client.get(url(meetup, f"photos/{photo.name}.jpg")).status_code == 404
