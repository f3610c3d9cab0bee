"""The pages of pairing: the tick in the account, the press on the draft, and the link in both letters."""

import pytest
from django.core.cache import cache

from meetups.access.tokens import PairingSide, make_pairing_token, make_user_unsubscribe_token
from meetups.models import Cohost, Delivery, Helper, Meetup, Pairing
from meetups.pairing.services import set_helping
from tests.factories import make_host
from tests.pairing.test_services import ask, make_helper, make_newcomer
from tests.rows import all_rows

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


def words_of(answer) -> str:
    return " ".join(answer.content.decode().split())


# The tick in the account -----------------------------------------------------------------------------------------------


def test_a_stranger_signs_in_first(client):
    assert client.get("/accounts/helping/").url == "/accounts/login/?next=/accounts/helping/"
    assert client.post("/accounts/helping/", {"helps": "on", "most": "2"}).url.startswith("/accounts/login/")
    assert not Helper.objects.exists()


def test_one_tick_and_a_number_are_saved_and_shown(client):
    helper = make_helper()
    Helper.objects.all().delete()
    client.force_login(helper.user)

    page = words_of(client.post("/accounts/helping/", {"helps": "on", "most": "3"}, follow=True))

    assert "Saved. You help first-time hosts." in page and "Nobody just now." in page
    row = Helper.objects.get()
    assert (row.user, row.helps, row.most) == (helper.user, True, 3)
    assert "Saved. You are given nobody." in words_of(client.post("/accounts/helping/", {"most": "3"}, follow=True))
    row.refresh_from_db()
    assert (row.helps, row.most) == (False, 3)


def test_who_has_not_held_an_evening_is_told_so(client):
    client.force_login(make_host())

    assert "You can help once you have held an evening." in words_of(client.get("/accounts/helping/"))
    assert "You can help once you have held an evening." in words_of(
        client.post("/accounts/helping/", {"helps": "on", "most": "2"})
    )
    assert not Helper.objects.exists()


@pytest.mark.parametrize("most", ["0", "6", "many", ""])
def test_a_number_that_cannot_be_is_refused(client, most):
    helper = make_helper()
    client.force_login(helper.user)

    client.post("/accounts/helping/", {"helps": "on", "most": most})

    helper.refresh_from_db()
    assert helper.most == 2


def test_a_helper_ends_one_of_theirs_and_no_other_persons(client):
    helper, draft = make_helper(), make_newcomer()
    pairing = ask(draft, helper)
    client.force_login(make_host())
    for pk in (pairing.pk, "nonsense", "9" * 30):
        assert client.post("/accounts/helping/", {"end": pk}).status_code == 404
    assert Pairing.objects.open().exists()
    client.force_login(helper.user)
    page = words_of(client.get("/accounts/helping/"))
    assert "Maria" in page and "Lopez" not in page and draft.host.email not in page

    client.post("/accounts/helping/", {"end": pairing.pk})

    assert not Pairing.objects.open().exists()


def test_the_page_asks_as_often_for_three_as_for_one(client, django_assert_num_queries):
    helper = make_helper(most=5)
    ask(make_newcomer(), helper)
    client.force_login(helper.user)
    with django_assert_num_queries(5):
        client.get("/accounts/helping/")
    for name in ("Ana", "Bea"):
        ask(make_newcomer(name), helper)

    with django_assert_num_queries(5):
        client.get("/accounts/helping/")


# The draft -------------------------------------------------------------------------------------------------------------


def test_the_draft_offers_and_one_press_pairs(client):
    helper, draft = make_helper(), make_newcomer()
    client.force_login(draft.host)
    before = all_rows()

    page = words_of(client.get(draft.get_desk_url()))

    assert "Samir has done this. May Samir write to you?" in page
    assert "Samir gets your email address and you get theirs." in page
    assert [word for word in ("Haddad", helper.user.email) if word in page] == []
    assert all_rows() == before
    page = words_of(client.post(f"/host/{draft.code}/helper/", {"helper": helper.pk}, follow=True))
    assert "in ten minutes you and Samir get one letter each" in page
    assert "Neither letter is gone yet." in page
    assert Pairing.objects.get().helper == helper.user


def test_it_can_be_taken_back_on_the_same_page(client):
    helper, draft = make_helper(), make_newcomer()
    client.force_login(draft.host)
    client.post(f"/host/{draft.code}/helper/", {"helper": helper.pk})

    page = words_of(client.post(f"/host/{draft.code}/helper/", {"take_back": "1"}, follow=True))

    assert "Taken back. Nobody was written to." in page and "May Samir write to you?" in page
    assert not Pairing.objects.exists()


def test_once_the_letters_are_gone_it_can_only_be_ended(client):
    draft = make_newcomer()
    ask(draft, make_helper())
    Delivery.objects.filter(kind="paired").update(state="sent")
    client.force_login(draft.host)

    assert "Samir helps you with your first evening." in words_of(client.get(draft.get_desk_url()))
    page = words_of(client.post(f"/host/{draft.code}/helper/", {"take_back": "1"}, follow=True))

    assert "The letters are gone already." in page and "Samir" not in page.partition("<h1>")[2].partition("gone already")[2]
    assert not Pairing.objects.open().exists()


@pytest.mark.parametrize("who", ["stranger", "other host", "cohost", "helper"])
def test_nobody_but_the_host_of_the_draft_ticks(client, who):
    helper, draft = make_helper(), make_newcomer()
    person = helper.user if who == "helper" else make_host()
    if who == "cohost":
        Cohost.objects.create(meetup=draft, user=person)
    if who != "stranger":
        client.force_login(person)

    answer = client.post(f"/host/{draft.code}/helper/", {"helper": helper.pk})

    assert answer.status_code == (302 if who == "stranger" else 404)
    assert not Pairing.objects.exists()
    if who == "cohost":
        assert "May Samir write to you?" not in words_of(client.get(draft.get_desk_url()))


@pytest.mark.parametrize("helper", ["", "0", "-1", "٣", "abc", "9" * 40, "1 OR 1"])
def test_a_forged_helper_is_refused(client, helper):
    make_helper()
    draft = make_newcomer()
    client.force_login(draft.host)

    page = words_of(client.post(f"/host/{draft.code}/helper/", {"helper": helper}, follow=True))

    assert "That host has no room just now. Nobody was written to." in page
    assert not Pairing.objects.exists()


def test_looking_at_the_address_of_the_press_is_refused(client):
    draft = make_newcomer()
    client.force_login(draft.host)

    assert client.get(f"/host/{draft.code}/helper/").status_code == 405


@pytest.mark.usefixtures("full_window")
def test_many_presses_are_too_many(client):
    draft = make_newcomer()
    client.force_login(draft.host)

    answers = [client.post(f"/host/{draft.code}/helper/", {"helper": "1"}).status_code for _press in range(22)]

    assert answers[:20] == [302] * 20 and answers[-1] == 429


def test_the_draft_asks_as_often_for_many_helpers_as_for_one(client, django_assert_num_queries):
    make_helper()
    draft = make_newcomer()
    client.force_login(draft.host)
    with django_assert_num_queries(13):
        client.get(draft.get_desk_url())
    for _n in range(4):
        make_helper()

    with django_assert_num_queries(13):
        client.get(draft.get_desk_url())


# The link in the letters -----------------------------------------------------------------------------------------------


@pytest.fixture
def pairing() -> Pairing:
    return ask(make_newcomer(), make_helper())


def path(pairing: Pairing, *, is_helper: bool) -> str:
    return f"/pairing/{make_pairing_token(PairingSide(pairing, is_helper=is_helper))}"


@pytest.mark.parametrize("is_helper", [True, False])
def test_a_look_changes_nothing_and_names_only_the_first_name(client, pairing, is_helper):
    before = all_rows()

    answer = client.get(path(pairing, is_helper=is_helper))

    page = words_of(answer)
    assert f"You and {'Maria' if is_helper else 'Samir'}" in page
    secrets = ("Lopez", "Haddad", pairing.helper.email, pairing.newcomer.email)
    assert [secret for secret in secrets if secret in page] == []
    assert (answer.cookies, answer["Cache-Control"], answer["Referrer-Policy"]) == ({}, "no-store", "no-referrer")
    assert all_rows() == before


@pytest.mark.parametrize("is_helper", [True, False])
@pytest.mark.parametrize("press", [{"end": "1"}, {"List-Unsubscribe": "One-Click"}, {}])
def test_a_press_ends_it_also_that_of_a_mail_program_and_can_be_undone(client, pairing, is_helper, press):
    answer = client.post(path(pairing, is_helper=is_helper), press)

    assert answer.status_code == 303
    assert not Pairing.objects.open().exists()
    assert Helper.objects.get().helps is not is_helper
    assert "Undo" in words_of(client.get(path(pairing, is_helper=is_helper)))
    client.post(path(pairing, is_helper=is_helper), {"again": "1"})
    assert Pairing.objects.open().exists() and Helper.objects.get().helps


def test_the_other_sees_that_it_has_ended_and_cannot_undo_it(client, pairing):
    client.post(path(pairing, is_helper=False), {"end": "1"})

    assert "Undo" not in words_of(client.get(path(pairing, is_helper=True)))
    client.post(path(pairing, is_helper=True), {"again": "1"})
    assert not Pairing.objects.open().exists()


@pytest.mark.parametrize("wrong", ["odd", "forged", "other purpose", "gone"])
def test_a_wrong_link_is_none(client, pairing, wrong):
    token = path(pairing, is_helper=True).removeprefix("/pairing/")
    if wrong == "gone":
        Pairing.objects.all().delete()
    tokens = {"odd": "nobody-knows-this", "forged": token[:-4] + "AAAA", "gone": token}
    tokens["other purpose"] = make_user_unsubscribe_token(pairing.helper)

    for answer in (client.get(f"/pairing/{tokens[wrong]}"), client.post(f"/pairing/{tokens[wrong]}", {"end": "1"})):
        assert answer.status_code == 404
    assert Helper.objects.get().helps


def test_the_link_of_a_letter_opens_nothing_else(client, pairing):
    token = path(pairing, is_helper=True).removeprefix("/pairing/")

    assert client.get(f"/r/{token}").status_code == 404
    assert client.get(f"/next/{token}").status_code == 404


def test_whoever_stopped_helping_finds_the_link_still_open(client, pairing):
    set_helping(pairing.helper, helps=False)

    assert client.get(path(pairing, is_helper=True)).status_code == 200
    assert Meetup.objects.drafts().exists()
