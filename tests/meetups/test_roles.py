"""Who may open which door: every address of the site, for every kind of person (R85). A new address has to be named here."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from django.urls import get_resolver, reverse

from hosts.models import Organizer
from meetups.broadside import make_broadside
from meetups.cards import make_quotes
from meetups.models import Cohost, Delivery, Guest, Recap, RemovalRequest, SenseReport
from meetups.telling import full_url
from meetups.tokens import (
    make_contribution_token,
    make_friend_token,
    make_guest_token,
    make_mine_token,
    make_removal_token,
    make_unsubscribe_token,
)
from tests.browser.rooms import add_cover, add_photo, sign_in
from tests.factories import (
    make_campaign,
    make_contribution,
    make_debrief,
    make_delivery,
    make_dish,
    make_guest,
    make_held_meetup,
    make_meetup,
    make_others_speak,
    make_recap,
    make_user,
)
from tests.meetups.views.rows import all_rows

pytestmark = pytest.mark.django_db

# A guest is whoever holds a link; A is at the evening asked for, B at another one. Both are anonymous to every other door.
ROLES = ["anonymous", "guest A", "guest B", "host A", "host B", "cohost", "other organizer", "organizer", "staff without MFA"]
DOOR = "door"  # sent to sign in
EVERYBODY = [200] * 9
NOBODY = [404] * 9
HOSTS_ONLY = [DOOR, DOOR, DOOR, 200, 404, 200, 404, 404, 404]
HOSTS_ONLY_POST = [DOOR, DOOR, DOOR, 405, 404, 405, 404, 404, 404]
HOSTS_TOLD = [DOOR, DOOR, DOOR, 302, 404, 302, 404, 404, 404]
ORGANIZERS_ONLY = [DOOR, DOOR, DOOR, 404, 404, 404, 404, 200, 404]
SIGNED_IN = [DOOR, DOOR, DOOR] + [200] * 6
NO_GET = [405] * 9

# name: what a GET answers each role. Host A's evening is to come; `held` is another one of theirs, with a recap.
TABLE = {
    "home": EVERYBODY,
    "find": EVERYBODY,
    "privacy": EVERYBODY,
    "report": EVERYBODY,
    "campaign": EVERYBODY,
    "recap": EVERYBODY,
    "recap_embed": EVERYBODY,
    # Whoever is signed in goes on to the draft.
    "recap_hold": [200] * 3 + [302] * 6,
    "recap_hold_draft": SIGNED_IN,
    "host_recap_reach": HOSTS_ONLY,
    "oembed": EVERYBODY,
    "feed": EVERYBODY,
    "place_feed": EVERYBODY,
    "campaign_feed": EVERYBODY,
    "book_feed": EVERYBODY,
    "book": EVERYBODY,
    "book_report": EVERYBODY,
    "book_reports": ORGANIZERS_ONLY,
    "sitemap": EVERYBODY,
    "sitemap_part": EVERYBODY,
    "robots": EVERYBODY,
    "recap_card": EVERYBODY,
    "recap_square": EVERYBODY,
    "recap_story": EVERYBODY,
    "recap_quote": EVERYBODY,
    "recap_share": EVERYBODY,
    # A private evening has no picture, not even for its hosts.
    "meetup_card": NOBODY,
    "removal": EVERYBODY,
    # Authority is in the link of who asked.
    "removal_asked": EVERYBODY,
    "photo": EVERYBODY,
    "cover": EVERYBODY,
    # A private evening: its page is there for its hosts alone.
    "meetup": [404, 404, 404, 200, 404, 200, 404, 404, 404],
    # Authority is in the link, whoever opens it.
    "guest": EVERYBODY,
    "guest_calendar": EVERYBODY,
    "guest_calendar_page": EVERYBODY,
    "guest_map": EVERYBODY,
    "guest_data": EVERYBODY,
    "guest_leave": EVERYBODY,
    "guest_everything": EVERYBODY,
    "guest_confirm": EVERYBODY,
    # Only a press does something; looking leads to the guest's page.
    "guest_here": [303] * 9,
    "guest_ask": EVERYBODY,
    "guest_not_me": EVERYBODY,
    "guest_table": EVERYBODY,
    "guest_after": EVERYBODY,
    "guest_photo": EVERYBODY,
    "contribution": EVERYBODY,
    # The recap of that house is not shown to its table.
    "contribution_photo": NOBODY,
    "friend": EVERYBODY,
    "mine": EVERYBODY,
    "mine_page": EVERYBODY,
    "mine_data": EVERYBODY,
    "mine_leave": EVERYBODY,
    "unsubscribe": EVERYBODY,
    "host_list": SIGNED_IN,
    "host_new": SIGNED_IN,
    "host_desk": HOSTS_ONLY,
    "host_edit": HOSTS_ONLY,
    "host_cover": HOSTS_ONLY,
    "host_publish": HOSTS_TOLD,
    "host_delete": HOSTS_TOLD,
    "host_move": HOSTS_ONLY,
    "host_cancel": HOSTS_ONLY,
    "host_restore": NO_GET,
    "host_invite": HOSTS_ONLY,
    "host_guest_add": HOSTS_ONLY,
    "host_table": HOSTS_ONLY,
    "host_print": HOSTS_ONLY,
    "host_dish_add": HOSTS_ONLY,
    "host_dish": HOSTS_ONLY,
    "host_dish_remove": NO_GET,
    "host_letters": HOSTS_ONLY,
    "host_letter_new": HOSTS_ONLY,
    "host_letters_try_again": NO_GET,
    "host_letter": HOSTS_ONLY,
    "host_letter_body": HOSTS_ONLY,
    "host_letter_edit": HOSTS_ONLY,
    "host_letter_move": HOSTS_ONLY,
    "host_letter_send": HOSTS_ONLY,
    "host_letter_switch": NO_GET,
    "host_letter_reset": NO_GET,
    "host_letter_take_back": NO_GET,
    "host_guest": HOSTS_ONLY,
    "host_guest_remove": HOSTS_ONLY,
    "host_friend": NO_GET,
    "host_answer": HOSTS_ONLY,
    "host_guest_block": NO_GET,
    "host_guest_new_link": NO_GET,
    "host_came": HOSTS_ONLY,
    "host_debrief": HOSTS_ONLY,
    "host_recap": HOSTS_ONLY,
    "host_recap_publish": HOSTS_ONLY,
    "host_recap_show": HOSTS_TOLD,
    "host_removal": NO_GET,
    "host_came_said": NO_GET,
    "host_waiting": NO_GET,
    "host_recap_take_down": HOSTS_ONLY,
    "host_photo": HOSTS_ONLY,
    "campaign_new": SIGNED_IN,
    "campaign_edit": ORGANIZERS_ONLY,
    "campaign_recap": ORGANIZERS_ONLY,
    "campaign_organizers": ORGANIZERS_ONLY,
    "dashboard": ORGANIZERS_ONLY,
    "dashboard_csv": ORGANIZERS_ONLY,
    "healthz": [503] * 9,  # no worker in these tests
    "readyz": EVERYBODY,
    # Mail goes nowhere in tests, so there is no mailbox to look into; test_operator.py opens one.
    "mailbox": NOBODY,
    "mailbox_message": NOBODY,
    "mailbox_body": NOBODY,
    "mailbox_part": NOBODY,
    # Staff with a second factor only; a host is refused, and staff without one are led to setting one up.
    "outbox": [DOOR] * 3 + [403] * 5 + [302],
    "outbox_again": NO_GET,
    "outbox_pause": NO_GET,
    # Neither token nor secret is set in tests; test_outbox.py opens them.
    "metrics": NOBODY,
    "inbound": NOBODY,
    "inbound_events": NOBODY,
}
TO_ACCOUNT = [302] * 9
# Their own sign-in, account and second factor: what one person sees there is never another's.
ACCOUNTS = {
    "account": SIGNED_IN,
    "account_name": SIGNED_IN,
    "account_language": NO_GET,
    "account_data": SIGNED_IN,
    "account_delete": SIGNED_IN,
    "account_login": [200] * 3 + [302] * 6,
    "account_confirm_login_code": [DOOR] * 3 + [302] * 6,
    "account_logout": [302] * 3 + [200] * 6,
    "mfa_index": SIGNED_IN,
    "mfa_activate_totp": SIGNED_IN,
    "mfa_list_webauthn": SIGNED_IN,
    "mfa_add_webauthn": SIGNED_IN,
    "mfa_authenticate": [DOOR] * 3 + [302] * 6,
    "mfa_reauthenticate": [DOOR] * 3 + [403] * 6,
    "mfa_reauthenticate_webauthn": [DOOR] * 3 + [403] * 6,
    "mfa_deactivate_totp": [DOOR] * 3 + [404] * 6,
    "mfa_view_recovery_codes": [DOOR] * 3 + [404] * 6,
    "mfa_generate_recovery_codes": SIGNED_IN,
    "mfa_download_recovery_codes": [DOOR] * 3 + [404] * 6,
    "mfa_remove_webauthn": [DOOR] * 3 + [404] * 6,
    "mfa_edit_webauthn": [DOOR] * 3 + [404] * 6,
    "mfa_login_webauthn": [DOOR] * 3 + [302] * 6,
    "account_request_login_code": [DOOR] * 9,
    "account_signup": [DOOR] * 9,
    "account_inactive": [DOOR] * 9,
    "account_reset_password": [DOOR] * 9,
    "account_reauthenticate": TO_ACCOUNT,
    "account_email": TO_ACCOUNT,
    "account_email_verification_sent": TO_ACCOUNT,
    "account_change_password": TO_ACCOUNT,
    "account_set_password": TO_ACCOUNT,
}
# Doors whose name leads to the evening that was held.
ABOUT_HELD = {"guest_after", "guest_photo", "host_came", "host_debrief", "host_recap", "host_recap_publish", "host_photo"}
ABOUT_HELD |= {"host_recap_take_down", "host_recap_show", "host_removal", "host_recap_reach"}
ABOUT_HELD |= {"host_came_said", "host_waiting"}


@pytest.fixture
def house(settings, tmp_path) -> dict:
    """Two hosts with an evening each, a campaign, guests with links; return parts of addresses, and a client for each role."""
    settings.MEDIA_ROOT = tmp_path / "media"
    cache.clear()
    organizer, other = make_user(shown_name="Olu"), make_user(shown_name="Oda")
    campaign = make_campaign(organizer, slug="read-together")
    make_campaign(other, slug="another")
    host, host_b, friend = (make_user(shown_name=name) for name in ("Ana", "Bea", "Finn"))
    meetup = make_meetup(host, campaign=campaign, lets_friends=True, plan=True)
    held = make_held_meetup(host, campaign=campaign)
    Cohost.objects.bulk_create([Cohost(meetup=meetup, user=friend), Cohost(meetup=held, user=friend)])
    guest, came = make_guest(meetup, rsvp="yes"), make_guest(held, rsvp="yes", attended=True)
    make_dish(meetup, guest=guest, words="Rye")
    make_debrief(held)
    words = make_contribution(came)
    photo = add_photo(words)
    make_others_speak(held)
    recap = make_recap(held)
    cover = add_cover(meetup)
    guest_b = make_guest(make_meetup(host_b), rsvp="yes")
    staff = make_user(shown_name="Sam", is_staff=True, is_superuser=True)
    people = [None, None, None, host, host_b, friend, other, organizer, staff]
    clients = {role: signed_in(user) for role, user in zip(ROLES, people, strict=True)}
    clients["guest A"].get(f"/r/{make_guest_token(guest)}")
    clients["guest B"].get(f"/r/{make_guest_token(guest_b)}")
    return {
        "meetup": meetup,
        "held": held,
        "guest": guest,
        "came": came,
        "words": words,
        "photo": photo,
        "recap": recap,
        "cover": cover,
    } | {
        "campaign": campaign,
        "report": SenseReport.objects.create(book=held.kit.book, name="2026-11-26", content={"parts": {}, "num_tables": 5}),
        "removal": RemovalRequest.objects.create(recap=recap, contribution=words, is_photo=True),
        "clients": clients,
        "guest B": guest_b,
    }


def signed_in(user) -> Client:
    client = Client()
    if user is not None:
        client.cookies["sessionid"] = sign_in(user)
    return client


def quote_in(recap: Recap) -> str:
    """Return the key of the first sentence of this recap that has a picture."""
    return next(iter(make_quotes(recap, make_broadside(recap))))


def letter_of_addresses(guest: Guest) -> Delivery:
    """Return a letter with the link to all evenings of this guest's address."""
    return make_delivery("my_meetups", guest=guest, context={"address": guest.email_hash})


# What stands in the address of a door, by its name: the first row that fits counts. `meetup` and `guest` are those of the
# evening that the door is about.
PARTS = [
    (r"campaign_recap", lambda at: [at["campaign"].slug, at["recap"].slug]),
    (r"campaign_feed", lambda at: [at["campaign"].slug, "atom"]),
    (r"campaign(_edit|_organizers)?|dashboard(_csv)?", lambda at: [at["campaign"].slug]),
    (r"recap_quote", lambda at: [at["recap"].slug, quote_in(at["recap"])]),
    (r"recap(_\w+)?|removal", lambda at: [at["recap"].slug]),
    (r"book_feed", lambda at: [at["held"].kit.book.slug, "json"]),
    (r"book_report", lambda at: [at["held"].kit.book.slug, at["report"].name]),
    (r"book(_reports)?", lambda at: [at["held"].kit.book.slug]),
    (r"feed|place_feed", lambda at: ["atom"]),
    (r"sitemap_part", lambda at: ["recaps"]),
    (r"photo", lambda at: [at["photo"].name]),
    (r"cover", lambda at: [at["cover"].name]),
    (r"guest(_\w+)?", lambda at: [make_guest_token(at["guest"])]),
    (r"friend", lambda at: [make_friend_token(at["guest"])]),
    (r"unsubscribe", lambda at: [make_unsubscribe_token(at["guest"])]),
    (r"mine_\w+", lambda at: [make_mine_token(letter_of_addresses(at["guest"]))]),
    (r"contribution(_photo)?", lambda at: [make_contribution_token(at["words"])]),
    (r"removal_asked", lambda at: [make_removal_token(at["removal"])]),
    (r"host_list|host_new", lambda at: []),
    (r"host_photo", lambda at: [at["meetup"].code, at["photo"].name]),
    (r"host_waiting", lambda at: [at["meetup"].code, at["words"].pk]),
    (r"host_removal", lambda at: [at["meetup"].code, at["removal"].pk]),
    (r"host_(guest(_remove|_new_link|_block)?|answer|friend|came_said)", lambda at: [at["meetup"].code, at["guest"].pk]),
    (r"host_dish(_remove)?", lambda at: [at["meetup"].code, at["meetup"].dishes.get().code]),
    (r"host_letter(?!s|_new)\w*", lambda at: [at["meetup"].code, at["meetup"].mailings.get(kind="three_days").pk]),
    (r"host_\w+|meetup(_card)?", lambda at: [at["meetup"].code]),
    (r"mailbox_part", lambda at: [NO_LETTER, 1]),
    (r"mailbox_\w+", lambda at: [NO_LETTER]),
    (r"inbound(_events)?", lambda at: ["s" * 40]),
    (r"mfa_(remove|edit)_webauthn", lambda at: [1]),
    (r"\w+", lambda at: []),
]
NO_LETTER = "1" * 20 + "-abcdef01"


def address_of(name: str, house: dict) -> str:
    """Return the address of a door at this house."""
    about = {"meetup": house["held"], "guest": house["came"]} if name in ABOUT_HELD else {}
    parts = next(find for pattern, find in PARTS if re.fullmatch(pattern, name))
    asked = {"place_feed": "?town=Toronto", "feed": "?town=Toronto"}.get(name, "")
    if name == "oembed":
        asked = f"?url={full_url(house['recap'].get_absolute_url())}"
    return reverse(name, args=parts(house | about)) + asked


def answer_of(response) -> int | str:
    """Return the status, or the word for being sent to sign in."""
    if response.status_code == 302 and re.match(r"/accounts/login/(\?|$)", response["Location"]):
        return DOOR
    return response.status_code


def names_of(resolver) -> set[str]:
    """Return the names of all addresses but those of Django's admin, which has one door for all."""
    names = set()
    for entry in resolver.url_patterns:
        if not hasattr(entry, "url_patterns"):
            names.add(entry.name)
        elif entry.namespace != "admin":
            names |= names_of(entry)
    return names


def test_every_address_of_the_site_has_a_row_in_the_table():
    assert names_of(get_resolver()) == TABLE.keys() | ACCOUNTS.keys()


def test_every_page_opens_for_those_it_is_for_and_nobody_else(house):
    wrong = {}
    for name, expected in (TABLE | ACCOUNTS).items():
        url = address_of(name, house)
        for role, answer in zip(ROLES, expected, strict=True):
            got = answer_of(house["clients"][role].get(url))
            if got != answer:
                wrong[name, role] = f"{got} and not {answer}"

    assert wrong == {}


# Doors behind which a press changes something of an evening or a campaign, and who is refused there.
OPEN_TO_MANY = {"host_list", "host_new", "campaign_new", "campaign_feed"}
GUARDED = [
    name for name in TABLE if name.startswith(("host_", "campaign_", "dashboard", "book_reports")) and name not in OPEN_TO_MANY
]
READ_ONLY = {
    "host_letters",
    "host_letter",
    "host_letter_body",
    "host_desk",
    "host_print",
    "host_photo",
    "dashboard",
    "dashboard_csv",
}
OUTSIDERS = ["anonymous", "guest A", "guest B", "host B", "other organizer", "staff without MFA"]


def test_a_press_by_somebody_it_is_not_for_changes_nothing(house):
    words = {"title": "Mine", "host": "1", "status": "published", "seats": "9999", "rsvp": "no", "word": "Off", "not_held": "on"}
    words |= {"name": "Mine", "call": "Mine", "email": "evil@example.net", "addresses": "evil@example.net", "remove": "1"}
    words |= {"kind": "main", "main": "2", "guest": ""}
    before = all_rows()

    answers = {
        (name, role): answer_of(house["clients"][role].post(address_of(name, house), words))
        for name in GUARDED
        for role in OUTSIDERS
    }

    # 405 is said before anybody asks who it is, by doors that are for reading.
    assert {key: answer for key, answer in answers.items() if answer not in (DOOR, 404, 405)} == {}
    assert {name for (name, _role), answer in answers.items() if answer == 405} <= READ_ONLY
    assert all_rows() == before


def test_the_host_is_not_an_organizer_and_the_organizer_is_not_a_host(house):
    before = all_rows()

    as_organizer = house["clients"]["organizer"].post(address_of("host_cancel", house), {"word": "Off"})
    as_host = house["clients"]["host A"].post(address_of("campaign_edit", house), {"name": "Mine", "call": "Mine"})

    assert (as_organizer.status_code, as_host.status_code) == (404, 404)
    assert all_rows() == before


def test_what_is_below_one_guests_link_is_of_that_guest_alone(house):
    """B's own link shows nothing of A's evening, and A's number at B's table is nobody."""
    token = make_guest_token(house["guest B"])
    client = house["clients"]["guest B"]

    page = client.get(f"/r/{token}").content.decode()
    mixed = house["clients"]["host A"].get(reverse("host_guest", args=[house["meetup"].code, house["guest B"].pk]))
    own_photo = client.get(f"/r/{token}/photo")
    words_as_link = client.get(f"/r/{make_contribution_token(house['words'])}")
    stop_as_link = client.get(f"/r/{make_unsubscribe_token(house['guest'])}")

    assert house["meetup"].code not in page
    assert [answer.status_code for answer in (mixed, own_photo, words_as_link, stop_as_link)] == [404] * 4


STAFF_PAGES = ["/staff/", "/staff/meetups/meetup/", "/staff/meetups/guest/", "/staff/hosts/user/", "/staff/meetups/delivery/"]


def test_the_staffs_door_opens_for_staff_with_a_second_factor_alone(house):
    staff = make_user(shown_name="Sia", is_staff=True, is_superuser=True)
    Authenticator.objects.create(user=staff, type=Authenticator.Type.TOTP, data={"secret": "x"})
    clients = house["clients"] | {"staff": signed_in(staff)}

    ends = {role: {end_of(client.get(page, follow=True)) for page in STAFF_PAGES} for role, client in clients.items()}

    assert ends.pop("staff") == {(200, "")}
    assert ends.pop("staff without MFA") == {(200, "/accounts/2fa/")}
    assert {role: ends.pop(role) for role in ROLES[:3]} == {role: {(200, "/accounts/login/")} for role in ROLES[:3]}
    assert {status for answers in ends.values() for status, _path in answers} == {403}


def end_of(response) -> tuple[int, str]:
    """Return the status where all redirects ended, and the path there when there were any."""
    path = response.redirect_chain[-1][0].partition("?")[0] if response.redirect_chain else ""
    return response.status_code, path


def test_an_organizer_who_was_taken_off_is_out_at_once(house):
    Organizer.objects.filter(campaign=house["campaign"]).delete()

    assert house["clients"]["organizer"].get(address_of("dashboard", house)).status_code == 404
