"""Who has done this helps who begins: both tick, one letter each, one out of it at any time, and nobody picks from a list."""

from datetime import timedelta

import pytest

from hosts.models import User
from hosts.services import delete_account
from meetups.access.address_hash import hash_address
from meetups.access.tokens import PairingSide
from meetups.exceptions import MeetupError
from meetups.letters import build_message
from meetups.models import Delivery, Guest, Helper, Meetup, Pairing
from meetups.outbox.suppression import suppress
from meetups.pairing.services import (
    come_back,
    end_pairing,
    leave,
    letters_of,
    offer_for,
    pair,
    set_helping,
    take_back,
)
from meetups.planning.services.next_host import begin_draft
from meetups.privacy.export import data_of_user
from meetups.privacy.retention import retire
from meetups.times import clock
from meetups.times.quiet_hours import next_allowed
from tests.factories import STREET, make_draft, make_guest, make_held_meetup, make_host, make_meetup

pytestmark = pytest.mark.django_db


def make_helper(name: str = "Samir Haddad", *, most: int = 2, **place) -> Helper:
    """Return somebody who has held an evening and ticked that they help."""
    user = make_host(shown_name=name)
    make_held_meetup(user, **place)
    return set_helping(user, helps=True, most=most)


def make_newcomer(name: str = "Maria Lopez", *, parent: Meetup | None = None, **fields) -> Meetup:
    """Return the draft of a guest who said "I could host" and has proved the address."""
    user = make_host(shown_name=name)
    guest = make_guest(parent or make_held_meetup(), user.email, name=name, rsvp="yes", could_host=True)
    draft = begin_draft(guest, host=user)
    for field, value in fields.items():
        setattr(draft, field, value)
    draft.save()
    return draft


def offered(draft: Meetup) -> str:
    found = offer_for(draft, newcomer=draft.host)
    return found.name if found else ""


def ask(draft: Meetup, helper: Helper) -> Pairing:
    return pair(draft, newcomer=draft.host, helper=helper.pk)


def letters() -> list[tuple[str, str]]:
    rows = Delivery.objects.filter(kind="paired").select_related("user").order_by("pk")
    return [(row.user.shown_name, row.state) for row in rows if row.user]


# Who is offered --------------------------------------------------------------------------------------------------------


def test_who_has_done_this_is_offered_by_first_name_and_region():
    make_helper()
    draft = make_newcomer()

    found = offer_for(draft, newcomer=draft.host)

    assert found is not None
    assert (found.name, found.area) == ("Samir", "Ontario")


def test_the_nearest_comes_first_by_region_then_country_then_language_alone():
    make_helper("Far Away", country="Chile", region="Maule")
    assert offered(make_newcomer()) == "Far"
    make_helper("Land Wide", country="Canada", region="Quebec")
    assert offered(make_newcomer()) == "Land"
    make_helper("Next Door", country="Canada", region="Ontario")
    assert offered(make_newcomer()) == "Next"
    # A place of the draft's own counts more than that of the table it comes from.
    assert offered(make_newcomer(country="Chile", region="Maule")) == "Far"


def test_only_who_speaks_the_language_is_offered():
    make_helper()
    draft = make_newcomer(language="fr")
    assert offered(draft) == ""

    make_helper("Joëlle Roy", language="fr", country="France", region="")

    assert offered(draft) == "Joëlle"


def test_who_was_not_asked_for_the_longest_time_comes_first():
    first, second = make_helper("Ada"), make_helper("Bo")
    ask(make_newcomer(), first)

    assert offered(make_newcomer()) == "Bo"
    ask(make_newcomer(), second)
    assert offered(make_newcomer()) == "Ada"


@pytest.mark.parametrize(
    "why", ["no tick", "no evening", "no name", "no room", "closed", "suppressed", "no letters as host", "self"]
)
def test_who_does_not_help_is_not_offered(why):
    helper = make_helper(most=1)
    draft = make_newcomer()
    if why == "no tick":
        set_helping(helper.user, helps=False)
    elif why == "no evening":
        helper.user.meetups.update(status="canceled")
    elif why == "no name":
        User.objects.filter(pk=helper.user.pk).update(shown_name="")
    elif why == "no room":
        ask(make_newcomer("Other"), helper)
    elif why == "closed":
        User.objects.filter(pk=helper.user.pk).update(is_active=False)
    elif why == "suppressed":
        suppress(hash_address(helper.user.email), target="")
    elif why == "no letters as host":
        suppress(hash_address(helper.user.email), target=f"host:{helper.user.pk}")
    else:
        Helper.objects.filter(pk=helper.pk).update(user=draft.host)

    assert offered(draft) == ""


@pytest.mark.parametrize(
    "why", ["not said", "no parent", "published", "has held", "unproven", "no name", "suppressed", "paired", "removed"]
)
def test_who_did_not_say_i_could_host_and_begin_is_offered_nobody(why):
    make_helper()
    parent = make_held_meetup()
    draft = make_newcomer(parent=parent)
    assert offered(draft) == "Samir"
    if why == "not said":
        Guest.objects.update(could_host=False)
    elif why == "no parent":
        draft = make_draft(make_host())
    elif why == "published":
        draft.status = Meetup.Status.PUBLISHED
    elif why == "has held":
        make_held_meetup(draft.host)
    elif why == "unproven":
        draft.host.proven_at = None
    elif why == "no name":
        draft.host.shown_name = ""
    elif why == "suppressed":
        suppress(hash_address(draft.host.email), target="")
    elif why == "paired":
        end_pairing(ask(draft, Helper.objects.get()), by_helper=False)
    else:
        Guest.objects.update(removed_at=clock.now())

    assert offered(draft) == ""


def test_a_draft_of_ones_own_from_the_same_table_is_not_the_one_that_was_begun():
    """Whoever writes `parent` into a draft by another way said nothing in any room."""
    make_helper()
    parent = make_held_meetup()
    user = make_host(shown_name="Eve")
    make_guest(parent, user.email, rsvp="yes", could_host=True)

    assert offered(make_draft(user, parent=parent)) == ""


def test_somebody_elses_draft_offers_nobody():
    make_helper()
    draft = make_newcomer()

    assert offer_for(draft, newcomer=make_host()) is None


# The tick --------------------------------------------------------------------------------------------------------------


def test_both_get_one_letter_with_the_first_name_and_the_address_to_answer():
    helper, draft = make_helper(), make_newcomer()

    pairing = ask(draft, helper)

    assert letters() == [("Samir Haddad", "queued"), ("Maria Lopez", "queued")]
    mails = {row.user: build_message(row) for row in letters_of(pairing)}
    to_helper, to_newcomer = mails[helper.user], mails[draft.host]
    assert (to_helper.to, to_helper.extra_headers["Reply-To"]) == ([helper.user.email], draft.host.email)
    assert (to_newcomer.to, to_newcomer.extra_headers["Reply-To"]) == ([draft.host.email], helper.user.email)
    assert (to_helper.subject, to_newcomer.subject) == ("Maria hosts for the first time", "Samir has done this before")
    for mail, surname in [(to_helper, "Lopez"), (to_newcomer, "Haddad")]:
        said = f"{mail.body}{mail.alternatives[0].content}"
        assert [word for word in (surname, STREET, helper.user.email, draft.host.email) if word in said] == []


def test_the_letters_wait_ten_minutes_and_for_the_morning():
    draft = make_newcomer()
    before = clock.now()

    pairing = ask(draft, make_helper())

    for row in letters_of(pairing):
        assert row.due_at >= before + timedelta(minutes=10)
        assert row.due_at == next_allowed(row.due_at, draft.parent.zone)


def test_a_second_press_owes_no_second_letter():
    helper, draft = make_helper(), make_newcomer()

    assert ask(draft, helper) == ask(draft, helper)

    assert len(letters()) == 2


def test_only_the_one_who_is_offered_can_be_chosen():
    near, far = make_helper("Next Door"), make_helper("Far Away", country="Chile", region="Maule")
    draft = make_newcomer()

    for wrong in (far.pk, 0, 99999):
        with pytest.raises(MeetupError, match="no room just now"):
            pair(draft, newcomer=draft.host, helper=wrong)

    assert not Pairing.objects.exists() and letters() == []
    assert ask(draft, near).helper == near.user


def test_a_helper_is_asked_by_no_more_than_they_said_and_has_room_again_later(moved_clock):
    helper = make_helper(most=2)
    first = ask(make_newcomer("Ana"), helper)
    ask(make_newcomer("Bea"), helper)
    late = make_newcomer("Cleo")

    with pytest.raises(MeetupError):
        ask(late, helper)
    end_pairing(first, by_helper=True)
    ask(late, helper)
    assert offered(make_newcomer("Dora")) == ""

    moved_clock(days=61)
    assert offered(make_newcomer("Edda")) == "Samir"


def test_who_has_not_held_an_evening_cannot_help():
    user = make_host()
    make_meetup(user)

    with pytest.raises(MeetupError, match="once you have held an evening"):
        set_helping(user, helps=True)

    assert not Helper.objects.exists()


# Out of it -------------------------------------------------------------------------------------------------------------


def test_what_is_taken_back_in_time_was_never():
    helper, draft = make_helper(), make_newcomer()
    pairing = ask(draft, helper)

    assert take_back(pairing) and take_back(pairing)

    assert [state for _name, state in letters()] == ["withdrawn", "withdrawn"]
    assert not Pairing.objects.exists()
    assert offered(draft) == "Samir"


def test_what_is_taken_back_too_late_is_ended_and_not_offered_again():
    helper, draft = make_helper(), make_newcomer()
    pairing = ask(draft, helper)
    letters_of(pairing).filter(user=helper.user).update(state="sent", finished_at=clock.now())

    assert not take_back(pairing)

    assert letters() == [("Samir Haddad", "sent"), ("Maria Lopez", "withdrawn")]
    assert Pairing.objects.get().ended_at is not None
    assert offered(draft) == ""


def test_a_letter_of_a_pairing_that_has_ended_cannot_be_written():
    pairing = ask(make_newcomer(), make_helper())
    rows = list(letters_of(pairing))
    end_pairing(pairing, by_helper=False)

    for row in rows:
        with pytest.raises(MeetupError, match="not paired any more"):
            build_message(row)


def test_a_helper_who_leaves_is_given_nobody_else_and_can_undo_it():
    helper = make_helper()
    side = PairingSide(ask(make_newcomer(), helper), is_helper=True)

    leave(side)
    leave(side)
    assert offered(make_newcomer("Cleo")) == ""
    assert not Pairing.objects.open().exists()

    come_back(side)
    assert Pairing.objects.open().exists()
    assert offered(make_newcomer("Cleo")) == "Samir"
    assert [state for _name, state in letters()] == ["withdrawn", "withdrawn"]


def test_what_the_other_has_ended_is_not_undone():
    pairing = ask(make_newcomer(), make_helper())
    leave(PairingSide(pairing, is_helper=False))

    come_back(PairingSide(pairing, is_helper=True))

    assert not Pairing.objects.open().exists()


def test_without_the_tick_those_who_were_helped_are_let_go():
    helper = make_helper()
    ask(make_newcomer(), helper)

    set_helping(helper.user, helps=False)

    assert not Pairing.objects.open().exists()
    assert [state for _name, state in letters()] == ["withdrawn", "withdrawn"]


# Own data --------------------------------------------------------------------------------------------------------------


def test_the_copy_of_ones_data_has_the_tick_and_since_when_and_never_the_other():
    helper, draft = make_helper(), make_newcomer()
    ask(draft, helper)

    theirs, hers = data_of_user(helper.user), data_of_user(draft.host)

    assert [(row["helps"], row["most"]) for row in theirs["help_for_first_time_hosts"]] == [(True, 2)]
    assert [row["you_helped"] for row in theirs["pairings"]] == [True]
    assert [row["you_helped"] for row in hers["pairings"]] == [False]
    assert "Maria" not in str(theirs) and "Samir" not in str(hers)


@pytest.mark.parametrize("who", ["helper", "newcomer"])
def test_with_the_account_the_pairing_goes_and_the_others_letter_too(who):
    helper, draft = make_helper(), make_newcomer()
    pairing = ask(draft, helper)
    other = letters_of(pairing).exclude(user=helper.user if who == "helper" else draft.host).get()

    delete_account(helper.user if who == "helper" else draft.host)

    assert not Pairing.objects.exists()
    assert Helper.objects.exists() is (who == "newcomer")
    with pytest.raises(MeetupError):
        build_message(other)


def test_a_year_later_nobody_remembers_who_helped_whom(moved_clock):
    ask(make_newcomer(), make_helper())

    moved_clock(days=364)
    assert retire()["pairings"] == 0
    moved_clock(days=366)
    assert retire()["pairings"] == 1
    assert not Pairing.objects.exists()
