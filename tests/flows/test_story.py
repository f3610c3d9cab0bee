"""The whole way of one evening, from a host's first visit to a recap that somebody copies, in a browser and by real mail."""

import email.policy
import io
import re
from datetime import date, datetime, time, timedelta
from time import sleep as wait
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from tests.browsing import press
from tests.flows.story import Story, open_story

pytestmark = pytest.mark.slow

TORONTO = ZoneInfo("America/Toronto")
STREET = "12 Lindenblossom Street"
DOOR = "the green door behind the lilac"
PHONE = "+1 416 555 0142"
SECRETS = [STREET, DOOR, PHONE]
EVENING = date.today() + timedelta(days=20)
HOST = "ana@example.org"
MARIA, BO, CARL, DANA, EVA = (f"{name}@example.net" for name in ["maria", "bo", "carl", "dana", "eva"])


def wall(days: int, hour: int, minute: int = 0) -> datetime:
    """Return the moment when the wall at the table shows this, so many days from the evening."""
    return datetime.combine(EVENING + timedelta(days=days), time(hour, minute), tzinfo=TORONTO)


@pytest.fixture(scope="module")
def story(tmp_path_factory, chromium_path):
    with open_story(tmp_path_factory.mktemp("story"), chromium_path) as told:
        yield told


def test_the_whole_way_of_an_evening(story: Story):
    # By day, whenever this is run: at night what the host hears waits for the morning.
    story.move_clock(wall(-19, 14))
    host = story.host_page()
    code = publish_an_evening(story, host)
    links = invite_and_answer(story, host, code)
    a_stranger_asks_and_waits(story, code, links)
    a_seat_comes_free(story, links)
    letters_before(story, links)
    letters_after(story, host, code, links)
    slug = tell_the_recap(story, host, code)
    take_it_out(story, slug)
    copy_it(story, slug)
    nothing_leaked(story)


def publish_an_evening(story: Story, host) -> str:
    """Sign in, type an evening, look it over, publish."""
    host.goto(story.url)
    press(host.locator("main a[href='/host/new/'] >> nth=0"))
    story.sign_in(host, HOST, "Ana", path="/host/new/")
    press(host.locator("main a[href^='/host/new/all/']"))
    host.fill("[name=title]", "Soup and one question")
    host.fill("[name=book_title]", "Transforming Power")
    host.fill("[name=book_author]", "Judy Rebick")
    host.fill("[name=way_in]", "Read any one chapter.")
    host.fill("[name=questions]", "Where have you seen people change something together?\nWhat would you try here?")
    host.fill("[name=run]", "7:00 soup\n8:00 the question")
    host.fill("[name=meal]", "Lentil soup and bread.")
    host.fill("[name=date]", EVENING.isoformat())
    host.fill("[name=time]", "19:00")
    host.fill("[name=town_name]", "Toronto")
    host.fill("[name=street]", STREET)
    host.fill("[name=door]", DOOR)
    host.fill("[name=day_phone]", PHONE)
    host.fill("[name=seats]", "3")
    host.check("[name=visibility][value=listed]")
    # Whoever finds it gets a free seat at once; tests/inviting tell of a host who looks first.
    host.uncheck("[name=looks_first]")
    press(host.locator("button.button[name=then][value=look]"))
    host.wait_for_url("**/publish/")
    assert "Invite 50" in host.inner_text("main")
    press(host.locator("main form button.button"))
    host.wait_for_url(re.compile(r"/host/\w{10}/$"))
    code = host.url.rstrip("/").rpartition("/")[2]
    assert "Please confirm" in host.inner_text(".timeline")
    return code


def invite_and_answer(story: Story, host, code: str) -> dict[str, str]:
    """Invite four people; two say yes, one is told of the waiting list, one says no."""
    host.goto(f"{story.url}/host/{code}/invite/")
    host.fill("[name=addresses]", f'Maria Lindqvist <{MARIA}>, "Bo" <{BO}>\n{CARL}; {DANA}\nnot-an-address')
    host.fill("[name=personal]", "It is the book I told you about.")
    press(host.locator("main form button.button"))
    assert "not-an-address" in host.inner_text("main")
    host.check("[name=knows]")
    press(host.locator("button[name=send]"))
    links = {}
    for address in (MARIA, BO, CARL, DANA):
        letter = story.letter_to(address, "Soup and one question")
        assert "Ana via Longtable" in str(letter.message["From"])
        assert "It is the book I told you about." in letter.text
        links[address] = story.link_in(letter, "/r/").partition("?")[0]
    answer(story, links[MARIA], "yes", party_size="2", shows_name=True)
    answer(story, links[BO], "yes")
    page = answer(story, links[CARL], "yes")
    assert "first in line" in page
    assert STREET not in page
    page = answer(story, links[DANA], "no")
    assert STREET not in page
    assert b"METHOD:REQUEST" in calendar_of(story.letter_to(MARIA, STREET))
    story.letter_to(CARL, "waiting list")
    story.letter_to(HOST, "table is full")
    return links


def answer(story: Story, link: str, rsvp: str, *, party_size: str = "1", shows_name: bool = False) -> str:
    """Open the link and answer as somebody without script or cookies; return the page's text."""
    page = story.guest_page()
    page.goto(link)
    assert "will you come?" in page.inner_text("main")
    if party_size != "1":
        page.select_option("[name=party_size]", party_size)
    if shows_name:
        page.click("form summary >> nth=0")
        page.check("[name=shows_name]")
    page.click(f"fieldset.answers button[value={rsvp}] >> nth=0")
    text = page.inner_text("main")
    assert page.context.cookies() == []
    page.context.close()
    return text


def calendar_of(letter) -> bytes:
    return b"".join(part.get_payload(decode=True) for part in letter.message.walk() if part.get_content_type() == "text/calendar")


def a_stranger_asks_and_waits(story: Story, code: str, links: dict[str, str]) -> None:
    """Somebody finds the evening, asks for a seat, proves the address, and waits behind Carl."""
    page = story.guest_page()
    page.goto(f"{story.url}/find/?town=toronto")
    press(page.locator("text=Soup and one question"))
    assert STREET not in page.content()
    page.fill("[name=name]", "Eva")
    page.fill("[name=email]", EVA)
    page.wait_for_timeout(2100)  # the form of a person takes longer than that of a script
    press(page.locator("main form button.button"))
    letter = story.letter_to(EVA, "did you ask for a seat")
    links[EVA] = story.link_in(letter, "/r/").partition("?")[0]
    assert story.site.shell("print(Guest.objects.counting().filter(email__startswith='eva').count())") == "0"
    assert "number 2 in line" in answer(story, links[EVA], "yes")


def a_seat_comes_free(story: Story, links: dict[str, str]) -> None:
    """Bo cannot come any more; the seat is offered to Carl, who takes it."""
    page = story.guest_page()
    page.goto(links[BO])
    press(page.locator("button[name=rsvp][value=no]").last)
    assert STREET not in page.content()
    story.letter_to(CARL, "a seat is free for you")
    page = story.guest_page()
    page.goto(links[CARL])
    press(page.locator("button[name=rsvp][value=yes]:visible").first)
    assert STREET in page.content()


def letters_before(story: Story, links: dict[str, str]) -> None:
    """Each letter comes when the wall at the table says so, to those it is for."""
    story.move_clock(wall(-3, 10, 1))
    assert "Where have you seen people change something" in story.letter_to(MARIA, "Read any one chapter").text
    story.move_clock(wall(-1, 11, 1))
    story.letter_to(MARIA, "/confirm")
    page = story.guest_page()
    page.goto(f"{links[MARIA]}/confirm")
    press(page.locator("button[name=coming][value=yes]"))
    assert "you are coming" in page.inner_text("main").lower()
    story.move_clock(wall(-1, 12, 1))
    story.letter_to(HOST, "Places to lay")
    story.move_clock(wall(0, 8, 1))
    story.sink.wait_for(lambda sink: sum(STREET in one.text for one in sink.to(MARIA)) >= 2, 40)
    assert [STREET in one.text for one in story.sink.to(BO)].count(True) == 1, "after the confirmation Bo has no seat"


def letters_after(story: Story, host, code: str, links: dict[str, str]) -> None:
    """The next morning guests leave a sentence and a photo; the host says who came and how it was."""
    story.move_clock(wall(1, 9, 1))
    story.letter_to(CARL, "/after")
    # Bo had said no, and came after all.
    words = {MARIA: "I left less alone than I came.", CARL: "We disagreed and nobody left.", BO: "I nearly had not come."}
    for address, sentence in words.items():
        page = story.guest_page()
        page.goto(f"{links[address]}/after")
        press(page.locator("button[name=attended][value=yes]"))
        page.fill("[name=sentence]", sentence)
        page.check("[name=sentence_consent][value=everyone]")
        page.fill("[name=shown_as]", "Maria, Toronto" if address == MARIA else "Carl")
        if address == MARIA:
            page.click("summary:has-text('Add a photo')")
            page.set_input_files("[name=photo]", {"name": "table.jpg", "mimeType": "image/jpeg", "buffer": a_photo()})
            page.check("[name=photo_consent][value=everyone]")
            page.check("[name=faces_agreed]")
            page.fill("[name=photo_alt]", "Soup bowls on a long table")
        press(page.locator("form:has([name=sentence]) button.button"))
        assert sentence in page.inner_text("main")
    story.move_clock(wall(1, 18, 1))
    story.letter_to(HOST, "/debrief/")
    # Bo had no seat any more, so the host says that he was there, too.
    story.letter_to(HOST, "says that they were there")
    host.goto(f"{story.url}/host/{code}/came/")
    press(host.locator("button[name=then][value=was_there]"))
    host.wait_for_selector("text=Written down:")
    press(host.locator("button:has-text('Write it down')"))
    host.wait_for_url("**/debrief/")
    host.fill("[name=agree]", "People change things together.")
    host.wait_for_selector("text=What you typed is saved.")
    host.reload()
    assert host.input_value("[name=agree]") == "People change things together."
    host.check("[name=did_happen][value=yes]")
    host.fill("[name=num_came]", "3")
    host.fill("[name=differ]", "Where to begin.")
    host.fill("[name=still_open]", "Who calls the next one?")
    press(host.locator("main form button.button").first)
    host.wait_for_url("**/recap/")


def a_photo() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (640, 480), (150, 60, 40)).save(file, "JPEG")
    return file.getvalue()


def tell_the_recap(story: Story, host, code: str) -> str:
    """The host writes and shows it to the table; on the day that was said it is public, and three kinds of people hear of it."""
    host.fill("[name=text]", "Three of us and a pot of soup.")
    press(host.locator("main form button.button").first)
    host.wait_for_url("**/recap/publish/")
    press(host.locator("button[name=then][value=show]"))
    host.wait_for_selector("text=Your table reads it first.")
    story.move_clock(wall(3, 10, 1))
    letter = story.letter_to(MARIA, "read it before it is public")
    assert f"becomes public on {when_public():%A %-d %B}, 9:00 a.m." in " ".join(letter.text.split())
    page = story.guest_page()
    page.goto(story.link_in(letter, "/w/"))
    page.locator("#fine_read").check()
    press(page.locator("button[name=fine]"))
    assert "You said that it is fine." in page.inner_text("main")
    assert story.site.shell("print(Recap.objects.public().count())") == "0"
    story.move_clock(wall(6, 9, 1))
    wait_until_public(story)
    slug = story.site.shell("print(Recap.objects.public().get().slug)")
    page = story.guest_page()
    page.goto(f"{story.url}/recaps/{slug}/")
    text = page.inner_text("main")
    assert "I left less alone than I came." in text
    assert "Three of us and a pot of soup." in text
    came, declined, waited = (story.letter_to(address, slug) for address in (MARIA, DANA, EVA))
    assert len({came.text, declined.text, waited.text}) == 3
    assert "I left less alone than I came." not in declined.text
    return slug


def when_public() -> date:
    """Return the day on which the recap becomes public: the first nine o'clock two days after the letter of the third morning."""
    return EVENING + timedelta(days=6)


def wait_until_public(story: Story) -> None:
    for _second in range(40):
        if story.site.shell("print(Recap.objects.public().count())") == "1":
            return
        wait(1)
    raise AssertionError("the recap did not become public by itself")


def take_it_out(story: Story, slug: str) -> None:
    """Bo takes his words out again: with two left, the host's words are all there is, for everybody who asks anew."""
    page = story.guest_page()
    page.goto(f"{story.url}/recaps/{slug}/")
    assert "I nearly had not come." in page.inner_text("main")
    own = story.guest_page()
    own.goto(story.link_in(story.letter_to(BO, "Look at them, correct them or take them out"), "/w/"))
    press(own.locator("button[name=take_out]"))
    own.check("[name=sure]")
    press(own.locator("main form .button-danger"))
    page.reload()
    text = page.inner_text("main")
    assert "Three of us and a pot of soup." in text
    assert "I nearly had not come." not in text and "I left less alone than I came." not in text


def copy_it(story: Story, slug: str) -> None:
    """A reader holds the same conversation at another table, through the sign-in without typing anything twice, and invites."""
    reader = story.host_page(with_script=False)
    reader.goto(f"{story.url}/recaps/{slug}/")
    press(reader.locator("text=Hold this conversation at your table"))
    reader.fill("[name=town]", "Toronto")
    month = reader.input_value("[name=month]")
    reader.fill("[name=email]", "farah@example.com")
    press(reader.locator("main form button.button"))
    code = re.search(r"\b\d{6}\b", story.letter_to("farah@example.com", "sign-in code").text).group()
    reader.fill("input[name=code]", code)
    press(reader.locator("button:has-text('Sign in') >> nth=-1"))
    reader.fill("input[name=shown_name]", "Farah")
    press(reader.locator("main form button.button"))
    assert (reader.input_value("[name=town]"), reader.input_value("[name=month]")) == ("Toronto", month)
    press(reader.locator("main form button.button"))
    parent = story.site.shell("m = Meetup.objects.get(host__email='farah@example.com'); print(m.parent.title, m.status)")
    assert parent == "Soup and one question draft"
    assert "draft" in story.letter_to("farah@example.com", "Your draft").text
    assert "in Toronto" in str(story.letter_to(HOST, "somebody is going to hold it").message["Subject"])
    code = re.search(r"/host/(\w+)/", reader.url)[1]
    reader.goto(f"{story.url}/host/{code}/edit/all/")
    assert reader.input_value("[name=book_title]") == "Transforming Power"
    assert (reader.input_value("[name=street]"), reader.input_value("[name=date]")[:7]) == ("", month)
    reader.fill("[name=street]", "7 Other Street")
    reader.fill("[name=seats]", "6")
    press(reader.locator("button.button[name=then][value=look]"))
    press(reader.locator("main form button.button"))
    reader.goto(reader.url + "invite/")
    reader.fill("[name=addresses]", "Ines <ines@example.net>")
    press(reader.locator("main form button.button:has-text('See what was understood')"))
    reader.check("[name=knows]")
    press(reader.locator("button[name=send]"))
    assert "Farah via Longtable" in str(story.letter_to("ines@example.net", "Soup and one question").message["From"])


def nothing_leaked(story: Story) -> None:
    """The street went to those with a seat only, and no log holds a token, an address or the street."""
    for letter in story.sink.messages:
        words = letter.message.as_bytes(policy=email.policy.default).decode(errors="replace") + letter.text + letter.html
        if letter.recipients[0] not in {MARIA, BO, CARL}:
            assert not [secret for secret in SECRETS if secret in words], (letter.recipients, letter.subject)
    logs = story.site.logs
    assert not re.findall(r"/[ruw]/[\w-]{30,}", logs)
    assert not re.findall(r"[\w.]+@example\.(?:net|org|com)", logs)
    assert STREET not in logs
    assert "Traceback" not in logs
