"""Rows for every state of every page, and the path of each.

`make_states()` runs in a test's own database or, through `site.shell`, in that of a running site, where `print_states()` prints
what it returns as JSON: paths by name, and the session of each person.
"""

import io
import json
import time as wall
from datetime import time, timedelta
from zoneinfo import ZoneInfo

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image

from hosts.models import Campaign, User
from hosts.signin.session_factor import SESSION_KEY as FACTOR_KEY
from meetups.access.tokens import (
    PairingSide,
    make_contribution_token,
    make_friend_token,
    make_guest_token,
    make_hosting_token,
    make_link_token,
    make_mine_token,
    make_pairing_token,
    make_removal_token,
    make_unsubscribe_token,
    make_user_unsubscribe_token,
)
from meetups.guests.services.friend import answer_as_friend, decide_on_friend
from meetups.guests.services.question import answer_guest, ask_host
from meetups.guests.services.seat_request import ask_as_friend, ask_for_seat
from meetups.inviting.services.link import look_at_link, make_link
from meetups.models import (
    Book,
    Cohost,
    Contribution,
    Cover,
    Delivery,
    Descent,
    DescentMonth,
    EveningCount,
    Guest,
    KeptForecast,
    Kit,
    Meetup,
    Needs,
    Pairing,
    Photo,
    Recap,
    RemovalRequest,
)
from meetups.oversight.acts import freeze_meetup
from meetups.pairing.services import pair, set_helping
from meetups.planning.services.kit import keep_kit
from meetups.planning.services.next_host import begin_draft
from meetups.planning.services.seats import lower_seats
from meetups.public.freeze_book_report import freeze_sense
from meetups.times import clock
from tests.browser.evening_states import make_evening_states
from tests.circles.polls import make_polled
from tests.circles.states import make_circle_states
from tests.exchange.states import make_exchange_states
from tests.factories import (
    add_role,
    make_book,
    make_campaign,
    make_contribution,
    make_debrief,
    make_delivery,
    make_dish,
    make_draft,
    make_factor,
    make_guest,
    make_held_meetup,
    make_meetup,
    make_recap,
    make_user,
)

ZONE = "America/Toronto"
NUM_MANY = 25
WORD = "The stairs are steep, the dog is kind.\n\nCome hungry."


def make_states() -> dict:
    """Write all rows and return {"paths": {name: path}, "sessions": {who: key}}."""
    people = _people()
    campaign = make_campaign(people["organizer"], name="Read Together", slug="read-together")
    Kit.objects.create(campaign=campaign, book=make_book(), way_in="Read the last page.", questions="What would you try?")
    empty = make_campaign(people["newcomer"], name="A new call", slug="a-new-call")
    ola = add_role(campaign, make_user(shown_name="Ola"))
    paths = {"campaign": f"/c/{campaign.slug}/", "campaign_empty": f"/c/{empty.slug}/"}
    paths |= {"campaign_person": f"/c/{campaign.slug}/organizers/{ola.pk}/"} | _days_and_ends(people["organizer"])
    paths |= _evenings_to_come(people["host"], campaign)
    paths |= _guests(people["host"], campaign)
    paths |= _evenings_held(people["host"], campaign)
    paths |= _long_words(people["guarded"], campaign)
    paths |= _generations(people["organizer"], people["host"])
    paths |= make_exchange_states(people["organizer"], campaign)
    paths |= _links_of_addresses()
    paths |= _names_and_seats(people["host"])
    paths |= make_circle_states(people["host"])
    paths |= make_evening_states(people["host"])
    paths |= _first_evenings(people["host"], people["offered"], people["paired"])
    paths |= {"unsubscribe_host": f"/u/{make_user_unsubscribe_token(people['host'])}"}
    return {"paths": paths, "sessions": {who: sign_in(user) for who, user in people.items()}}


def _days_and_ends(organizer: User) -> dict[str, str]:
    """A campaign with a day of action, on which one table has begun, and one that ended yesterday."""
    begun = _at(hours=-1)
    acting = make_campaign(organizer, name="One Day", slug="one-day", day=begun["date"], color="slate")
    for fields in (begun, _at(hours=-1) | {"time": time(23, 30), "zone": "Pacific/Honolulu", "town_name": "Hilo"}):
        make_meetup(make_user(), campaign=acting, visibility="listed", **fields)
    over = make_campaign(organizer, name="Done", slug="done", ends_at=clock.now() - timedelta(days=1), color="leaf")
    make_held_meetup(make_user(), campaign=over)
    return {"campaign_acting": f"/c/{acting.slug}/", "campaign_over": f"/c/{over.slug}/"}


def _generations(organizer: User, host: User) -> dict[str, str]:
    """A campaign whose evenings led to others, over three generations and two months, as a night has counted it."""
    campaign = make_campaign(organizer, name="Soup and Power", slug="soup-and-power")
    tables = [make_held_meetup(make_user(shown_name=f"Host {n}"), campaign=campaign, in_days=-100 + 4 * n) for n in range(21)]
    for number, child in enumerate(tables[5:16]):
        said = Descent.Evidence.SAID if number % 2 else Descent.Evidence.LINK
        Descent.objects.create(child=child, parent=tables[number // 2], evidence=said, num_days=20 - number)
    way = {"num_guests": 168, "num_asked": 140, "num_could": 14, "num_dated": 11, "num_held_on": 9, "num_days": 220}
    months = [clock.now().date().replace(day=1), (clock.now() - timedelta(days=130)).date().replace(day=1)]
    for month, num_held in zip(months, (4, 21), strict=True):
        sums = way | {"num_held": num_held, "num_next": 11, "counted_at": clock.now()}
        DescentMonth.objects.create(campaign=campaign, month=month, **sums)
    needy = make_meetup(tables[0].host, campaign=campaign, in_days=4, title="Needs a hand")
    make_guest(needy)
    frozen = make_meetup(host, campaign=campaign, in_days=9, title="On hold", visibility="listed")
    guest = make_guest(frozen, name="Ada", rsvp="yes")
    freeze_meetup(frozen, by=organizer, reason="A neighbor wrote that the house is not hers.")
    return {
        "campaign_grown": f"/c/{campaign.slug}/",
        "care_write": f"/c/{campaign.slug}/care/{needy.code}/few_yes/",
        "oversee": f"/c/{campaign.slug}/hold/{needy.code}/",
        "oversee_frozen": f"/c/{campaign.slug}/hold/{frozen.code}/",
        "frozen_desk": frozen.get_desk_url(),
        "frozen_public": frozen.get_absolute_url(),
        "frozen_guest": f"/r/{make_guest_token(guest)}",
    }


def _names_and_seats(host: User) -> dict[str, str]:
    """Guests without a name, an address to mend, a table with fewer seats than before, a seat nobody takes, links that closed."""
    named = make_meetup(host, title="Names", in_days=12)
    rows = {"nameless": make_guest(named, name=""), "nameless_yes": make_guest(named, name="", rsvp="yes")}
    theirs = make_guest(named, name="Ada", rsvp="yes")
    fewer = make_meetup(host, title="Fewer", in_days=13, seats=3)
    for name in ("Bo", "Cy", "Dana"):
        make_guest(fewer, name=name, rsvp="yes")
    lowered = make_meetup(host, title="Lowered", in_days=14, seats=3)
    rows["unseated"] = make_guest(lowered, name="Eva", rsvp="yes")
    make_guest(lowered, name="Fay", rsvp="yes", party_size=2)
    lower_seats(lowered, seats=2, moved=[rows["unseated"].pk])
    idle = make_meetup(host, title="Idle", in_days=15, seats=1)
    for name in ("Gus", "Hana"):
        make_guest(idle, name=name, rsvp="waiting", offered_at=clock.now() - timedelta(days=1))
    over, untold = (make_held_meetup(host, title=title, in_days=-30) for title in ("Long over", "Long over, untold"))
    make_recap(over, slug="long-over")
    rows |= {"closed": make_guest(over, rsvp="yes"), "closed_untold": make_guest(untold, rsvp="yes")}
    paths = {"desk_lowered": lowered.get_desk_url(), "desk_idle": idle.get_desk_url(), "desk_names": named.get_desk_url()}
    paths |= {"seats": f"/host/{fewer.code}/seats/", "mend": f"{rows['nameless'].get_desk_url()}mend/"}
    paths |= {"mend_theirs": f"{theirs.get_desk_url()}mend/", "row_nameless": rows["nameless"].get_desk_url()}
    return paths | {key: path for name, guest in rows.items() for key, path in guest_paths(name, guest).items()}


def _first_evenings(host: User, offered: User, paired: User) -> dict[str, str]:
    """Drafts of who begins, with an offer and with a tick; links of a pairing and of one that has ended; kept forecasts."""
    table = make_held_meetup(host, title="A table that leads on", in_days=-40)
    drafts = {}
    for name, user in (("desk_offer", offered), ("desk_paired", paired)):
        guest = make_guest(table, user.email, name=user.shown_name, rsvp="yes", attended=True, could_host=True)
        drafts[name] = begin_draft(guest, host=user)
    helper = set_helping(host, helps=True, most=3)
    pairings = [pair(drafts["desk_paired"], newcomer=drafts["desk_paired"].host, helper=helper.pk)]
    ended = {"helper": host, "newcomer": make_user(shown_name="Bo"), "made_at": clock.now()}
    pairings.append(Pairing.objects.create(**ended, ended_at=clock.now(), ended_by_helper=True))
    for number in range(NUM_MANY):
        meetup = make_held_meetup(title="Counted", in_days=-50 - number)
        facts = {"low": 3, "high": 5, "share": 0.83, "kept_at": meetup.start - timedelta(days=1)}
        KeptForecast.objects.create(meetup=meetup, moment="one_day", level=80, **facts)
        EveningCount.objects.create(meetup=meetup, is_known=True, num_came=2 + number % 5, counted_at=clock.now())
    links = {f"pairing_{name}": row for name, row in zip(("open", "ended"), pairings, strict=True)}
    paths = {name: f"/pairing/{make_pairing_token(PairingSide(row, is_helper=True))}" for name, row in links.items()}
    return paths | {name: draft.get_desk_url() for name, draft in drafts.items()}


def _links_of_addresses() -> dict[str, str]:
    """Return the page of an address that is a guest of three evenings and a draft, and that of one whose evenings are over."""
    rows = [
        make_guest(meetup, "pia@example.org", name="Pia", rsvp="yes")
        for meetup in Meetup.objects.filter(town_name="Hamilton")[:2]
    ]
    rows.append(make_guest(make_held_meetup(title="Just over"), "pia@example.org", name="Pia", rsvp="no"))
    make_guest(make_polled(None, "Ned", title="Some day soon"), "pia@example.org", name="Pia")
    letters = [make_delivery("my_meetups", guest=rows[0], context={"address": known}) for known in (rows[0].email_hash, "nobody")]
    return {name: f"/mine/{make_mine_token(letter)}" for name, letter in zip(["mine", "mine_empty"], letters, strict=True)}


def print_states() -> None:
    """Print what `make_states` returns."""
    print(json.dumps(make_states()))


def _people() -> dict[str, User]:
    people = {
        "host": make_user("ana@example.org", shown_name="Ana"),
        "organizer": make_user("olu@example.org", shown_name="Olu"),
        "newcomer": make_user("nia@example.org", shown_name="Nia"),
        "offered": make_user("liv@example.org", shown_name="Liv"),
        "paired": make_user("kit@example.org", shown_name="Kit"),
        "nameless": make_user("new@example.org", shown_name=""),
        "guarded": make_user("sam@example.org", shown_name="Sam"),
        "staff": make_user("staff@example.org", shown_name="Stef", is_staff=True),
    }
    make_factor(people["staff"])
    for kind in ("totp", "recovery_codes"):
        make_factor(people["guarded"], kind)
    return people


def sign_in(user: User) -> str:
    """Return the key of a session in which this person has just signed in, by code and with a second factor if they have one."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session["account_authentication_methods"] = [{"method": "code", "at": wall.time(), "email": user.email}]
    if factor := Authenticator.objects.filter(user=user, type="totp").first():
        session[FACTOR_KEY] = [user.pk, factor.pk]
    session.save()
    return session.session_key


def _at(**delta: float) -> dict:
    """Return date and time fields so far from now on the wall in Toronto."""
    moment = (clock.now() + timedelta(**delta)).astimezone(ZoneInfo(ZONE))
    return {"date": moment.date(), "time": moment.time().replace(second=0, microsecond=0), "fold": moment.fold}


def _evenings_to_come(host: User, campaign: Campaign) -> dict[str, str]:
    """Listed, by link, full, canceled, one alone in its town, many in another, and drafts."""
    for number in range(NUM_MANY):
        fields = {"town_name": "Hamilton", "visibility": "listed", "in_days": 5 + number, "campaign": campaign}
        meetup = make_meetup(make_user(shown_name=f"Host {number}"), title=f"Table {number}", **fields)
        make_guest(meetup, rsvp="yes", party_size=1 + number % 4)
    one = make_meetup(host, title="One alone", town_name="Sudbury", visibility="listed", in_days=30)
    add_cover(one)
    by_link = make_meetup(host, title="By link", visibility="link", in_days=20)
    private = make_meetup(host, title="For friends", in_days=21)
    off = {"status": "canceled", "cancel_word": "I am ill.\nSorry.", "canceled_at": clock.now()}
    canceled = make_meetup(host, title="Off", visibility="listed", **off)
    make_guest(canceled, rsvp="yes")
    nothing = {"date": None, "time": None, "seats": None, "street": "", "town_name": "", "region": "", "zone": ""}
    bare = make_draft(host, title="Only a title", kit=Kit.objects.create(), **nothing)
    ready = make_draft(host, title="Ready to go", word=WORD, in_days=40)
    meetups = {"one": one, "by_link": by_link, "private": private, "canceled": canceled, "bare": bare, "ready": ready}
    doors = _doors(meetups | {"together": _hosted_together(host, by_link)})
    return doors | {"kept_kit": keep_kit(one, owner=host).get_absolute_url()}


def _hosted_together(host: User, theirs: Meetup) -> Meetup:
    """Give an evening of this host three co-hosts, and return one of somebody else's that the host is asked to take over."""
    samir = make_user("samir@example.org", shown_name="Samir")
    asked = make_user("asked@example.org", shown_name="Oksana-Maria Wyszyńska")
    unproven = make_user("a-rather-long-address-of-somebody@neighbors.example.org", shown_name="", proven_at=None)
    for user, offered_at in [(samir, None), (asked, clock.now()), (unproven, None)]:
        Cohost.objects.create(meetup=theirs, user=user, offered_at=offered_at)
    together = make_meetup(samir, title="Two hosts", in_days=22)
    Cohost.objects.create(meetup=together, user=host, offered_at=clock.now())
    return together


def _doors(meetups: dict[str, Meetup]) -> dict[str, str]:
    """Return the public page and the desk of each."""
    pages = {f"meetup_{name}": meetup.get_absolute_url() for name, meetup in meetups.items()}
    return pages | {f"desk_{name}": meetup.get_desk_url() for name, meetup in meetups.items()}


def guest_paths(name: str, guest: Guest) -> dict[str, str]:
    return {f"guest_{name}": f"/r/{make_guest_token(guest)}", f"unsubscribe_{name}": f"/u/{make_unsubscribe_token(guest)}"}


def _guests(host: User, campaign: Campaign) -> dict[str, str]:
    """Guests in every state, each at an evening that allows the state."""
    listed = make_meetup(host, title="Soup and one question", visibility="listed", campaign=campaign, word=WORD, plan=True)
    full = make_meetup(host, title="A full table", visibility="listed", seats=3, in_days=10, plan=True)
    soon = make_meetup(host, title="Tomorrow", **_at(hours=20))
    begun = make_meetup(host, title="Now", visibility="link", **_at(hours=-1))
    paths = _doors({"listed": listed, "full": full, "soon": soon, "begun": begun})
    words = {"diet": "no nuts", "note": "We will bring bread.", "shows_name": True}
    invited = make_guest(listed, name="Maria Lindqvist", invited_at=clock.now())
    rows = {
        "invited": invited,
        "yes": make_guest(listed, name="Bo", rsvp="yes", party_size=2, **words),
        "maybe": make_guest(listed, name="Carl", rsvp="maybe"),
        "no": make_guest(listed, name="Dana", rsvp="no"),
        "again": make_guest(listed, name="Ada", rsvp="no", asks_again=True),
        "could_host": make_guest(listed, name="Hugo", rsvp="no", could_host=True),
        "needs_ride": make_guest(listed, name="Lou", rsvp="yes", party_size=2, party_names="Ilse", has_read="partly"),
        "unproven": make_guest(listed, name="Eva", origin="self"),
        "refuses": make_guest(listed, name="Farid"),
        "leaves": make_guest(listed, name="Gus"),
        "seated": make_guest(full, rsvp="yes", party_size=2),
        "waiting": make_guest(full, rsvp="waiting", waiting_since=clock.now() - timedelta(hours=3)),
        "second": make_guest(full, rsvp="waiting", party_size=2, waiting_since=clock.now() - timedelta(hours=2)),
        "offered": make_guest(
            full, rsvp="waiting", offered_at=clock.now(), offer_expires_at=clock.now() + timedelta(hours=20), **words
        ),
        "at_full": make_guest(full),
        "soon": make_guest(soon, rsvp="yes", name="Hana"),
        "begun": make_guest(begun, rsvp="yes"),
        "here": make_guest(begun, rsvp="yes", attended=True),
        "canceled": make_guest(Meetup.objects.get(title="Off"), rsvp="yes", name="Ivo"),
    }
    Needs.objects.create(guest=rows["needs_ride"], wants_ride=True, contact="416 555 0101", shares_contact=True)
    Needs.objects.create(guest=rows["yes"], offers_ride=True, ride_seats=3, contact="bo@example.org", shares_contact=True)
    make_guest(listed, None, name="By phone", rsvp="yes", confirmed_at=clock.now())
    paths |= _dishes(listed, full, rows["yes"], rows["seated"])
    failed = {"state": Delivery.State.FAILED, "last_code": 550, "last_words": "550 no such user", "finished_at": clock.now()}
    make_delivery("invitation", guest=make_guest(listed, name="Jon"), **failed)
    _questions(rows)
    paths |= _friends(rows) | _looked_at(host)
    _letters(rows, host)
    paths |= {"next_host": f"/next/{make_hosting_token(rows['could_host'])}"}
    paths |= {"guest_row": rows["yes"].get_desk_url(), "phoned_row": Guest.objects.get(name="By phone").get_desk_url()}
    return paths | {key: path for name, guest in rows.items() for key, path in guest_paths(name, guest).items()}


def _dishes(listed: Meetup, full: Meetup, bo: Guest, seated: Guest) -> dict[str, str]:
    """At one table some dishes are free, some taken and one given back; at another all are taken, none of them mine."""
    make_dish(listed, "main", feeds=6, remark="without meat")
    make_dish(listed, "bread", feeds=12, given_back_at=clock.now())
    make_dish(listed, "other", remark="folding chairs")
    make_dish(listed, "dessert", feeds=6, guest=Guest.objects.get(name="By phone"), words="Plum cake")
    mine = make_dish(listed, "side", feeds=6, guest=bo, words="Lentils with lemon")
    make_dish(listed, guest=bo, words="Olives from my aunt", is_asked=False)
    make_dish(full, "main", guest=seated, words="Soup")
    return {"dish": f"/host/{listed.code}/table/{mine.code}/", "dish_free": f"/host/{listed.code}/table/{_code(listed)}/"}


def _code(meetup: Meetup) -> str:
    return meetup.dishes.free().first().code


def _questions(rows: dict[str, Guest]) -> None:
    """One guest asked twice and was answered once; another asked and was answered."""
    ask_host(rows["yes"], words="Is there a stair to climb?\n\nMy mother comes with us.")
    answer_guest(rows["yes"], words="One, and many hands.")
    ask_host(rows["yes"], words="May we come half an hour later?")
    ask_host(rows["maybe"], words="May I bring the dog?")
    answer_guest(rows["maybe"], words="Please do.")


def _friends(rows: dict[str, Guest]) -> dict[str, str]:
    """Three friends of one guest were written to: one has not opened the letter, one awaits the host, one was told no.

    They asked before the table was listed; since then nobody needs the host's yes.
    """
    by, friends = rows["yes"], {}
    Meetup.objects.filter(pk=by.meetup_id).update(visibility="link")
    for name in ("new", "asked", "refused"):
        ask_as_friend(by, name=f"Kim {name}", email=f"kim.{name}@example.org")
        friends[name] = Guest.objects.get(email=f"kim.{name}@example.org")
    for name in ("asked", "refused"):
        answer_as_friend(friends[name], comes=True, note="I can bring a salad.")
    decide_on_friend(friends["refused"], is_welcome=False)
    Meetup.objects.filter(pk=by.meetup_id).update(visibility="listed")
    by_link = make_guest(make_meetup(by.meetup.host, title="By link", visibility="link"), rsvp="yes")
    links = {f"friend_{name}": f"/r/{make_guest_token(friend)}" for name, friend in friends.items()}
    passed_on = {name: f"/f/{make_friend_token(guest)}" for name, guest in {"passed_on": by, "passed_by_link": by_link}.items()}
    return links | passed_on


def _looked_at(host: User) -> dict[str, str]:
    """One evening whose host looks first at who asks, found by its town or by the host's own link: one has not opened the letter,
    one waits, one was told no; and one whose link admits."""
    shy = make_meetup(host, title="Who asks", visibility="listed", looks_first=True, in_days=25)
    looks = look_at_link(make_link(make_meetup(host, title="By my link", in_days=26)), looks=True)
    admits = make_link(make_meetup(host, title="Come by my link", in_days=27))
    askers = {}
    for name in ("new", "asked", "refused"):
        ask_for_seat(shy, name=f"Noor {name}", email=f"noor.{name}@example.org")
        askers[name] = Guest.objects.get(email=f"noor.{name}@example.org")
    for name in ("asked", "refused"):
        answer_as_friend(askers[name], comes=True, note="We met at the choir.")
    decide_on_friend(askers["refused"], is_welcome=False)
    pages = {f"asker_{name}": f"/r/{make_guest_token(guest)}" for name, guest in askers.items()}
    pages |= {f"come_{name}": f"/i/{make_link_token(meetup)}" for name, meetup in {"look": looks, "admit": admits}.items()}
    return pages | _doors({"shy": shy, "my_link": admits})


def _letters(rows: dict[str, Guest], host: User) -> None:
    """Owe a few letters, for the mailbox."""
    make_delivery("invitation", guest=rows["invited"], context={"personal": "It is the book I told you about."})
    make_delivery("confirmation", guest=rows["yes"], context={"rsvp": "yes", "had_seat": False, "missed": []})
    make_delivery("waiting", guest=rows["waiting"], context={"because": "full", "free": 0})
    make_delivery("host_full", user=host, meetup=rows["seated"].meetup)


def _evenings_held(host: User, campaign: Campaign) -> dict[str, str]:
    """Evenings that are over, each further on its way to a recap."""
    held = make_held_meetup(host, title="Held", visibility="listed", campaign=campaign)
    fresh = make_held_meetup(host, title="Held, nothing told", visibility="listed", in_days=-2)
    drafted = make_held_meetup(host, title="Held, drafted")
    told = make_held_meetup(host, title="Held, told without a photo", visibility="listed", campaign=campaign)
    paths = _doors({"held": held, "fresh": fresh, "drafted": drafted, "told": told})
    rows = {"ended": make_guest(fresh, rsvp="yes"), "ended_no": make_guest(fresh, rsvp="no")}
    rows["ended_waiting"] = make_guest(fresh, rsvp="waiting")
    for meetup in (held, drafted):
        make_debrief(meetup, next_time="More bread.")
        rows[f"came_{meetup.pk}"] = _voices(meetup)
    rows["came"], rows["came_drafted"] = rows.pop(f"came_{held.pk}"), rows.pop(f"came_{drafted.pk}")
    words = Contribution.objects.get(guest=rows["came"])
    paths |= {"words": f"/w/{make_contribution_token(words)}", "photo": words.photo.get_absolute_url()}
    rows["missed"] = make_guest(held, rsvp="yes", attended=False)
    recap = make_recap(held, differ="City or street.", still_open="Who is next?", slug="with-a-photo")
    bare = make_recap(told, text="", agree="", slug="without-a-photo", question="What would you try here?")
    gone = make_contribution(make_guest(told, rsvp="yes", attended=True), withdrawn_at=clock.now())
    paths |= {"words_gone": f"/w/{make_contribution_token(gone)}"}
    taken_down = make_held_meetup(host, title="Held, taken down")
    make_recap(taken_down, state="withdrawn", slug="taken-down")
    paths |= _spread(host, held.kit.book)
    paths |= {"recap": recap.get_absolute_url(), "recap_bare": bare.get_absolute_url(), "desk_gone": taken_down.get_desk_url()}
    paths |= {"recap_gone": f"/recaps/{taken_down.recap.slug}/"} | _shown_to_the_table(host, campaign) | _pending_review(host)
    return paths | {key: path for name, guest in rows.items() for key, path in guest_paths(name, guest).items()}


def _spread(host: User, book: Book) -> dict[str, str]:
    """Three more tables that read the book, a report frozen of all five, and a draft that came from one of them."""
    for number, town in enumerate(["Leeds", "Lyon", "Recife"]):
        there = make_held_meetup(make_user(shown_name=f"Host in {town}"), title=f"Held in {town}", town_name=town, in_days=-20)
        said = ["People change things together or not at all.", f"In {town} it began with one kitchen."]
        words = {"agree": "\n".join(said), "differ": "City or street.", "still_open": f"What would {town} try?"}
        make_recap(there, slug=f"elsewhere-{number}", hello="Cook less than you think.", **words)
    report = freeze_sense(book, recaps=list(Recap.objects.public().with_meetup().filter(meetup__kit__book=book)), by=host)
    held_on = make_draft(host, parent=there, title="Held on from there")
    paths = {"book": book.get_absolute_url(), "book_report": report.get_absolute_url()}
    return paths | {"desk_held_on": held_on.get_desk_url(), "hold": f"/recaps/elsewhere-{number}/hold/"}


def _shown_to_the_table(host: User, campaign: Campaign) -> dict[str, str]:
    """A recap in preview, with a cut that awaits an answer; and one with a request to take a sentence out."""
    shown = make_held_meetup(host, title="Held, shown to the table")
    words = Contribution.objects.get(guest=_voices(shown))
    Contribution.objects.filter(pk=words.pk).update(cut="Sentence 0: I left […] than I came.", promise="Ask my neighbors.")
    Contribution.objects.filter(meetup=shown).exclude(pk=words.pk).update(promise="Cook.", promise_for_table=True)
    make_recap(shown, state="draft", shown_at=clock.now(), public_at=clock.now() + timedelta(days=2), slug="shown-to-the-table")
    asked = make_held_meetup(host, title="Held, asked about", campaign=campaign)
    _voices(asked)
    recap = make_recap(asked, slug="asked-about")
    left = asked.contributions.get(position=1)
    Contribution.objects.filter(pk=left.pk).update(removal_asked_at=clock.now())
    removal = RemovalRequest.objects.create(recap=recap, contribution=left, words="I am Bo, and I would rather not.")
    taken = make_held_meetup(host, title="Held, taken down by others", campaign=campaign)
    down = {"state": "withdrawn", "taken_down_at": clock.now(), "taken_down_reason": "A neighbor is named who was not asked."}
    make_recap(taken, slug="taken-down-by-others", **down)
    return _doors({"shown": shown, "asked": asked, "taken": taken}) | {
        "words_shown": f"/w/{make_contribution_token(words)}",
        "removal": f"/recaps/{recap.slug}/removal/",
        "removal_asked": f"/out/{make_removal_token(removal)}",
        "campaign_recap": f"/c/{campaign.slug}/recaps/{recap.slug}/",
        "campaign_recap_down": f"/c/{campaign.slug}/recaps/taken-down-by-others/",
    }


def _pending_review(host: User) -> dict[str, str]:
    """A public recap with something pending review: late words and a photo, a sentence left out, two who had no seat."""
    waits = make_held_meetup(host, title="Held, something pending review")
    maria = _voices(waits)
    recap = make_recap(waits, slug="something-pending")
    late, out = waits.contributions.get(guest=maria), waits.contributions.get(position=1)
    Contribution.objects.filter(pk=late.pk).update(waits_since=clock.now())
    Photo.objects.filter(contribution=late).update(waits_since=clock.now())
    Contribution.objects.filter(pk=out.pk).update(removal_asked_at=clock.now())
    facts = {"contribution": out, "outcome": "left_out", "settled_at": clock.now()}
    RemovalRequest.objects.create(recap=recap, **facts)
    ned = make_guest(waits, name="Ned", rsvp="no", said_there=True)
    make_contribution(ned, "I stood at the door.")
    tom = make_guest(waits, name="Tom", rsvp="maybe", said_there=True, attended=False)
    return _doors({"pending": waits}) | {
        "words_late": f"/w/{make_contribution_token(late)}",
        "guest_late": f"/r/{make_guest_token(maria)}",
        "guest_says": f"/r/{make_guest_token(ned)}",
        "guest_refused": f"/r/{make_guest_token(tom)}",
    }


def _long_words(host: User, campaign: Campaign) -> dict[str, str]:
    """An evening whose every word is as long as its field, without a space in it."""
    word = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen" * 80
    host.shown_name = word[:60]
    host.save()
    book = make_book(title=word[:200], author=word[:200])
    kit = Kit.objects.create(
        book=book, way_in=word, questions=word[:600], run=f"7:00 {word[:300]}", meal=word[:600], agreements=word[:900]
    )
    place = {"street": word[:200], "town_name": word[:120], "region": word[:80], "postal_code": word[:20], "country": word[:80]}
    place |= {"door": word[:300], "parking": word[:300], "day_phone": word[:40]}
    fields = {"title": word[:120], "word": word[:600], "visibility": "listed", "campaign": campaign, "kit": kit} | place
    meetup = make_meetup(host, plan=True, **fields)
    said = {"name": word[:80], "shown_name": word[:60], "diet": word[:300], "note": word[:500], "shows_name": True}
    party = {"party_size": 2, "party_names": word[:60]}
    guest = make_guest(meetup, f"{word[:60].replace('ä', 'a').replace('ü', 'u')}@example.org", rsvp="yes", **said, **party)
    needs = {"wants_interpreter": word[:60], "contact": word[:120], "shares_contact": True}
    Needs.objects.create(guest=guest, **needs)
    Needs.objects.create(guest=make_guest(meetup, rsvp="yes", **said), offers_interpreter=word[:60], **needs)
    fields |= {"kit": Kit.objects.create(book=book, questions=word[:600]), "visibility": "private"}
    held = make_held_meetup(host, **fields)
    make_debrief(held, agree=word[:600], differ=word[:600], still_open=word[:600])
    came = make_guest(held, rsvp="yes", attended=True, **said)
    make_contribution(came, word[:280], shown_as=word[:60])
    recap = make_recap(held, slug="long-words", question=word[:300], text=word, agree=word[:600], differ=word[:600])
    return _doors({"long": meetup, "long_held": held}) | {
        "recap_long": recap.get_absolute_url(),
        "guest_long": f"/r/{make_guest_token(guest)}",
        "guest_long_held": f"/r/{make_guest_token(came)}",
        "row_long": guest.get_desk_url(),
    }


def _voices(meetup: Meetup) -> Guest:
    """Let five guests who came leave a sentence, the first one a photo too; return that one."""
    guests = [make_guest(meetup, rsvp="yes", attended=True) for _ in range(5)]
    said = "I left less alone than I came."
    left = [make_contribution(guest, f"Sentence {n}: {said}", position=n) for n, guest in enumerate(guests)]
    Contribution.objects.filter(pk=left[3].pk).update(sentence_consent="table")
    Contribution.objects.filter(pk=left[4].pk).update(sentence_consent="nobody")
    add_photo(left[0])
    return guests[0]


def add_photo(contribution: Contribution, **fields) -> Photo:
    """Leave a small photo for everyone."""
    file = io.BytesIO()
    Image.new("RGB", (320, 240), (150, 60, 40)).save(file, "JPEG")
    fields = {"consent": "everyone", "alt": "Soup bowls on a long table", "faces_agreed_at": timezone.now()} | fields
    photo = Photo(contribution=contribution, **fields)
    photo.file.save("photo.jpg", ContentFile(file.getvalue(), name="photo.jpg"), save=True)
    return photo


def add_cover(meetup: Meetup) -> Cover:
    """Upload a small cover of the meetup's book."""
    file = io.BytesIO()
    Image.new("RGB", (240, 360), (40, 70, 110)).save(file, "JPEG")
    cover = Cover()
    cover.file.save("cover.jpg", ContentFile(file.getvalue(), name="cover.jpg"), save=True)
    Kit.objects.filter(pk=meetup.kit_id).update(cover=cover)
    return cover
