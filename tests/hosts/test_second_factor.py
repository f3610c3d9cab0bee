"""Second factors: given by the session that uses them, encrypted in the database, and an end to the other sessions."""

import json
from importlib import import_module
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from cryptography.fernet import InvalidToken
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.test import Client

from hosts.signin.factor_secrets import decrypt, encrypt
from tests.factories import TOTP_SECRET, make_factor, make_user, sign_in_with_factor

pytestmark = pytest.mark.django_db

# allauth says that a factor was added once the transaction is committed.
committing = pytest.mark.django_db(transaction=True)
STAFF_PAGES = ["/staff/", "/operator/outbox/"]
OLD, NEW = "an old key of more than thirty-two letters", "a new key of more than thirty-two letters"


@pytest.fixture
def staff():
    return make_user("staff@example.org", is_staff=True, is_superuser=True)


def app_code(secret: str) -> str:
    """Return the six digits that an authenticator app shows now."""
    counters = list(yield_hotp_counters_from_time())
    return format_hotp_value(hotp_value(secret, counters[len(counters) // 2]))


def sign_in(client: Client, email: str, mailoutbox) -> None:
    client.post("/accounts/login/", {"email": email})
    code = next(line for line in mailoutbox[-1].body.splitlines() if line.isdecimal() and len(line) == 6)
    client.post("/accounts/login/code/confirm/", {"code": code})


def add_app(client: Client) -> str:
    """Set up an authenticator app as a person does, and return its secret."""
    client.get("/accounts/2fa/totp/activate/")
    secret = client.session["mfa.totp.secret"]
    assert client.post("/accounts/2fa/totp/activate/", {"code": app_code(secret)}).status_code == 302
    return secret


def stored() -> str:
    """Return everything that the database keeps about second factors."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM mfa_authenticator")
        return json.dumps(cursor.fetchall())


# The factor of this session ------------------------------------------------------------------------------------------


@committing
def test_the_browser_in_which_it_was_set_up_enters_and_the_other_one_is_signed_out(staff, mailoutbox):
    here, there = Client(), Client()
    for browser in (here, there):
        sign_in(browser, staff.email, mailoutbox)

    add_app(here)

    assert [here.get(page).status_code for page in STAFF_PAGES] == [200, 200]
    assert [there.get(page, follow=True).redirect_chain[-1][0].partition("?")[0] for page in STAFF_PAGES] == [
        "/accounts/login/",
        "/accounts/login/",
    ]
    assert "_auth_user_id" not in there.session


def test_a_session_that_never_showed_a_factor_is_asked_for_it_and_comes_back(client, staff):
    make_factor(staff)
    client.force_login(staff)

    asked = client.get("/operator/outbox/")
    page = client.get(asked.url)
    given = client.post(asked.url, {"code": app_code(TOTP_SECRET)})

    assert asked.url == "/accounts/2fa/reauthenticate/?next=%2Foperator%2Foutbox%2F"
    assert page.status_code == 200
    assert given.url == "/operator/outbox/"
    assert [client.get(path).status_code for path in STAFF_PAGES] == [200, 200]


def test_a_wrong_code_opens_nothing(client, staff):
    make_factor(staff)
    client.force_login(staff)

    client.post("/accounts/2fa/reauthenticate/?next=/staff/", {"code": "000000"})

    assert client.get("/operator/outbox/").status_code == 302


def test_signing_in_with_code_and_factor_enters(client, staff, mailoutbox):
    make_factor(staff)
    sign_in(client, staff.email, mailoutbox)

    client.post("/accounts/2fa/authenticate/", {"code": app_code(TOTP_SECRET)})

    assert [client.get(page).status_code for page in STAFF_PAGES] == [200, 200]


def test_a_factor_that_the_account_no_longer_has_does_not_count(client, staff):
    sign_in_with_factor(client, staff)
    Authenticator.objects.all().delete()
    make_factor(staff)

    assert client.get("/operator/outbox/").url.startswith("/accounts/2fa/reauthenticate/")


def test_the_factor_of_somebody_else_does_not_count(client, staff):
    sign_in_with_factor(client, make_user("other@example.org", is_staff=True))
    make_factor(staff)
    session = client.session
    given = session["second_factor"]
    client.force_login(staff)
    session = client.session
    session["second_factor"] = given
    session.save()

    assert client.get("/operator/outbox/").status_code == 302


def test_removing_one_ends_the_other_sessions_and_not_this_one(client, staff):
    sign_in_with_factor(client, staff)
    there = Client()
    sign_in_with_factor(there, staff)
    give_it_anew(client)

    client.post("/accounts/2fa/totp/deactivate/")

    assert not Authenticator.objects.exists()
    assert client.get("/accounts/").status_code == 200
    assert there.get("/accounts/").url.startswith("/accounts/login/")


@committing
def test_new_recovery_codes_end_the_other_sessions(client, staff):
    sign_in_with_factor(client, staff)
    there = Client()
    sign_in_with_factor(there, staff)
    give_it_anew(client)

    client.post("/accounts/2fa/recovery-codes/generate/")

    assert client.get("/accounts/").status_code == 200
    assert there.get("/accounts/").status_code == 302


def give_it_anew(client: Client, secret: str = TOTP_SECRET) -> None:
    client.post("/accounts/2fa/reauthenticate/?next=/accounts/", {"code": app_code(secret)})


# At rest -------------------------------------------------------------------------------------------------------------


@committing
def test_secrets_are_not_in_the_database_as_they_are(client, mailoutbox):
    ana = make_user("ana@example.org")
    sign_in(client, ana.email, mailoutbox)

    secret = add_app(client)

    kept = {row.type: row.data for row in Authenticator.objects.all()}
    seed = decrypt(kept["recovery_codes"]["seed"])
    assert decrypt(kept["totp"]["secret"]) == secret
    assert secret not in stored() and seed not in stored()
    give_it_anew(client, secret)
    assert len(client.get("/accounts/2fa/recovery-codes/").context["unused_codes"]) == 10


def test_the_migration_encrypts_what_was_stored_in_the_clear_and_back():
    clear = {"totp": {"secret": TOTP_SECRET}, "recovery_codes": {"seed": "c" * 40, "used_mask": 3, "migrated_codes": ["1234"]}}
    for kind, data in clear.items():
        Authenticator.objects.create(user=make_user(), type=kind, data=data)
    Authenticator.objects.create(user=make_user(), type="webauthn", data={"name": "Key", "credential": {"id": "x"}})
    migration = import_module("hosts.migrations.0002_encrypt_second_factors")

    for _again in range(2):
        migration.encrypt_all(apps, None)
    encrypted = {row.type: row.data for row in Authenticator.objects.all()}
    text = stored()
    migration.decrypt_all(apps, None)

    assert decrypt(encrypted["totp"]["secret"]) == TOTP_SECRET
    assert [decrypt(code) for code in encrypted["recovery_codes"]["migrated_codes"]] == ["1234"]
    assert encrypted["recovery_codes"]["used_mask"] == 3
    assert encrypted["webauthn"] == {"name": "Key", "credential": {"id": "x"}}
    assert TOTP_SECRET not in text and "c" * 40 not in text
    assert {row.type: row.data for row in Authenticator.objects.exclude(type="webauthn")} == clear


def test_a_key_can_be_changed_for_another(settings):
    settings.FACTOR_KEYS = [OLD]
    make_factor(make_user())
    settings.FACTOR_KEYS = [NEW, OLD]
    said = StringIO()

    assert decrypt(Authenticator.objects.get().data["secret"]) == TOTP_SECRET
    call_command("rotate_factor_keys", stdout=said)

    settings.FACTOR_KEYS = [NEW]
    assert said.getvalue() == "1 second factors are encrypted with the first key.\n"
    assert decrypt(Authenticator.objects.get().data["secret"]) == TOTP_SECRET


def test_without_its_key_a_secret_is_not_read(settings):
    settings.FACTOR_KEYS = [OLD]
    there = encrypt("secret")
    settings.FACTOR_KEYS = [NEW]

    with pytest.raises(InvalidToken):
        decrypt(there)
