"""A house with everything in it: two hosts, a campaign, guests with links, a recap; and the address of every view in it."""

import re
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

from meetups.access.address_hash import hash_address
from meetups.access.public_url import full_url
from meetups.access.tokens import (
    PairingSide,
    make_contribution_token,
    make_door_token,
    make_friend_token,
    make_guest_token,
    make_hosting_token,
    make_link_token,
    make_mine_token,
    make_pairing_token,
    make_removal_token,
    make_unsubscribe_token,
)
from meetups.inviting.services.link import make_link
from meetups.models import (
    Circle,
    CircleEvening,
    CircleMember,
    Cohost,
    Delivery,
    Guest,
    Pairing,
    Recap,
    RemovalRequest,
    SenseReport,
)
from meetups.planning.services.kit import keep_kit
from meetups.recaps.public_view import make_broadside
from meetups.sharing.share_cards import make_quotes
from meetups.times import clock
from meetups.webhooks.services import add_webhook
from tests.browser.page_states import add_cover, add_photo, sign_in
from tests.evening.tables import make_door, make_evening
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

# A guest is whoever has a link: A is at the meetup asked for, B at another one. Other views treat both as anonymous.
ROLES = ["anonymous", "guest A", "guest B", "host A", "host B", "cohost", "other organizer", "organizer", "staff without MFA"]
# Views that are tested with the held meetup.
ABOUT_HELD = {"guest_after", "guest_photo", "host_came", "host_debrief", "host_recap", "host_recap_publish", "host_photo"}
ABOUT_HELD |= {"host_recap_take_down", "host_recap_show", "host_removal", "host_recap_reach"}
ABOUT_HELD |= {"host_came_said", "host_waiting", "host_again"}


def make_house() -> dict[str, Any]:
    """Return the rows of a house by name, and a client for each role."""
    organizer, other = make_user(shown_name="Olu"), make_user(shown_name="Oda")
    campaign = make_campaign(organizer, slug="read-together", day=clock.now().date())
    make_campaign(other, slug="another")
    host, host_b, friend = (make_user(shown_name=name) for name in ("Ana", "Bea", "Finn"))
    circle = Circle.objects.create(rhythm="weekly")
    meetup = make_link(make_meetup(host, campaign=campaign, lets_friends=True, plan=True, circle=circle))
    evening = CircleEvening.objects.create(circle=circle, date=meetup.date + timedelta(days=7), time=meetup.time)
    member = CircleMember.objects.create(circle=circle, email="cy@example.org", email_hash=hash_address("cy@example.org"))
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
        "evening": evening,
        "member": member,
        "held": held,
        "guest": guest,
        "came": came,
        "words": words,
        "photo": photo,
        "recap": recap,
        "cover": cover,
        "kept": keep_kit(held, owner=host),
        # The door of an evening that ends in twenty minutes.
        "door": make_door(make_evening(host, begins_in=timedelta(hours=-3, minutes=20)))[0],
        "pairing": Pairing.objects.create(helper=host, newcomer=host_b, made_at=held.end),
    } | {
        "campaign": campaign,
        "report": SenseReport.objects.create(book=held.kit.book, name="2026-11-26", content={"parts": {}, "num_tables": 5}),
        "removal": RemovalRequest.objects.create(recap=recap, contribution=words, is_photo=True),
        "webhook": add_webhook(campaign, url="https://example.org/hook", events=["meetup.held"], by=organizer),
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


# The arguments of a view's address, by its name; the first row whose pattern matches is used. `meetup` and `guest` are those of
# the meetup with which the view is tested.
PARTS = [
    (r"campaign_recap", lambda at: [at["campaign"].slug, at["recap"].slug]),
    (r"campaign_care_write", lambda at: [at["campaign"].slug, at["meetup"].code, "silent"]),
    (r"campaign_hold", lambda at: [at["campaign"].slug, at["meetup"].code]),
    (r"campaign_webhook", lambda at: [at["campaign"].slug, at["webhook"].pk]),
    (r"api_event", lambda at: [at["meetup"].code]),
    (r"api_recap", lambda at: [at["recap"].slug]),
    (r"campaign_feed", lambda at: [at["campaign"].slug, "atom"]),
    (r"campaign_organizer", lambda at: [at["campaign"].slug, at["campaign"].organizers.get().pk]),
    (r"campaign_poster", lambda at: [at["campaign"].slug, "a4"]),
    (
        r"campaign(_card|_care|_day|_edit|_embed|_end|_kit|_letters|_news|_openness|_organizers|_spread|_tokens|_webhooks)?"
        r"|dashboard(_\w+)?",
        lambda at: [at["campaign"].slug],
    ),
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
    (r"come", lambda at: [make_link_token(at["meetup"])]),
    (r"door(_\w+)?", lambda at: [make_door_token(at["door"])]),
    (r"ask_code", lambda at: [at["door"].ask_code]),
    (r"next_host", lambda at: [make_hosting_token(at["guest"])]),
    (r"unsubscribe", lambda at: [make_unsubscribe_token(at["guest"])]),
    (r"mine_\w+", lambda at: [make_mine_token(letter_of_addresses(at["guest"]))]),
    (r"contribution(_photo)?", lambda at: [make_contribution_token(at["words"])]),
    (r"removal_asked", lambda at: [make_removal_token(at["removal"])]),
    (r"kit", lambda at: ["neighbors"]),
    (r"host_kit(_edit|_delete)?", lambda at: [at["kept"].pk]),
    (r"host_list|host_new(_all)?|helping", lambda at: []),
    (r"host_part", lambda at: [at["meetup"].code, "meal"]),
    (r"pairing", lambda at: [make_pairing_token(PairingSide(at["pairing"], is_helper=True))]),
    (r"host_photo", lambda at: [at["meetup"].code, at["photo"].name]),
    (r"host_waiting", lambda at: [at["meetup"].code, at["words"].pk]),
    (r"host_removal", lambda at: [at["meetup"].code, at["removal"].pk]),
    (
        r"host_(guest(_mend|_remove|_new_link|_take_back|_block)?|answer|friend|came_said)",
        lambda at: [at["meetup"].code, at["guest"].pk],
    ),
    (r"host_circle_evening", lambda at: [at["meetup"].code, at["evening"].pk]),
    (r"host_circle_member", lambda at: [at["meetup"].code, at["member"].pk]),
    (r"host_dish(_remove)?", lambda at: [at["meetup"].code, at["meetup"].dishes.get().code]),
    (r"host_letter(?!s|_new)\w*", lambda at: [at["meetup"].code, at["meetup"].mailings.get(kind="three_days").pk]),
    (r"host_\w+|meetup(_card)?", lambda at: [at["meetup"].code]),
    (r"mailbox_part", lambda at: [NO_LETTER, 1]),
    (r"mailbox_\w+", lambda at: [NO_LETTER]),
    (r"inbound(_events)?", lambda at: ["s" * 40]),
    (r"mfa_(remove|edit)_webauthn", lambda at: [1]),
    (r"[\w-]+", lambda at: []),
]
NO_LETTER = "1" * 20 + "-abcdef01"


def address_of(name: str, house: dict) -> str:
    """Return the address of a view in this house."""
    about = {"meetup": house["held"], "guest": house["came"]} if name in ABOUT_HELD else {}
    parts = next(find for pattern, find in PARTS if re.fullmatch(pattern, name))
    asked = {"place_feed": "?town=Toronto", "feed": "?town=Toronto"}.get(name, "")
    if name == "oembed":
        asked = f"?url={full_url(house['recap'].get_absolute_url())}"
    # The API's names stand in a namespace of its own.
    space = "api:" if name.startswith(("api_", "api-", "openapi")) and name != "api_nothing" else ""
    return reverse(space + name, args=parts(house | about)) + asked
