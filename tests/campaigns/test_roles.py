"""The roles of a campaign: what each may do, how they change, and that there is always one owner."""

import logging
import re

import pytest
from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from django.forms import inlineformset_factory
from django.test import Client
from django.urls import get_resolver, reverse

from hosts import services as hosts
from hosts.admin import RolesToDelete
from hosts.models import Campaign, Organizer
from meetups.campaigns.care import find_needs, write_to_host
from meetups.campaigns.lead.roles import give_ownership, set_role
from meetups.exceptions import MeetupError
from meetups.letters import build_message
from meetups.models import Delivery
from tests.factories import add_role, make_campaign, make_held_meetup, make_meetup, make_recap, make_user
from tests.rows import all_rows

pytestmark = pytest.mark.django_db
# What a helper opens; each other page below /c/<slug>/ that is for organizers refuses them.
SEEN = {"dashboard", "dashboard_generations", "campaign_care", "campaign_kit", "campaign_organizers", "campaign_news"}
ANYBODYS = {"campaign", "campaign_feed", "campaign_card", "campaign_day", "campaign_embed", "campaign_new", "campaign_openness"}
# Where a helper says how often news come to them.
OWN = "campaign_news"


@pytest.fixture
def petra(campaign):
    return add_role(campaign, make_user("petra@example.org", shown_name="Petra"))


@pytest.fixture
def helper(campaign):
    return add_role(campaign, make_user("hal@example.org", shown_name="Hal"), "helper")


def client_of(organizer: Organizer) -> Client:
    client = Client()
    client.force_login(organizer.user)
    return client


def page_of(organizer: Organizer) -> str:
    return f"/c/read/organizers/{organizer.pk}/"


def roles_of(campaign: Campaign) -> dict[str, str]:
    return dict(campaign.organizers.values_list("user__shown_name", "role"))


def letters_to(person: Organizer) -> list[str]:
    letters = Delivery.objects.filter(kind="organizer_role", user=person.user).order_by("pk")
    return [letter.context["change"] for letter in letters]


def pages_of_a_campaign(campaign: Campaign) -> dict[str, str]:
    """Return the address of every page of a campaign by its name, about an evening and a recap of it."""
    evening, recap = make_meetup(campaign=campaign), make_recap(make_held_meetup(campaign=campaign))
    parts = {"slug": campaign.slug, "code": evening.code, "reason": "first_time", "recap_slug": recap.slug, "form": "atom"}
    parts |= {"pk": campaign.organizers.get(role="owner").pk, "size": "a4", "name": "x", "uuid": "x"}
    names = {}
    for pattern in get_resolver().url_patterns:
        for entry in getattr(pattern, "url_patterns", []):
            wanted = set(getattr(entry.pattern, "regex", re.compile("")).groupindex) or set(entry.pattern.converters)
            if str(entry.pattern).startswith(("c/<slug:slug>/", "^c/")) and entry.name not in ANYBODYS:
                names[entry.name] = reverse(entry.name, kwargs={name: parts[name] for name in wanted})
    return names


def test_a_helper_sees_how_it_goes_and_is_refused_everywhere_else(campaign, helper):
    client = client_of(helper)

    answers = {name: client.get(path).status_code for name, path in pages_of_a_campaign(campaign).items()}

    assert answers == {name: 200 if name in SEEN else 403 for name in answers}
    assert len(answers) >= 13


def test_no_post_of_a_helper_changes_anything(campaign, helper):
    client, pages = client_of(helper), pages_of_a_campaign(campaign)
    words = {"name": "Mine", "call": "Mine", "email": "evil@example.net", "role": "organizer", "then": "now", "words": "Hello"}
    words |= {"code": campaign.meetups.upcoming().get().code, "reason": "first_time", "last_day": "2030-01-01"}
    before = all_rows()

    answers = {
        (name, then): client.post(path, words | {"then": then}).status_code
        for name, path in pages.items()
        for then in ("now", "done", "later", "owner", "remove", "take_down")
    }

    assert all_rows() == before
    assert {answer for (name, _then), answer in answers.items() if name != OWN} <= {403, 405}


def test_a_helper_says_how_often_news_come_to_them_and_to_nobody_else(campaign, petra, helper):
    client_of(helper).post("/c/read/news/", {"news": "weekly"})

    assert [campaign.organizers.get(pk=one.pk).news for one in (helper, petra)] == ["weekly", "daily"]


def test_a_helper_reads_why_and_finds_no_button_that_would_refuse(campaign, helper):
    client = client_of(helper)
    pages_of_a_campaign(campaign)

    assert "You are a helper of this campaign" in client.get("/c/read/edit/").content.decode()
    page = client.get("/c/read/dashboard/").content.decode()
    for closed in ("edit/", "spread/", "dashboard.csv", "end/", "recaps/"):
        assert f"/c/read/{closed}" not in page
    assert "Write to" not in client.get("/c/read/care/").content.decode()
    people = client.get("/c/read/organizers/").content.decode()
    assert "olga@example.org" not in people and 'name="email"' not in people


def test_somebody_is_added_as_a_helper_and_told_so(client, campaign):
    client.post("/c/read/organizers/", {"email": "new@example.org", "role": "helper"})

    letter = build_message(Delivery.objects.get(kind="organizer_added"))
    assert campaign.organizers.get(user__email="new@example.org").role == "helper"
    assert letter.subject == "Read Together: you are a helper"
    assert "has made you a helper" in letter.body


def test_nobody_is_added_as_the_owner(client, campaign):
    page = client.post("/c/read/organizers/", {"email": "new@example.org", "role": "owner"}).content.decode()

    assert 'value="new@example.org"' in page
    assert campaign.organizers.count() == 1


def test_who_was_taken_off_before_the_letter_left_gets_none(client, campaign):
    client.post("/c/read/organizers/", {"email": "new@example.org", "role": "organizer"})
    client.post(page_of(campaign.organizers.get(user__email="new@example.org")), {"then": "remove"})

    with pytest.raises(MeetupError):
        build_message(Delivery.objects.get())


def test_the_owner_changes_a_role_once_and_the_person_is_told_once(client, campaign, petra, caplog):
    with caplog.at_level(logging.INFO, "longtable.security"):
        client.post(page_of(petra), {"then": "helper"})
        client.post(page_of(petra), {"then": "helper"})

    assert roles_of(campaign) == {"Olga": "owner", "Petra": "helper"}
    assert letters_to(petra) == ["helper"]
    assert sum("now helper" in line for line in caplog.messages) == 1


def test_an_organizer_changes_nobodys_role(campaign, petra, helper):
    client = client_of(petra)

    for then in ("organizer", "owner", "remove"):
        assert client.post(page_of(helper), {"then": then}).status_code == 403
        assert client.post(page_of(petra), {"then": then}).status_code == (302 if then == "remove" else 403)

    assert roles_of(campaign) == {"Olga": "owner", "Hal": "helper"}


def test_handing_over_makes_one_owner_of_the_other_and_says_so(client, campaign, petra):
    client.post(page_of(petra), {"then": "owner"})

    assert roles_of(campaign) == {"Olga": "organizer", "Petra": "owner"}
    letter = build_message(Delivery.objects.get(kind="organizer_role"))
    assert letter.to == ["petra@example.org"]
    assert "you are its owner now" in " ".join(letter.body.split())
    assert client.post(page_of(petra), {"then": "owner"}).status_code == 403


def test_who_never_signed_in_cannot_become_the_owner(client, campaign):
    unproven = add_role(campaign, make_user("new@example.org", shown_name="Nia", proven_at=None))

    page = client.post(page_of(unproven), {"then": "owner"}, follow=True).content.decode()

    assert "has not signed in yet, so they cannot be the owner" in page
    assert roles_of(campaign) == {"Olga": "owner", "Nia": "organizer"}
    client.post(page_of(unproven), {"then": "helper"})
    assert letters_to(unproven) == []


def test_the_owner_cannot_leave_before_handing_over(client, campaign, petra):
    owner = campaign.organizers.get(role="owner")

    page = client.post(page_of(owner), {"then": "remove"}, follow=True).content.decode()

    assert "A campaign is never without an owner" in page
    assert roles_of(campaign)["Olga"] == "owner"
    # A row that was read before the hand-over does not count either.
    stale = Organizer.objects.get(pk=petra.pk)
    give_ownership(petra, by=owner.user)
    assert not hosts.remove_organizer(stale)
    assert not hosts.change_role(stale, role="helper")


def test_the_second_of_two_windows_does_not_hand_over_what_is_handed_over(campaign, petra):
    owner, quinn = campaign.organizers.get(role="owner"), add_role(campaign, make_user(shown_name="Quinn"))
    give_ownership(petra, by=owner.user)

    with pytest.raises(MeetupError, match="Only the owner"):
        give_ownership(quinn, by=owner.user)

    assert roles_of(campaign) == {"Olga": "organizer", "Petra": "owner", "Quinn": "organizer"}


def test_no_button_of_a_campaign_works_for_who_does_not_lead_it(campaign, helper, petra):
    other = make_user()
    make_campaign(other, slug="other")
    pages, gone = pages_of_a_campaign(campaign), petra.user
    petra.delete()
    answers = {}
    for user in (helper.user, gone, other):
        client = Client()
        client.force_login(user)
        for name, path in pages.items():
            answers[name, user] = client.post(path, {"then": "now", "email": "x@example.org", "role": "owner"}).status_code

    wanted = {(name, user): 403 if user == helper.user else 404 for name, user in answers}
    assert answers | {(OWN, helper.user): 403} == wanted
    assert campaign.organizers.count() == 2


def test_the_database_refuses_a_second_owner(campaign, petra):
    with pytest.raises(IntegrityError), transaction.atomic():
        Organizer.objects.filter(pk=petra.pk).update(role="owner")


def test_leaving_is_told_to_the_owner_and_taking_off_to_the_person(client, campaign, petra, helper):
    owner = campaign.organizers.get(role="owner")

    client_of(petra).post(page_of(petra), {"then": "remove"})
    client.post(page_of(helper), {"then": "remove"})

    assert roles_of(campaign) == {"Olga": "owner"}
    assert letters_to(owner) == ["left"]
    assert letters_to(helper) == ["removed"]
    assert client_of(petra).get("/c/read/dashboard/").status_code == 404


def test_a_person_of_another_campaign_is_not_found_here(client, campaign, petra):
    other = add_role(Campaign.objects.create(name="Other", slug="other", call="Meet."), make_user())

    assert client.post(page_of(other), {"then": "remove"}).status_code == 404
    assert Organizer.objects.filter(pk=other.pk).exists()


def test_a_second_factor_is_asked_for_before_a_role_changes(client, campaign, organizer, petra):
    Authenticator.objects.create(user=organizer, type=Authenticator.Type.TOTP, data={"secret": "x"})

    for path, words in [
        (page_of(petra), {"then": "owner"}),
        ("/c/read/organizers/", {"email": "x@example.org", "role": "helper"}),
    ]:
        assert client.post(path, words).url.startswith("/accounts/2fa/reauthenticate/")

    assert roles_of(campaign) == {"Olga": "owner", "Petra": "organizer"}


def test_a_deleted_account_leaves_the_campaign_to_who_was_there_longest(campaign, organizer, helper, petra):
    hosts.delete_account(organizer)

    assert roles_of(campaign) == {"Petra": "owner", "Hal": "helper"}
    assert "has deleted their account" in build_message(Delivery.objects.get(kind="organizer_role")).body


def test_a_deleted_account_ends_the_campaign_where_nobody_is_left(campaign, organizer):
    hosts.delete_account(organizer)

    campaign.refresh_from_db()
    assert campaign.has_ended


def test_words_to_a_host_do_not_leave_once_their_author_is_a_helper(campaign, petra):
    make_meetup(campaign=campaign)
    write_to_host(campaign, find_needs(campaign)[0], words="Can I help?", by=petra.user)
    set_role(petra, role="helper", by=petra.user)

    with pytest.raises(MeetupError):
        build_message(Delivery.objects.get(kind="organizer_words"))


def test_staff_delete_each_role_but_the_owners(campaign, petra):
    formset = inlineformset_factory(Campaign, Organizer, formset=RolesToDelete, fk_name="campaign", fields=["role"], extra=0)
    rows = {"organizers-TOTAL_FORMS": "2", "organizers-INITIAL_FORMS": "2"}
    for number, row in enumerate([campaign.organizers.get(role="owner"), petra]):
        rows |= {f"organizers-{number}-id": row.pk, f"organizers-{number}-role": row.role}

    assert formset(rows | {"organizers-1-DELETE": "on"}, instance=campaign).is_valid()
    refused = formset(rows | {"organizers-0-DELETE": "on"}, instance=campaign)
    assert refused.non_form_errors() == ["A campaign is never without an owner. Let it be handed over first."]
