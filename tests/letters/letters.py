"""Every letter in each of its variants, as rows: what the tests of letters walk over."""

from datetime import UTC, date, datetime, time, timedelta

from hosts.models import Campaign, Organizer, User
from meetups.models import (
    DateOption,
    DatePoll,
    Debrief,
    Delivery,
    Guest,
    Intervention,
    Mailing,
    Meetup,
    Needs,
    Pairing,
    Question,
    ReaderCount,
    Recap,
    RemovalRequest,
    Town,
)
from meetups.times import clock
from tests.factories import (
    add_role,
    make_book,
    make_campaign,
    make_contribution,
    make_delivery,
    make_dish,
    make_draft,
    make_guest,
    make_host,
    make_kit,
    make_meetup,
    make_recap,
    make_user,
)

STREET = "12 Lindenblossom Street"
LOGIN = "ana.private.login@example.org"
# Monday 23 November 2026, one in the afternoon in Vancouver: when the invitations go out.
NOW = datetime(2026, 11, 23, 20, tzinfo=UTC)
SELECTOR = "AAAAAAAAAAAAAAAAAAAAAA"
OTHER_SELECTOR = "BBBBBBBBBBBBBBBBBBBBBA"
CHILD = "mnpqrstu45"
HOST_SELECTOR = "CCCCCCCCCCCCCCCCCCCCCA"

# Kinds whose guest may be asked about in any state, and the state in which each makes sense.
USUAL_ANSWER = {
    "invitation": "invited",
    "invitation_again": "invited",
    "confirmation": "yes",
    "waiting": "waiting",
    "seat_offered": "waiting",
    "prove_address": "invited",
    "friend_no": "invited",
    "removed": "yes",
    "moved": "yes",
    "canceled": "yes",
    "new_link": "invited",
    "my_meetups": "yes",
    "seven_days": "invited",
    "three_days": "yes",
    "please_confirm": "yes",
    "address_day": "yes",
    "were_you_there": "yes",
    "recap_preview": "yes",
    "cut_asked": "yes",
    "table_taken_down": "yes",
    "recap_came": "yes",
    "recap_missed": "yes",
    "recap_declined": "no",
    "how_did_it_go": "yes",
    "host_letter": "yes",
    "host_words": "yes",
    "could_host": "yes",
    "date_poll": "invited",
    "date_chosen": "yes",
    "room_ask": "invited",
}
TELL_OF_DISHES = {"three_days", "please_confirm", "address_day"}
TO_HOSTS = {"places_to_lay", "debrief", "host_answers", "host_full", "organizer_added", "host_bounced", "guest_words"}
TO_HOSTS |= {"organizer_role"}
TO_HOSTS |= {"cohost_added", "organizer_words", "removal_asked", "recap_taken_down", "words_wait"}
TO_HOSTS |= {"intervened", "freeze_answered", "campaign_letter", "organizer_news"}
REASON = "Two people of the street are named who were not asked."
TO_HOSTS |= {"hold_started", "held_on", "led_to", "paired"}
OLD = {"old_starts_at": "2026-12-10T02:30:00+00:00", "old_zone": "America/Vancouver", "old_area": "Burnaby, British Columbia"}
CONTEXTS = {
    "invitation": {"personal": "You said last summer that nobody talks about this any more.\nLet us."},
    "date_poll": {"personal": "You said last summer that nobody talks about this any more.\nLet us."},
    "confirmation": {"rsvp": "yes", "had_seat": False, "missed": []},
    "waiting": {"because": "full", "free": 0},
    "removed": {"had_seat": True},
    "moved": OLD | {"time_changed": True, "place_changed": True},
    "canceled": {"had_seat": True},
    "organizer_role": {"change": "helper"},
    "cut_asked": {"cut": "I left […] less alone than I came."},
    "guest_words": {"words": "I will come a little late.\n\nIs there a stair to climb? My mother comes with me."},
    "host_words": {"words": "One stair, and many hands.\n\nBring her."},
}


def make_evening(host: User | None = None, **fields) -> Meetup:
    """Return the meetup of the examples: Vancouver, Tuesday 15 December 2026 at seven."""
    host = host or make_host(LOGIN, shown_name="Ana", selector=HOST_SELECTOR)
    kit = make_kit(
        book=make_book(slug="transforming-power"),
        way_in="Read the last page of the first chapter.\nThen think of one thing that changed in your street, and who did it.",
        questions="Where have you seen people change something together?\nWhat would you try here?",
        meal="Soup and bread. Bring something to drink.",
        agreements="Everybody speaks once before anybody speaks twice.\nWe ask before we answer.",
    )
    fields = {
        "title": "Dinner at Ana's",
        "date": date(2026, 12, 15),
        "time": time(19),
        "zone": "America/Vancouver",
        "town_name": "Vancouver",
        "region": "British Columbia",
        "postal_code": "V5T 1A1",
        "code": "abcdefgh23",
        "word": "The stairs are steep, the dog is kind.\n\nCome hungry.",
        "street": STREET,
    } | fields
    return make_meetup(host, kit=kit, **fields)


def make_table(meetup: Meetup) -> None:
    """Seat the other guests of the examples."""
    answers = [
        ("Ben Okafor", "yes", 1, True, "", ""),
        ("Chandra", "yes", 2, True, "no nuts", "We will bring bread."),
        ("Dov", "yes", 1, False, "nothing with a face", ""),
        ("Esther", "maybe", 1, True, "", ""),
        ("Farid", "no", 1, True, "", "Sorry, I work that night."),
    ]
    for name, rsvp, size, shows, diet, note in answers:
        guest = make_guest(meetup, name=name, rsvp=rsvp, party_size=size, shows_name=shows, diet=diet, note=note)
        Guest.objects.filter(pk=guest.pk).update(confirmed_at=NOW if name == "Ben Okafor" else None)
    guests = {guest.name: guest for guest in Guest.objects.filter(meetup=meetup)}
    Guest.objects.filter(pk=guests["Chandra"].pk).update(party_size=3, party_names="Devi", num_children=1, has_read="partly")
    Guest.objects.filter(pk=guests["Dov"].pk).update(has_read="fully")
    Needs.objects.create(guest=guests["Chandra"], wants_ride=True, wants_childcare=True)
    Needs.objects.create(guest=guests["Ben Okafor"], offers_ride=True, ride_seats=3, wants_step_free=True)
    make_dish(meetup, "main", guest=meetup.guests.get(name="Chandra"), words="Lentil stew", feeds=6, remark="without meat")
    for kind, fields in [("main", {"feeds": 6}), ("bread", {"feeds": 10}), ("other", {"remark": "folding chairs"})]:
        make_dish(meetup, kind, **fields)


def make_host_letter(kind: str, meetup: Meetup, context: dict) -> Delivery:
    if kind == "host_bounced":
        broken = {"undeliverable_at": clock.now(), "undeliverable_words": "5.1.1 smtp; 550 No such person here"}
        make_guest(meetup, "gudrun@example.org", name="Gudrun", **broken)
    if kind == "guest_words":
        context = context | {
            "guest": make_guest(meetup, "maria@example.org", name="Maria", rsvp="yes", selector=SELECTOR, id=420_001).pk
        }
    if kind == "words_wait":
        make_contribution(make_guest(meetup, name="Maria", rsvp="yes"), waits_since=clock.now())
        for name in context.pop("saying", ["Farid"]):
            make_guest(meetup, name=name, rsvp="no", said_there=True)
    if kind in ("removal_asked", "recap_taken_down"):
        context = context | tell_of_trouble(meetup)
    if kind in ("hold_started", "held_on", "led_to"):
        return make_spreading_letter(kind, meetup, context)
    if kind == "paired":
        other, is_helper = make_host(shown_name="Samir Haddad"), context.pop("is_helper", False)
        pair = (meetup.host, other) if is_helper else (other, meetup.host)
        pairing = Pairing.objects.create(helper=pair[0], newcomer=pair[1], made_at=clock.now(), selector=SELECTOR)
        return make_delivery(kind, user=meetup.host, meetup=None, context={"pairing": pairing.pk})
    if kind in ("organizer_added", "organizer_role"):
        campaign = Campaign.objects.filter(slug="read-together").first() or make_campaign(slug="read-together")
        if kind == "organizer_added":
            add_role(campaign, meetup.host, context.pop("role", "organizer"))
        return make_delivery(kind, user=meetup.host, meetup=None, context={"campaign": campaign.pk, "by": "Ben"} | context)
    if kind in ("intervened", "freeze_answered", "campaign_letter", "organizer_news"):
        return make_organizing_letter(kind, meetup, context)
    if kind == "organizer_words":
        olga = make_user("olga@example.org", shown_name="Olga")
        campaign = make_campaign(olga, id=420_003)
        said = "Your evening is near. A phone call helps more than any email.\n\nCan I help?"
        context = {"words": said, "by": olga.pk, "campaign": campaign.pk}
        return make_delivery(kind, user=meetup.host, meetup=meetup, context=context)
    if asking := context.pop("asking", ""):
        by = make_guest(meetup, "ben@example.org", name="Ben", rsvp="yes", answered_at=clock.now() - timedelta(days=30))
        came = {"origin": asking, "address_proven_at": clock.now(), "answered_at": clock.now()}
        came["brought_by"] = by if asking == "friend" else None
        make_guest(meetup, "kim@example.org", name="Kim", note="I can bring a salad.", **came)
    if context.pop("told", False):
        tell_the_evening(kind, meetup, make_guest(meetup, "maria@example.org", name="Maria", rsvp="yes"))
        meetup.guests.update(answered_at=NOW)
        meetup.contributions.update(created_at=clock.now())
        Recap.objects.filter(meetup=meetup).update(published_at=clock.now())
    if kind == "cohost_added":
        context = {"by": "Ben"} | context
    since = {"since": (clock.now() - timedelta(days=5)).isoformat()} if kind == "host_answers" else {}
    return make_delivery(kind, user=meetup.host, meetup=meetup, context=context | since)


def make_organizing_letter(kind: str, meetup: Meetup, context: dict) -> Delivery:
    """Return a letter about what an organizer did, or one of a campaign to its hosts or organizers."""
    olga = User.objects.filter(email="olga@example.org").first()
    olga = olga or make_user("olga@example.org", shown_name="Olga", selector=OTHER_SELECTOR)
    campaign = Campaign.objects.filter(slug="read-together").first() or make_campaign(slug="read-together", id=420_002)
    Organizer.objects.get_or_create(campaign=campaign, user=olga)
    if kind == "campaign_letter":
        words = "Forty tables are laid for the first week.\n\nTell me what you need."
        context = context | {"campaign": campaign.pk, "by": olga.pk, "subject": "Forty tables", "words": words}
        return make_delivery(kind, user=meetup.host, meetup=None, context=context)
    if kind == "organizer_news":
        Organizer.objects.get_or_create(campaign=campaign, user=meetup.host)
        return make_delivery(kind, user=meetup.host, meetup=None, context=news_of(campaign, meetup, context))
    is_staff = context.pop("is_staff", False)
    act = context.pop("act", "freeze")
    if not is_staff:
        meetup.campaign = campaign
        Meetup.objects.filter(pk=meetup.pk).update(campaign=campaign)
    facts = {"reason": "A neighbor wrote that the house is not yours.", "by": olga, "is_by_staff": is_staff, "at": NOW}
    until = NOW + timedelta(days=7) if act == "freeze" else None
    answer = "It is my mother's, and she knows.\n\nCall me." if kind == "freeze_answered" else ""
    row = Intervention.objects.create(meetup=meetup, kind=act, until=until, answer=answer, **facts)
    reader = olga if kind == "freeze_answered" else meetup.host
    return make_delivery(kind, user=reader, meetup=meetup, context={"intervention": row.pk, "host": meetup.host_id})


def news_of(campaign: Campaign, meetup: Meetup, context: dict) -> dict:
    """Return what a letter of news knows: of a day, or with `weekly` of a week."""
    facts = {"campaign": campaign.pk, "begun": [meetup.pk], "live": [meetup.pk], "num_more_live": 3}
    if not context.pop("weekly", False):
        return facts
    recap = make_recap(meetup, slug="transforming-power-k3x9")
    said = make_contribution(make_guest(meetup, name="Maria", rsvp="yes", attended=True))
    for name in ("Ben", "Chandra"):
        make_contribution(make_guest(meetup, name=name, rsvp="yes", attended=True), f"A word of {name}.", shown_as="")
    numbers = [4, 3, 2, 19, 1]
    needs = [[recap.meetup_id, "Nobody has been invited yet."]]
    return facts | {"numbers": numbers, "needs": needs, "quote": said.pk}


def tell_of_trouble(meetup: Meetup) -> dict:
    """Let a recap be taken down, and one of its sentences be asked about; return what the letter knows of that."""
    recap = Recap.objects.filter(meetup=meetup).first() or make_recap(meetup)
    Recap.objects.filter(pk=recap.pk).update(taken_down_at=clock.now(), taken_down_reason=REASON)
    left = make_contribution(make_guest(meetup, name="Maria", rsvp="yes"))
    request = RemovalRequest.objects.create(recap=recap, contribution=left, words="That was me, and I would rather not.")
    return {"removal": request.pk}


def tell_the_evening(kind: str, meetup: Meetup, guest: Guest) -> None:
    """Let the table tell its evening, as far as this letter needs it."""
    state = {"recap_preview": {"state": "draft", "public_at": READ_AT["recap_preview"] + timedelta(days=2, hours=22)}}
    state["table_taken_down"] = {"state": "withdrawn", "taken_down_at": clock.now(), "taken_down_reason": REASON}
    facts = {"slug": "transforming-power-k3x9", "differ": "Whether to begin with the city or the street."}
    make_recap(meetup, **facts, **state.get(kind, {}))
    make_contribution(guest, selector=OTHER_SELECTOR)
    # Three voices: with fewer, no guest's words stand in it.
    make_contribution(make_guest(meetup, name="Ben Okafor", rsvp="yes"), "Somebody has to ask first.", shown_as="Ben", position=1)
    make_contribution(make_guest(meetup, name="Chandra", rsvp="yes"), "We began with the street.", shown_as="", position=2)


def make_spreading_letter(kind: str, meetup: Meetup, context: dict) -> Delivery:
    """Publish a recap that is forked in Vancouver; return the letter to the host of the recap or to that of the fork."""
    recap = make_recap(meetup, slug="transforming-power-k3x9", hello=context.pop("hello", "Cook less than you think."))
    if kind == "led_to":
        Debrief.objects.update_or_create(meetup=meetup, defaults={"did_happen": True, "num_came": 11})
        ReaderCount.objects.create(recap=recap, day=clock.now().date(), num_readers=context.pop("readers", 34))
        for place in range(context.pop("tables", 2)):
            make_meetup(parent=meetup, in_days=9 if place else -9)
        return make_delivery(kind, user=meetup.host, meetup=meetup)
    town = Town.objects.filter(name="Leeds").first() or make_town()
    Meetup.objects.filter(code=CHILD).delete()
    bea = User.objects.filter(selector=OTHER_SELECTOR).first() or make_host(shown_name="Bea", selector=OTHER_SELECTOR)
    child = make_draft(bea, title=meetup.title, parent=meetup, code=CHILD, town=town)
    reader = {"user": bea, "meetup": None} if kind == "hold_started" else {"user": meetup.host, "meetup": meetup}
    return make_delivery(kind, context={"child": child.pk}, **reader)


def make_town() -> Town:
    place = {"latitude": 53.8, "longitude": -1.5, "zone": "Europe/London"}
    return Town.objects.create(geonames_id=2644688, name="Leeds", search_name="leeds", country="GB", **place)


def make_letter(kind: str, *, meetup: Meetup | None = None, rsvp: str = "", context: dict | None = None, **fields) -> Delivery:
    """Return a delivery of that kind in which everything it needs is there; `fields` are the guest's."""
    meetup = meetup or make_evening()
    context = dict(CONTEXTS.get(kind, {}) | (context or {}))
    if kind in TO_HOSTS:
        return make_host_letter(kind, meetup, context)
    meetup.evening_number = context.pop("number", None)
    meetup.save(update_fields=["evening_number"])
    if kind == "date_poll":
        ask_for_a_day(meetup)
    elif meetup.is_draft:
        meetup.status, meetup.date = Meetup.Status.PUBLISHED, date(2026, 12, 15)
        meetup.derive_times()
        meetup.save()
    guest_fields = {"name": "Maria", "rsvp": rsvp or USUAL_ANSWER[kind], "selector": SELECTOR} | fields
    if kind == "seat_offered" and guest_fields["rsvp"] == "waiting":
        guest_fields |= {"offered_at": clock.now(), "offer_expires_at": datetime(2026, 11, 24, 8, tzinfo=UTC)}
    if origin := context.pop("origin", ""):
        guest_fields |= {"origin": origin, "refused_at": clock.now() if kind == "friend_no" else None}
    elif kind == "friend_no" or context.pop("is_friend", False):
        by = make_guest(meetup, "ben@example.org", name="Ben", rsvp="yes")
        guest_fields |= {"origin": "friend", "brought_by": by, "refused_at": clock.now() if kind == "friend_no" else None}
    if kind == "removed":
        guest_fields["removed_at"] = clock.now()
    if kind in ("prove_address", "room_ask"):
        guest_fields.setdefault("origin", "self")
    if kind == "could_host":
        guest_fields["could_host"] = True
    guest = make_guest(meetup, "maria@example.org", **guest_fields)
    if asked := context.pop("asked", ""):
        context["question"] = Question.objects.create(guest=guest, words=asked).pk
    if kind.startswith("recap_") or kind == "table_taken_down":
        tell_the_evening(kind, meetup, guest)
    if kind == "cut_asked":
        make_contribution(guest, "I left, to my surprise, less alone than I came.", selector=OTHER_SELECTOR, cut=context["cut"])
    if kind in TELL_OF_DISHES and guest.has_seat:
        make_dish(meetup, "dessert", guest=guest, words="Plum cake", feeds=6)
    if kind == "how_did_it_go":
        make_contribution(guest, selector=OTHER_SELECTOR, promise="Ask my neighbors to the next one.")
    mailing = make_own_letter(meetup) if kind == "host_letter" else None
    known = {"message_id": f"<{'d' * 32}@longtable.example>"} if kind == "my_meetups" else {}
    if kind == "my_meetups":
        context["address"] = guest.email_hash
    return make_delivery(kind, guest=guest, context=context, mailing=mailing, **known)


def ask_for_a_day(meetup: Meetup) -> None:
    """Make it a draft of which two days are put to the guests."""
    DatePoll.objects.filter(meetup=meetup).delete()
    poll = DatePoll.objects.create(meetup=meetup)
    for day in (15, 17):
        DateOption.objects.create(poll=poll, date=date(2026, 12, day), time=time(19))
    meetup.status, meetup.date, meetup.starts_at, meetup.ends_at = Meetup.Status.DRAFT, None, None, None
    meetup.save()


def make_own_letter(meetup: Meetup) -> Mailing:
    """Return a letter of the host's own, which says its words by itself."""
    words = "The bridge is closed on Tuesday, so come by the market.\n\nWhoever has a folding chair: bring it, please."
    now = clock.now()
    facts = {"segment": "yes", "subject": "Come by the market", "words": words, "due_at": now, "not_after": meetup.starts_at}
    return Mailing.objects.create(meetup=meetup, kind="host_letter", is_planned=False, **facts)


# When each planned letter is read, in UTC; Vancouver is seven hours behind. All others at NOW.
READ_AT = {
    "invitation_again": datetime(2026, 11, 26, 20, tzinfo=UTC),
    "host_letter": datetime(2026, 12, 13, 20, tzinfo=UTC),
    "how_did_it_go": datetime(2027, 1, 14, 17, tzinfo=UTC),
    "seven_days": datetime(2026, 12, 8, 16, tzinfo=UTC),
    "three_days": datetime(2026, 12, 12, 16, tzinfo=UTC),
    "please_confirm": datetime(2026, 12, 14, 18, tzinfo=UTC),
    "places_to_lay": datetime(2026, 12, 14, 19, tzinfo=UTC),
    "address_day": datetime(2026, 12, 15, 15, tzinfo=UTC),
    "were_you_there": datetime(2026, 12, 16, 16, tzinfo=UTC),
    "debrief": datetime(2026, 12, 17, 1, tzinfo=UTC),
    "cut_asked": datetime(2026, 12, 18, 17, tzinfo=UTC),
    "recap_preview": datetime(2026, 12, 18, 18, tzinfo=UTC),
    "words_wait": datetime(2026, 12, 22, 17, tzinfo=UTC),
    "removal_asked": datetime(2026, 12, 22, 17, tzinfo=UTC),
    "recap_taken_down": datetime(2026, 12, 22, 17, tzinfo=UTC),
    "table_taken_down": datetime(2026, 12, 22, 17, tzinfo=UTC),
    "recap_came": datetime(2026, 12, 19, 17, tzinfo=UTC),
    "recap_missed": datetime(2026, 12, 19, 17, tzinfo=UTC),
    "recap_declined": datetime(2026, 12, 19, 17, tzinfo=UTC),
    "hold_started": datetime(2027, 1, 10, 17, tzinfo=UTC),
    "held_on": datetime(2027, 1, 10, 17, tzinfo=UTC),
    "could_host": datetime(2026, 12, 17, 18, tzinfo=UTC),
    "room_ask": datetime(2026, 12, 17, 18, tzinfo=UTC),
    "led_to": datetime(2027, 2, 17, 18, tzinfo=UTC),
    "host_answers_told": datetime(2026, 12, 19, 18, tzinfo=UTC),
}


def read_at(name: str) -> datetime:
    """Return when the letter of a variant is read."""
    return READ_AT.get(name) or READ_AT.get(VARIANTS[name][0], NOW)


# name of the example: kind, answer, context
VARIANTS = {kind: (kind, "", {}) for kind in Delivery.Kind.values} | {
    "organizer_added_helper": ("organizer_added", "", {"role": "helper"}),
    "organizer_role_owner": ("organizer_role", "", {"change": "owner"}),
    "organizer_role_heir": ("organizer_role", "", {"change": "owner", "by": ""}),
    "organizer_role_organizer": ("organizer_role", "", {"change": "organizer"}),
    "organizer_role_removed": ("organizer_role", "", {"change": "removed"}),
    "organizer_role_left": ("organizer_role", "", {"change": "left"}),
    "confirmation_maybe": ("confirmation", "maybe", {"rsvp": "maybe"}),
    "confirmation_no": ("confirmation", "no", {"rsvp": "no"}),
    "confirmation_no_had_seat": ("confirmation", "no", {"rsvp": "no", "had_seat": True}),
    "confirmation_missed": ("confirmation", "yes", {"missed": ["seven_days", "three_days"]}),
    "waiting_party": ("waiting", "waiting", {"because": "party", "free": 1}),
    "waiting_fewer": ("waiting", "waiting", {"because": "fewer", "by_host": True, "had_seat": True, "had_own_seat": True}),
    "waiting_offer_gone": ("waiting", "waiting", {"because": "fewer", "by_host": True, "had_seat": False}),
    "seven_days_maybe": ("seven_days", "maybe", {}),
    "three_days_maybe": ("three_days", "maybe", {}),
    "cohost_added_offer": ("cohost_added", "", {"is_offer": True}),
    "moved_time": ("moved", "waiting", {"place_changed": False}),
    "moved_place": ("moved", "maybe", {"time_changed": False}),
    "hold_started_no_hello": ("hold_started", "", {"hello": ""}),
    "held_on_no_hello": ("held_on", "", {"hello": ""}),
    "led_to_none": ("led_to", "", {"tables": 0}),
    "led_to_nobody": ("led_to", "", {"tables": 0, "readers": 0}),
    "prove_address_friend": ("prove_address", "", {"is_friend": True}),
    "confirmation_welcome": ("confirmation", "yes", {"rsvp": "yes", "had_seat": False, "missed": [], "welcome": True}),
    "host_answers_friend": ("host_answers", "", {"asking": "friend"}),
    "host_answers_asker": ("host_answers", "", {"asking": "asker"}),
    "prove_address_asker": ("prove_address", "", {"origin": "asker"}),
    "friend_no_asker": ("friend_no", "", {"origin": "asker"}),
    "friend_no_unseen": ("friend_no", "", {"origin": "asker", "because": "unseen"}),
    "friend_no_canceled": ("friend_no", "", {"origin": "link", "because": "canceled"}),
    "host_answers_told": ("host_answers", "", {"told": True}),
    "guest_words_question": ("guest_words", "", {"words": "Is there a stair to climb? My mother comes with me.", "question": 1}),
    "host_words_answer": ("host_words", "", {"asked": "Is there a stair to climb?\nMy mother comes with me."}),
    "guest_words_elsewhere": ("guest_words", "", {"from_elsewhere": True}),
    "host_words_elsewhere": ("host_words", "", {"from_elsewhere": True}),
    "words_wait_words": ("words_wait", "", {"saying": []}),
    "could_host_again": ("could_host", "", {"ask": 1}),
    "room_ask_cohost": ("room_ask", "", {"want": "cohost"}),
    "room_ask_known": ("room_ask", "yes", {"asks_again": True}),
    "room_ask_again": ("room_ask", "yes", {"asks_again": True, "ask": 1}),
    "room_ask_last": ("room_ask", "yes", {"asks_again": True, "ask": 2}),
    "could_host_last": ("could_host", "", {"ask": 2}),
    "invitation_third": ("invitation", "", {"is_again": True, "number": 3}),
    "invitation_instead": ("invitation", "", {"is_again": True}),
    "date_poll_again": ("date_poll", "", {"is_again": True, "number": 2}),
    "date_poll_reminder": ("date_poll", "", {"is_reminder": True, "personal": ""}),
    "date_chosen_waiting": ("date_chosen", "waiting", {}),
    "date_chosen_maybe": ("date_chosen", "maybe", {}),
    "date_chosen_no": ("date_chosen", "no", {}),
    "date_chosen_silent": ("date_chosen", "invited", {}),
    "paired_helper": ("paired", "", {"is_helper": True}),
    "intervened_staff": ("intervened", "", {"is_staff": True}),
    "intervened_unfreeze": ("intervened", "", {"act": "unfreeze"}),
    "intervened_cancel": ("intervened", "", {"act": "cancel", "is_staff": True}),
    "organizer_news_week": ("organizer_news", "", {"weekly": True}),
    "canceled_no_seat": ("canceled", "maybe", {"had_seat": False}),
}
