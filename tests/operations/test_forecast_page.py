"""The operator's page about the forecast: rates against those at the start, and whether the ranges held; no person."""

import math
import re
from datetime import timedelta
from html import unescape

import pytest

from hosts.models import User
from meetups.models import EveningCount, KeptForecast, SiteForecast
from meetups.times import clock
from tests.factories import make_guest, make_held_meetup, make_host, make_user, sign_in_with_factor

pytestmark = pytest.mark.django_db
PATH = "/operator/forecast/"


@pytest.fixture
def staff(client) -> User:
    user = make_user("staff@example.org", is_staff=True)
    sign_in_with_factor(client, user)
    return user


def words_of(answer) -> str:
    """Return what a page says, its cells parted by spaces."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())).split())


def keep(*, num_inside: int, num_fewer: int = 0, num_more: int = 0, moment: str = "one_day", level: int = 80) -> None:
    """Write down forecasts of 3 to 5, and how many came."""
    host = make_host(shown_name="Ana Private")
    for num_came in [4] * num_inside + [1] * num_fewer + [9] * num_more:
        meetup = make_held_meetup(host)
        EveningCount.objects.create(meetup=meetup, is_known=True, num_came=num_came, counted_at=clock.now())
        facts = {"low": 3, "high": 5, "share": 0.82, "kept_at": clock.now() - timedelta(days=4)}
        KeptForecast.objects.create(meetup=meetup, moment=moment, level=level, **facts)


def test_a_stranger_signs_in_a_host_is_refused_and_staff_need_a_second_factor(client):
    assert client.get(PATH).url.startswith("/accounts/login/")
    client.force_login(make_user())
    assert client.get(PATH).status_code == 403
    client.force_login(make_user(is_staff=True))
    assert client.get(PATH).url == "/accounts/2fa/"


def test_it_is_shown_and_never_posted_to(client, staff):
    assert client.post(PATH).status_code == 405
    assert client.get(PATH)["Cache-Control"].startswith("max-age=0")


def test_with_no_evening_it_says_that_it_is_not_enough_yet(client, staff):
    page = words_of(client.get(PATH))

    assert "No evening has been held yet of which a forecast was kept" in page
    assert "Nothing to compare yet." in page
    assert "Not enough yet: no evening is counted" in page
    # The start, and how little is known of it.
    assert "yes and confirmed 80 % 80 % 68–90 % 0" in page


def test_with_few_it_says_what_came_and_judges_nothing(client, staff):
    keep(num_inside=2, num_fewer=1)

    page = words_of(client.get(PATH))

    assert "Of 3 evenings the range held on 2, a day before: fewer came on 1, more on 0." in page
    assert "That is not enough yet to say whether it is right." in page
    assert "a day before 80 % 82 % 67 % 3 1 0 not enough yet" in page


@pytest.mark.parametrize(
    ("inside", "fewer", "verdict"),
    [
        (33, 7, "as often as claimed"),
        (20, 20, "too narrow: less often than claimed"),
        (80, 0, "too wide: more often than claimed"),
    ],
)
def test_with_many_it_says_whether_the_range_holds_what_it_claims(client, staff, inside, fewer, verdict):
    keep(num_inside=inside, num_fewer=fewer)

    page = words_of(client.get(PATH))

    assert f"It claims 82 percent, and held on {math.floor(100 * inside / (inside + fewer) + 0.5)} percent ({verdict})." in page


def test_levels_and_moments_stand_in_order(client, staff):
    for moment in ("one_day", "five_days"):
        for level in (90, 50, 80):
            keep(num_inside=1, moment=moment, level=level)

    page = words_of(client.get(PATH))

    places = [page.index(f"{words} {level} %") for words in ("five days before", "a day before") for level in (50, 80, 90)]
    assert places == sorted(places)


def test_what_was_learned_stands_beside_the_start(client, staff):
    counts = {"yes": [380.0, 285.0]}
    SiteForecast.objects.create(counts=counts, likeness=0.12, num_evenings=57, learned_at=clock.now())

    page = words_of(client.get(PATH))

    assert "Learned from 57 evenings" in page
    assert "yes, more than a day before 50 % 74 % 71–77 % 380" in page
    assert "from 0 to 1: 0.12, at first 0.05." in page


def test_the_page_names_nobody_and_asks_as_often_for_many_as_for_few(client, staff, django_assert_num_queries):
    keep(num_inside=2)
    make_guest(make_held_meetup(), "maria@example.org", name="Maria Private", rsvp="yes", attended=True)
    with django_assert_num_queries(6):
        client.get(PATH)
    keep(num_inside=20, num_more=3)

    with django_assert_num_queries(6):
        page = client.get(PATH).content.decode()

    assert [name for name in ("Private", "maria@", "Soup and one question") if name in page] == []


def test_the_outbox_page_leads_to_it(client, staff):
    assert f'href="{PATH}"' in client.get("/operator/outbox/").content.decode()
