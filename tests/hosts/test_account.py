"""The name to show, and leaving."""

import pytest
from allauth.mfa.models import Authenticator
from django.core.exceptions import ImproperlyConfigured, ValidationError

from hosts import hooks
from hosts.forms import clean_name
from hosts.models import Organizer, User
from meetups.models import Delivery, Guest, Kit, Meetup
from meetups.planning.services.kit import keep_kit
from tests.factories import (
    make_campaign,
    make_delivery,
    make_draft,
    make_guest,
    make_held_meetup,
    make_meetup,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(client):
    ana = make_user("ana@example.org")
    client.force_login(ana)
    return ana


@pytest.mark.parametrize("path", ["/accounts/", "/accounts/name/", "/accounts/delete/"])
def test_account_pages_send_a_stranger_to_the_door_and_back(client, path):
    response = client.get(path)

    assert (response.status_code, response.url) == (302, f"/accounts/login/?next={path}")


def test_first_sign_in_asks_for_the_name_and_goes_on_from_there(client, ask, code_in, type_in):
    ask("new@example.org")
    typed = type_in(code_in("new@example.org"), next="/host/new/")
    page = client.get(typed.url)
    named = client.post("/accounts/name/", {"shown_name": "Ana", "next": "/host/new/"})

    assert typed.url == "/accounts/name/?next=%2Fhost%2Fnew%2F"
    assert "What may we call you?" in page.content.decode()
    assert named.url == "/host/new/"
    assert User.objects.get(email="new@example.org").shown_name == "Ana"


def test_first_sign_in_without_a_way_ends_at_my_meetups(client):
    client.force_login(make_user(shown_name=""))

    assert client.post("/accounts/name/", {"shown_name": "Ana"}).url == "/host/"


def test_name_is_changed_later_and_the_account_says_it(client, ana):
    response = client.post("/accounts/name/", {"shown_name": "  Ana   Li "})

    assert response.url == "/accounts/"
    assert "Ana Li" in client.get("/accounts/").content.decode()
    assert "ana@example.org" in client.get("/accounts/").content.decode()


def test_name_page_refuses_to_go_elsewhere(client, ana):
    assert client.post("/accounts/name/", {"shown_name": "Ana", "next": "https://evil.example"}).url == "/accounts/"


@pytest.mark.parametrize("typed", ["", "   ", "www.evil.example", "see http://evil.example", "evil.com", "…", "x" * 61])
def test_name_that_is_none_is_refused_and_kept_in_the_field(client, ana, typed):
    response = client.post("/accounts/name/", {"shown_name": typed})

    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["shown_name"]
    ana.refresh_from_db()
    assert ana.shown_name == "Ana"


def test_name_changes_nothing_but_the_name(client, ana):
    client.post("/accounts/name/", {"shown_name": "Ana", "is_staff": "1", "email": "evil@example.org", "is_superuser": "1"})

    ana.refresh_from_db()
    assert (ana.email, ana.is_staff, ana.is_superuser) == ("ana@example.org", False, False)


def test_name_is_cleaned_of_what_could_break_a_header():
    assert clean_name("Ana\r\nBcc: x\u202e\u2028Li") == "Ana Bcc: x Li"
    assert clean_name("José María 李") == "José María 李"
    assert clean_name("Dr. Ana St.John") == "Dr. Ana St.John"
    with pytest.raises(ValidationError):
        clean_name("\u202e")


def test_name_with_a_script_in_it_is_shown_as_text(client, ana):
    client.post("/accounts/name/", {"shown_name": "<script>alert(1)</script>"})

    page = client.get("/accounts/").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert(1)" not in page


def test_delete_page_only_shows(client, ana):
    response = client.get("/accounts/delete/")

    assert response.status_code == 200
    assert "This cannot be taken back." in response.content.decode()
    assert User.objects.filter(pk=ana.pk).exists()


def test_delete_is_refused_while_guests_count_on_an_evening(client, ana):
    meetup = make_meetup(ana, title="Soup and one question")

    response = client.post("/accounts/delete/")

    page = response.content.decode()
    assert response.status_code == 200
    assert "Cancel it first" in page
    assert f'<a href="{meetup.get_desk_url()}">Soup and one question</a>' in page
    assert User.objects.filter(email="ana@example.org").exists()


def test_delete_removes_somebody_who_held_nothing(client, ana):
    draft = make_draft(ana)
    Organizer.objects.create(campaign=make_campaign(), user=ana)
    make_delivery(Delivery.Kind.ORGANIZER_ADDED, user=ana)

    response = client.post("/accounts/delete/")

    assert response.url == "/accounts/login/"
    assert not User.objects.filter(pk=ana.pk).exists()
    assert not Meetup.objects.filter(pk=draft.pk).exists()
    assert not Kit.objects.filter(pk=draft.kit_id).exists()
    assert Organizer.objects.count() == 0
    assert Delivery.objects.count() == 0
    assert "_auth_user_id" not in client.session


def test_delete_leaves_an_evening_to_those_who_were_there_under_no_name(client, ana):
    held = make_held_meetup(ana)
    guest = make_guest(held, rsvp=Guest.Rsvp.YES)
    keep_kit(held, owner=ana)

    client.post("/accounts/delete/")

    assert not Kit.objects.filter(owner=ana).exists()
    ana.refresh_from_db()
    held.refresh_from_db()
    assert ana.email == f"{ana.selector.lower()}@gone.invalid"
    assert (ana.shown_name, ana.is_active, str(ana)) == ("", False, "Someone")
    assert (held.host, held.street, held.day_phone) == (ana, "", "")
    assert held.mailings.pending().count() == 0
    assert Guest.objects.filter(pk=guest.pk).exists()
    assert not ana.emailaddress_set.exists()


def test_delete_ends_every_session(client, ana, django_user_model):
    make_held_meetup(ana)
    other = type(client)()
    other.force_login(ana)

    client.post("/accounts/delete/")

    assert other.get("/accounts/").url == "/accounts/login/?next=/accounts/"


def test_delete_pressed_twice_is_done_once(client, ana):
    client.post("/accounts/delete/")
    again = client.post("/accounts/delete/")

    assert again.url == "/accounts/login/?next=/accounts/delete/"


def test_delete_asks_somebody_with_a_second_factor_for_it_first(client, ana):
    Authenticator.objects.create(user=ana, type=Authenticator.Type.TOTP, data={"secret": "x"})

    response = client.post("/accounts/delete/")

    assert response.status_code == 302
    assert response.url.startswith("/accounts/2fa/reauthenticate/")
    assert User.objects.filter(pk=ana.pk).exists()


def test_address_of_a_deleted_account_may_come_in_by_the_door_again(client, ana, ask, code_in, type_in):
    make_held_meetup(ana)
    client.post("/accounts/delete/")

    ask("ana@example.org")
    type_in(code_in("ana@example.org"))

    assert User.objects.get(email="ana@example.org").pk != ana.pk


def test_a_start_without_what_an_account_means_to_meetups_is_refused(monkeypatch):
    monkeypatch.setattr(hooks, "_connected", None)

    assert [error.id for error in hooks.check_hooks()] == ["hosts.E001"]
    with pytest.raises(ImproperlyConfigured):
        hooks.account_hooks()


def test_a_start_with_it_is_not():
    assert hooks.check_hooks() == []
