"""Who may open which view: every address of the site, for every kind of person (R85). A new address needs a row here."""

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import get_resolver, reverse

from hosts.models import Organizer
from meetups.access.tokens import make_contribution_token, make_guest_token, make_unsubscribe_token
from tests.access.house import ROLES, address_of, make_house, signed_in
from tests.factories import make_factor, make_user
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

SIGN_IN = "sign in"  # redirected to the sign-in page
EVERYBODY = [200] * 9
NOBODY = [404] * 9
HOSTS_ONLY = [SIGN_IN, SIGN_IN, SIGN_IN, 200, 404, 200, 404, 404, 404]
HOSTS_ONLY_POST = [SIGN_IN, SIGN_IN, SIGN_IN, 405, 404, 405, 404, 404, 404]
OWNER_ONLY = [SIGN_IN, SIGN_IN, SIGN_IN, 200] + [404] * 5
HOSTS_TOLD = [SIGN_IN, SIGN_IN, SIGN_IN, 302, 404, 302, 404, 404, 404]
ORGANIZERS_ONLY = [SIGN_IN, SIGN_IN, SIGN_IN, 404, 404, 404, 404, 200, 404]
SIGNED_IN = [SIGN_IN, SIGN_IN, SIGN_IN] + [200] * 6
NO_GET = [405] * 9
NO_TOKEN = [401] * 9

# name: what a GET answers each role. Host A's evening is to come; `held` is another one of theirs, with a recap.
TABLE = {
    "home": EVERYBODY,
    "find": EVERYBODY,
    "privacy": EVERYBODY,
    "report": EVERYBODY,
    "campaign": EVERYBODY,
    "campaign_card": EVERYBODY,
    "campaign_day": EVERYBODY,
    "recap": EVERYBODY,
    "recap_embed": EVERYBODY,
    "campaign_embed": EVERYBODY,
    # Signed-in users are redirected to the draft.
    "recap_hold": [200] * 3 + [302] * 6,
    "recap_hold_draft": SIGNED_IN,
    "host_recap_reach": HOSTS_ONLY,
    "oembed": EVERYBODY,
    "feed": EVERYBODY,
    "place_feed": EVERYBODY,
    "campaign_feed": EVERYBODY,
    "book_feed": EVERYBODY,
    "book": EVERYBODY,
    "kits": EVERYBODY,
    "kit": EVERYBODY,
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
    # The token in the link is the credential.
    "removal_asked": EVERYBODY,
    "photo": EVERYBODY,
    "cover": EVERYBODY,
    # The meetup is private, so only its hosts see its page.
    "meetup": [404, 404, 404, 200, 404, 200, 404, 404, 404],
    # The token in the link is the credential, whoever opens it.
    "guest": EVERYBODY,
    "guest_calendar": EVERYBODY,
    "guest_calendar_page": EVERYBODY,
    "guest_map": EVERYBODY,
    "guest_data": EVERYBODY,
    "guest_leave": EVERYBODY,
    "guest_everything": EVERYBODY,
    "guest_confirm": EVERYBODY,
    # A GET redirects to the guest's page; only a POST records anything.
    "guest_here": [303] * 9,
    "guest_ask": EVERYBODY,
    "guest_circle": EVERYBODY,
    # Leads to the guest's page once the day is chosen.
    "guest_dates": [303] * 9,
    "guest_not_me": EVERYBODY,
    "guest_table": EVERYBODY,
    "guest_after": EVERYBODY,
    "guest_photo": EVERYBODY,
    "contribution": EVERYBODY,
    # The recap of that house is not shown to its table.
    "contribution_photo": NOBODY,
    "friend": EVERYBODY,
    "come": EVERYBODY,
    "mine": EVERYBODY,
    "mine_page": EVERYBODY,
    "mine_data": EVERYBODY,
    "mine_leave": EVERYBODY,
    "unsubscribe": EVERYBODY,
    "door": EVERYBODY,
    "door_sync": EVERYBODY,
    "door_worker": EVERYBODY,
    "ask": EVERYBODY,
    # The four letters of the code are all that is asked for.
    "ask_code": EVERYBODY,
    "next_host": EVERYBODY,
    # Leads on to the page above; nothing is written.
    "guest_next": [303] * 9,
    "host_list": SIGNED_IN,
    "helping": SIGNED_IN,
    # The token in the link is the credential.
    "pairing": EVERYBODY,
    "host_helper": NO_GET,
    "host_hold": HOSTS_ONLY,
    # Redirected to the same page with the key of one draft.
    "host_new": [SIGN_IN] * 3 + [302] * 6,
    "host_new_all": [SIGN_IN] * 3 + [302] * 6,
    "host_desk": HOSTS_ONLY,
    "host_edit": HOSTS_ONLY,
    "host_edit_all": HOSTS_ONLY,
    "host_part": HOSTS_ONLY,
    "host_cohosts": HOSTS_ONLY,
    "host_cover": HOSTS_ONLY,
    "host_publish": HOSTS_TOLD,
    "host_delete": HOSTS_TOLD,
    "host_again": HOSTS_ONLY,
    "host_circle": HOSTS_ONLY,
    "host_circle_people": NO_GET,
    "host_circle_member": NO_GET,
    "host_circle_stop": NO_GET,
    "host_circle_evening": NO_GET,
    # Once it is published it has its day, and the page leads to the desk.
    "host_dates": HOSTS_TOLD,
    "host_dates_stop": NO_GET,
    "host_dates_choose": NO_GET,
    "host_move": HOSTS_ONLY,
    "host_cancel": HOSTS_ONLY,
    "host_restore": NO_GET,
    "host_seats": HOSTS_ONLY,
    "host_seats_restore": NO_GET,
    "host_invite": HOSTS_ONLY,
    # A GET leads to the page of invitations.
    "host_invite_file": HOSTS_TOLD,
    "host_invite_link": NO_GET,
    "host_invite_qr": HOSTS_ONLY,
    "host_invite_one": HOSTS_ONLY,
    # People of the host's own evenings: not even a co-host finds them.
    "host_invite_past": OWNER_ONLY,
    "host_guests": HOSTS_ONLY,
    "host_guest_add": HOSTS_ONLY,
    "host_table": HOSTS_ONLY,
    "host_print": HOSTS_ONLY,
    "host_paper": HOSTS_ONLY,
    # Without a choice it shows the page again.
    "host_paper_pdf": HOSTS_ONLY,
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
    "host_guest_mend": HOSTS_ONLY,
    "host_guest_remove": HOSTS_ONLY,
    "host_friend": NO_GET,
    "host_answer": HOSTS_ONLY,
    "host_guest_block": NO_GET,
    "host_guest_new_link": NO_GET,
    "host_guest_take_back": NO_GET,
    "host_evening": HOSTS_ONLY,
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
    # A kept kit is its owner's alone: not even a co-host of the evening it was kept from finds it.
    "host_kit": OWNER_ONLY,
    "host_kit_edit": OWNER_ONLY,
    "host_kit_delete": OWNER_ONLY,
    "host_kit_keep": NO_GET,
    "campaign_new": SIGNED_IN,
    "campaign_edit": ORGANIZERS_ONLY,
    "campaign_care": ORGANIZERS_ONLY,
    "campaign_hold": ORGANIZERS_ONLY,
    "campaign_letters": ORGANIZERS_ONLY,
    "campaign_news": ORGANIZERS_ONLY,
    "campaign_openness": EVERYBODY,
    "campaign_care_write": ORGANIZERS_ONLY,
    "campaign_recap": ORGANIZERS_ONLY,
    "campaign_organizer": ORGANIZERS_ONLY,
    "campaign_kit": ORGANIZERS_ONLY,
    "campaign_spread": ORGANIZERS_ONLY,
    "campaign_poster": ORGANIZERS_ONLY,
    "campaign_end": ORGANIZERS_ONLY,
    "campaign_organizers": ORGANIZERS_ONLY,
    "dashboard": ORGANIZERS_ONLY,
    "dashboard_generations": ORGANIZERS_ONLY,
    "dashboard_csv": ORGANIZERS_ONLY,
    "dashboard_json": ORGANIZERS_ONLY,
    "dashboard_workbook": ORGANIZERS_ONLY,
    "campaign_webhooks": ORGANIZERS_ONLY,
    "campaign_webhook": ORGANIZERS_ONLY,
    "campaign_tokens": ORGANIZERS_ONLY,
    # Nobody's session is a token; tests/exchange/test_api.py has one.
    "api_campaigns": NO_TOKEN,
    "api_totals": NO_TOKEN,
    "api_events": NO_TOKEN,
    "api_event": NO_TOKEN,
    "api_recaps": NO_TOKEN,
    "api_recap": NO_TOKEN,
    "openapi-json": EVERYBODY,
    "api-root": NOBODY,
    "api_nothing": NOBODY,
    "healthz": [503] * 9,  # no worker in these tests
    "readyz": EVERYBODY,
    # Mail goes nowhere in tests, so there is no mailbox to look into; test_operator.py opens one.
    "mailbox": NOBODY,
    "mailbox_message": NOBODY,
    "mailbox_body": NOBODY,
    "mailbox_part": NOBODY,
    # Staff with a second factor only; a host is refused, and staff without one are led to setting one up.
    "outbox": [SIGN_IN] * 3 + [403] * 5 + [302],
    "outbox_again": NO_GET,
    "outbox_pause": NO_GET,
    "forecast": [SIGN_IN] * 3 + [403] * 5 + [302],
    # Neither token nor secret is set in tests; test_outbox.py opens them.
    "metrics": NOBODY,
    "inbound": NOBODY,
    "inbound_events": NOBODY,
}
TO_ACCOUNT = [302] * 9
# Sign-in, account and second factor: each user sees only their own.
ACCOUNTS = {
    "account": SIGNED_IN,
    "account_name": SIGNED_IN,
    "account_language": NO_GET,
    "account_data": SIGNED_IN,
    "account_delete": SIGNED_IN,
    "account_login": [200] * 3 + [302] * 6,
    "account_confirm_login_code": [SIGN_IN] * 3 + [302] * 6,
    "account_logout": [302] * 3 + [200] * 6,
    "mfa_index": SIGNED_IN,
    "mfa_activate_totp": SIGNED_IN,
    "mfa_list_webauthn": SIGNED_IN,
    "mfa_add_webauthn": SIGNED_IN,
    "mfa_authenticate": [SIGN_IN] * 3 + [302] * 6,
    "mfa_reauthenticate": [SIGN_IN] * 3 + [403] * 6,
    "mfa_reauthenticate_webauthn": [SIGN_IN] * 3 + [403] * 6,
    "mfa_deactivate_totp": [SIGN_IN] * 3 + [404] * 6,
    "mfa_view_recovery_codes": [SIGN_IN] * 3 + [404] * 6,
    "mfa_generate_recovery_codes": SIGNED_IN,
    "mfa_download_recovery_codes": [SIGN_IN] * 3 + [404] * 6,
    "mfa_remove_webauthn": [SIGN_IN] * 3 + [404] * 6,
    "mfa_edit_webauthn": [SIGN_IN] * 3 + [404] * 6,
    "mfa_login_webauthn": [SIGN_IN] * 3 + [302] * 6,
    "account_request_login_code": [SIGN_IN] * 9,
    "account_signup": [SIGN_IN] * 9,
    "account_inactive": [SIGN_IN] * 9,
    "account_reset_password": [SIGN_IN] * 9,
    "account_reauthenticate": TO_ACCOUNT,
    "account_email": TO_ACCOUNT,
    "account_email_verification_sent": TO_ACCOUNT,
    "account_change_password": TO_ACCOUNT,
    "account_set_password": TO_ACCOUNT,
}


@pytest.fixture
def house(settings, tmp_path) -> dict[str, Any]:
    settings.MEDIA_ROOT = tmp_path / "media"
    cache.clear()
    return make_house()


def answer_of(response) -> int | str:
    """Return the status, or SIGN_IN for a redirect to the sign-in page."""
    if response.status_code == 302 and re.match(r"/accounts/login/(\?|$)", response["Location"]):
        return SIGN_IN
    return response.status_code


def names_of(resolver) -> set[str]:
    """Return the names of all addresses but those of Django's admin, which are guarded together."""
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
        # Everybody here comes from one network, whose wrong tokens are counted together.
        cache.clear()
        for role, answer in zip(ROLES, expected, strict=True):
            got = answer_of(house["clients"][role].get(url))
            if got != answer:
                wrong[name, role] = f"{got} and not {answer}"

    assert wrong == {}


# Views whose POST changes something of a meetup or a campaign, and who is refused there.
OPEN_TO_MANY = {"host_list", "host_new", "host_new_all", "campaign_new"}
OPEN_TO_MANY |= {"campaign_feed", "campaign_card", "campaign_day", "campaign_embed", "campaign_openness"}
GUARDED = [
    name for name in TABLE if name.startswith(("host_", "campaign_", "dashboard", "book_reports")) and name not in OPEN_TO_MANY
]
READ_ONLY = {
    "host_letters",
    "host_letter",
    "host_letter_body",
    "host_desk",
    "host_edit",
    "host_guests",
    "host_print",
    "host_paper",
    "host_paper_pdf",
    "host_invite_qr",
    "host_photo",
    "host_kit",
    "campaign_kit",
    "campaign_spread",
    "campaign_poster",
    "dashboard",
    "dashboard_generations",
    "dashboard_csv",
    "dashboard_json",
    "dashboard_workbook",
}
OUTSIDERS = ["anonymous", "guest A", "guest B", "host B", "other organizer", "staff without MFA"]


def test_a_post_by_somebody_it_is_not_for_changes_nothing(house):
    words = {"title": "Mine", "host": "1", "status": "published", "seats": "9999", "rsvp": "no", "word": "Off", "not_held": "on"}
    words |= {"name": "Mine", "call": "Mine", "email": "evil@example.net", "addresses": "evil@example.net", "remove": "1"}
    words |= {"kind": "main", "main": "2", "guest": ""}
    before = all_rows()

    answers = {
        (name, role): answer_of(house["clients"][role].post(address_of(name, house), words))
        for name in GUARDED
        for role in OUTSIDERS
    }

    # Read-only views answer 405 before they look at the user.
    assert {key: answer for key, answer in answers.items() if answer not in (SIGN_IN, 404, 405)} == {}
    assert {name for (name, _role), answer in answers.items() if answer == 405} <= READ_ONLY
    # What somebody typed who is not signed in waits in a session of their own.
    assert all_rows() | {"sessions.Session": []} == before | {"sessions.Session": []}


def test_the_host_is_not_an_organizer_and_the_organizer_is_not_a_host(house):
    before = all_rows()

    as_organizer = house["clients"]["organizer"].post(address_of("host_cancel", house), {"word": "Off"})
    as_host = house["clients"]["host A"].post(address_of("campaign_edit", house), {"name": "Mine", "call": "Mine"})

    assert (as_organizer.status_code, as_host.status_code) == (404, 404)
    assert all_rows() == before


def test_what_is_below_one_guests_link_is_of_that_guest_alone(house):
    """B's link shows nothing of A's meetup, and A's pk does not work at B's."""
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


def test_the_staff_pages_open_for_staff_with_a_second_factor_alone(house):
    staff = make_user(shown_name="Sia", is_staff=True, is_superuser=True)
    make_factor(staff)
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
