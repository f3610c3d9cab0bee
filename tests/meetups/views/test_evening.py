"""A host after the evening: ticks, six questions, the recap from draft to public and back."""

import io
import re

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from meetups.models import Cohost, Contribution, Debrief, Guest, Mailing, Meetup, Photo, Recap
from tests.factories import (
    STREET,
    make_contribution,
    make_debrief,
    make_draft,
    make_guest,
    make_held_meetup,
    make_meetup,
    make_recap,
    make_user,
)

pytestmark = pytest.mark.django_db
PAGES = ["came/", "debrief/", "recap/", "recap/publish/"]


@pytest.fixture(autouse=True)
def own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


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


# Who came


def test_host_ticks_who_came_and_names_who_came_unasked(client, meetup):
    ana, ben = make_guest(meetup, name="Ana", rsvp="yes"), make_guest(meetup, name="Ben", rsvp="yes")
    mo = make_guest(meetup, name="Mo", rsvp="maybe")

    response = client.post(url(meetup, "came/"), {"yes": [ana.pk], "also": [mo.pk], "others": "Noor, Lee ,"}, follow=True)

    assert response.redirect_chain == [(url(meetup, "debrief/"), 302)]
    assert "Written down: 4 guests came." in response.content.decode()
    assert sorted(Guest.objects.filter(attended=True).values_list("name", flat=True)) == ["Ana", "Lee", "Mo", "Noor"]
    assert Guest.objects.get(pk=ben.pk).attended is False


def test_list_has_every_guest_that_exists_for_the_host(client, meetup):
    make_guest(meetup, name="Yes Yara", rsvp="yes", party_size=2)
    make_guest(meetup, name="Told Tess", rsvp="yes", attended=True)
    make_guest(meetup, name="Declined Dan", rsvp="no")
    make_guest(meetup, name="Removed Rita", rsvp="yes", removed_at=meetup.starts_at)
    make_guest(meetup, name="Unproven Uma", rsvp="yes", origin="self")

    page = client.get(url(meetup, "came/")).content.decode()

    assert "Yes Yara, and 1 more" in page
    assert "Told Tess (was there)" in page
    assert "Declined Dan" in page
    assert "Rita" not in page and "Uma" not in page
    assert page.count(" checked") == 1


def test_guest_of_another_table_cannot_be_ticked(client, meetup):
    other = make_guest(make_held_meetup(), rsvp="yes")

    response = client.post(url(meetup, "came/"), {"yes": [other.pk]})

    assert response.status_code == 200
    assert "Error:" in response.content.decode()
    assert Guest.objects.get().attended is None


@pytest.mark.parametrize("pk", ["9" * 30, "-1", "x", "\0", "1e3"])
def test_a_tick_for_no_guest_is_a_page_and_no_break(client, meetup, pk):
    guest = make_guest(meetup, rsvp="yes")

    response = client.post(url(meetup, "came/"), {"yes": [pk]})

    guest.refresh_from_db()
    assert response.status_code in (200, 302)
    assert guest.attended is not True


def test_it_did_not_happen_is_an_answer(client, meetup):
    make_guest(meetup, rsvp="yes")

    response = client.post(url(meetup, "came/"), {"not_held": "on"})

    assert response.headers["Location"] == f"/host/{meetup.code}/"
    assert Debrief.objects.get().did_happen is False
    assert Guest.objects.get().attended is None


@pytest.mark.parametrize("others", ["www.example.com", ", ".join(["Bo"] * 21), "a" * 61])
def test_names_that_are_none_are_refused_and_kept(client, meetup, others):
    response = client.post(url(meetup, "came/"), {"others": others})

    assert response.status_code == 200
    assert "Please look at this again" in response.content.decode()
    assert others in response.content.decode()
    assert not Guest.objects.exists()


@pytest.mark.parametrize("number", [1, 3])
def test_tick_list_takes_the_same_queries_whatever_its_length(client, meetup, number):
    for _place in range(number):
        make_guest(meetup, rsvp="yes", attended=True)
        make_guest(meetup, rsvp="no")

    with CaptureQueriesContext(connection) as queries:
        client.get(url(meetup, "came/"))

    assert len(queries) <= 9


# Six questions


def test_six_answers_are_kept_and_lead_to_the_recap(client, meetup):
    answers = {"did_happen": "yes", "num_came": "8", "agree": "A", "differ": "B", "still_open": "C", "next_time": "D"}

    response = client.post(url(meetup, "debrief/"), answers)

    assert response.headers["Location"] == url(meetup, "recap/")
    debrief = Debrief.objects.get()
    assert (debrief.did_happen, debrief.num_came, debrief.agree, debrief.differ) == (True, 8, "A", "B")
    assert (debrief.still_open, debrief.next_time) == ("C", "D")


def test_number_of_ticks_is_filled_in(client, meetup):
    make_guest(meetup, rsvp="yes", attended=True, party_size=2)
    make_guest(meetup, rsvp="yes", attended=True)

    page = client.get(url(meetup, "debrief/")).content.decode()

    assert re.search(r'name="num_came" value="3"', page)
    assert re.search(r'value="yes"[^>]* checked', page)


def test_no_leads_back_to_the_desk(client, meetup):
    response = client.post(url(meetup, "debrief/"), {"did_happen": "no"})

    assert response.headers["Location"] == f"/host/{meetup.code}/"
    assert Debrief.objects.get().did_happen is False


@pytest.mark.parametrize(
    "answers",
    [{}, {"did_happen": "perhaps"}, {"did_happen": "yes", "num_came": "-1"}, {"did_happen": "yes", "agree": "x" * 10_000}],
    ids=["nothing", "perhaps", "negative", "long"],
)
def test_bad_answers_are_shown_again_and_not_kept(client, meetup, answers):
    response = client.post(url(meetup, "debrief/"), answers)

    assert response.status_code == 200
    assert "<title>Error:" in response.content.decode()
    assert not Debrief.objects.exists()


def test_answer_for_the_host_alone_is_nowhere_in_the_recap(client, meetup):
    make_debrief(meetup, next_time="No wine for Theo")

    assert "Theo" in client.get(url(meetup, "debrief/")).content.decode()
    assert "Theo" not in client.get(url(meetup, "recap/")).content.decode()
    assert "Theo" not in client.get(url(meetup, "recap/publish/")).content.decode()


def test_what_is_typed_is_kept_before_the_button_is_pressed_and_decides_nothing(client, meetup):
    typed = {"autosave": "1", "num_came": "8", "agree": "One. Two. Three. Four.", "next_time": "Bread"}

    response = client.post(url(meetup, "debrief/"), typed)
    client.post(url(meetup, "debrief/"), {"autosave": "1", "differ": "City or street"})

    assert (response.status_code, response.content) == (204, b"")
    kept = Debrief.objects.get()
    assert (kept.did_happen, kept.num_came, kept.agree, kept.differ) == (None, 8, "One. Two. Three. Four.", "City or street")
    page = client.get(url(meetup, "debrief/")).content.decode()
    assert "One. Two. Three. Four." in page and "data-autosave" in page
    assert "Six short questions" in client.get(f"/host/{meetup.code}/").content.decode()


def test_an_answer_that_cannot_be_kept_yet_does_not_lose_the_others(client, meetup):
    response = client.post(url(meetup, "debrief/"), {"autosave": "1", "num_came": "many", "agree": "Soup", "differ": "x" * 601})

    assert response.status_code == 422
    assert (Debrief.objects.get().agree, Debrief.objects.get().differ) == ("Soup", "")


def test_more_than_three_sentences_are_shown_again(client, meetup):
    response = client.post(url(meetup, "debrief/"), {"did_happen": "yes", "agree": "One. Two. Three. Four."})

    assert "Three sentences at most, please." in response.content.decode()
    assert not Debrief.objects.exists()


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


def test_preview_is_what_everybody_will_read(client, meetup):
    recap = make_recap(meetup, state="draft")
    for number in range(3):
        add_photo(make_contribution(make_guest(meetup, rsvp="yes"), f"Word {number}.", shown_as=f"Name {number}"), "everyone")
    make_contribution(make_guest(meetup, rsvp="yes"), "Table words.", sentence_consent="table")

    preview = client.get(url(meetup, "recap/publish/")).content.decode()
    client.post(url(meetup, "recap/publish/"))
    public = client.get(recap.get_absolute_url()).content.decode()

    def article(page: str) -> str:
        text = re.sub(r"<(/?)h[12] ?", r"<\1h ", re.search(r"<article.*</article>", page, re.DOTALL)[0])
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

    assert len(queries) <= 7


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
