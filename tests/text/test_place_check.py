"""Where a house is told, however it is written, and where only a word or a number of it stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetups.text.place_check import PlaceSecrets, find_secret

HOUSE = PlaceSecrets(
    street="17 Quince Street",
    postal_code="M6G 1A1",
    door="bell Marlowe, third floor, gate code 4711#",
    parking="behind the bakery on Elm Lane, garage 12",
    phone="+1 416 555 0142",
    town="Toronto",
)
STREETS = [
    ("12 Rue de l’Étoile", "We met at 12, rue de l'étoile!"),
    ("12 Rue de l’Étoile", "12 Rue de l\u2019E\u0301toile"),
    ("12 Rue de l’Étoile", "12 Rue de l'E\u0301to\u00adile"),
    ("12 Rue de l’Étoile", "１２ RUE DE L’ÉTOILE"),
    ("12 Rue de l’Étoile", "rue de l'Etoile, 12"),
    ("12 Rue de l’Étoile", "au 12 de la rue de l'Étoile"),
    ("Calle del Sol 8", "Calle Sol, 8"),
    ("Calle del Sol 8", "en el número 8 de la calle del Sol"),
    ("Lindenstraße 5a", "Lindenstr. 5"),
    ("Lindenstraße 5a", "Linden-Straße Nr. 5 a"),
    ("Mühlenweg 3", "Muehlenweg 3"),
    ("Mühlenweg 3", "3 Muhlenweg"),
    ("Rosa-Luxemburg-Straße 17", "17, Luxemburg, Rosa Strasse"),
    ("5 W 42nd Street", "5 West 42nd St."),
    ("12 St. George Street", "12 Saint George St"),
    ("4 Queen's Road", "Queens Rd 4"),
    ("Apt 3, 17 Quince Street", "17 Quince"),
    ("Rose Cottage, Elder Lane", "We met at Elder Lane, Rose Cottage"),
    ("5 The Close", "The Close, 5"),
    ("Calle 23 #45-67", "calle 23, 45 67"),
    ("銀座1-2-3", "銀座 1-2-3 で"),
    ("شارع الورد ١٧", "شارع الورد 17"),
]
OTHER_STREETS = [
    ("12 Rue de l’Étoile", "We met in the rue de l'Étoile"),
    ("12 Rue de l’Étoile", "112 Rue de l’Étoile"),
    ("12 Rue de l’Étoile", "12 étoiles"),
    ("Lindenstraße 5", "Linden und 5 Eichen an der Straße"),
    ("12 North Street", "12 street musicians went north"),
    ("5 The Close", "We close at 5, and 5 close friends stay."),
    ("Elder Lane", "The elder of us told a story"),
    ("Home", "We met at home, 12 of us"),
    ("12", "12 of us"),
    ("", "17 Quince Street"),
]


@pytest.mark.parametrize(
    "text",
    [
        "17 Quince Street",
        "Quince Street 17",
        "QUINCE STREET, 17",
        "quince st. no. 17",
        "Quince-Street-17",
        "Quince_Street_17",
        "#QuinceStreet17",
        "17, Street Quince",
        "Street Quince 17",
        "Quince 17",
        "17/Quince",
        "Quince Str., number 17",
        "17b Quince St",
        "Quínce Strëet 17",
        "Q\u00aduince\u200b Street １７",
        "Quince Street\n17",
        "We met on Quince Street, our house is number 17, and ate.",
        "At 17 in Quince Street",
        "Come to Ana's: Quince Street, at 17!",
    ],
)
def test_a_street_is_found_with_its_number_before_or_behind(text):
    assert find_secret(text, HOUSE) == "street"


@pytest.mark.parametrize(("street", "text"), STREETS)
def test_a_street_is_found_in_other_languages_and_orders(street, text):
    assert find_secret(text, PlaceSecrets(street=street)) == "street"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "17",
        "Quince",
        "There were 17 of us.",
        "We ate quince, 17 of us.",
        "We ate quince, and the street was quiet.",
        "Quince Street is a lovely street.",
        "117 Quince Street",
        "Quince Street 1",
        "We were 17. Quince jam was on the table!",
        "Quince jam for 17, of course",
        "Seventeen quinces and 17 questions",
        "17 of the quinces were ripe",
        "17 of the quince trees were ripe",
        "At 19:30 we began; by 17 Elm Road the bus stopped",
    ],
)
def test_a_word_or_a_number_alone_is_no_street(text):
    assert find_secret(text, HOUSE) == ""


@pytest.mark.parametrize(("street", "text"), OTHER_STREETS)
def test_what_only_resembles_a_street_is_none(street, text):
    assert find_secret(text, PlaceSecrets(street=street)) == ""


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Call +1 416 555 0142", "phone"),
        ("Call 416-555-0142.", "phone"),
        ("Call (416)5550142", "phone"),
        ("+14165550142", "phone"),
        ("416.555.0142", "phone"),
        ("416 · 555 · 0142", "phone"),
        ("416_555_0142", "phone"),
        ("٤١٦ ٥٥٥ ٠١٤٢", "phone"),
        ("In 2026, 0142 times", ""),
        ("555 of us, and 42 more", ""),
        ("M6G 1A1", "postal_code"),
        ("m6g1a1", "postal_code"),
        ("It is M6G-1A1, in the west", "postal_code"),
        ("M6G is a form of address?", ""),
        ("The code at the gate is 4711", "door"),
        ("Type 47 11 and then the hash", "door"),
        ("4-7-1-1", "door"),
        ("4711", "door"),
        ("We read page 471 and page 47", ""),
        ("Ring the bell Marlowe", "door"),
        ("Marlowe, at the bell", "door"),
        ("Marlowe wrote plays; a bell rang.", ""),
        ("We went up to the third floor of an idea", ""),
        ("Garage 12", "parking"),
        ("Park in the garage no. 12", "parking"),
        ("On Elm Lane, behind the bakery", "parking"),
        ("Twelve of us, 12 loaves, and the smell of the bakery", ""),
    ],
)
def test_every_other_part_is_found_however_it_is_grouped(text, part):
    assert find_secret(text, HOUSE) == part


@pytest.mark.parametrize(
    ("place", "text", "part"),
    [
        (PlaceSecrets(postal_code="10115"), "10115 Berlin", "postal_code"),
        (PlaceSecrets(postal_code="1010", town="Wien"), "A-1010 Wien", "postal_code"),
        (PlaceSecrets(postal_code="1010", town="Wien"), "We asked 1010 questions in Wien, and it was late", ""),
        (PlaceSecrets(postal_code="1234 AB"), "1234AB", "postal_code"),
        (PlaceSecrets(postal_code="75"), "75 of us", ""),
        (PlaceSecrets(door="code 1984"), "We read 1984", ""),
        (PlaceSecrets(door="code 1984"), "the code is 1984", "door"),
        (PlaceSecrets(door="3. Etage links"), "im 3. Etage", "door"),
        (PlaceSecrets(door="3. Etage links"), "3 of us laughed", ""),
        (PlaceSecrets(door="ring 2 times"), "We laughed 2 times", ""),
        (PlaceSecrets(door="Second house on the left"), "It is the second house on the left.", "door"),
        (PlaceSecrets(door="1930#"), "19:30 soup", ""),
        (PlaceSecrets(door="bell Rebelo", host="Ana Rebelo"), "The bell rang. Rebelo, your host", ""),
        (PlaceSecrets(door="Ana Rebelo", host="Ana Rebelo"), "Ana Rebelo asks you", ""),
        (PlaceSecrets(door="Ana Rebelo", host="Ana"), "Ring at Ana Rebelo", "door"),
        (PlaceSecrets(parking="Bus 99"), "I took bus 99 home", ""),
        (PlaceSecrets(parking="Street parking"), "Street parking was easy", ""),
        (PlaceSecrets(phone="030/123456"), "+49 30 123456", "phone"),
        (PlaceSecrets(phone="416 555 0142 / 416 555 0199"), "4165550142", "phone"),
        (PlaceSecrets(phone="112"), "112 of us", ""),
    ],
)
def test_short_codes_need_the_word_beside_them(place, text, part):
    assert find_secret(text, place) == part


def test_a_fraction_is_not_a_part_of_the_number_before_it():
    assert find_secret("17½ Quince Street", HOUSE) == "street"


@given(st.text(max_size=200), st.text(max_size=60), st.text(max_size=60))
def test_any_text_can_be_checked_against_any_place(text, street, door):
    place = PlaceSecrets(street=street, postal_code=street, door=door, parking=door, phone=street, town=door)

    assert find_secret(text, place) in {"", "street", "phone", "postal_code", "door", "parking"}
    assert find_secret("", place) == ""


@given(st.text(alphabet="abcdefghijklmnop", min_size=3, max_size=9), st.integers(1, 999))
def test_any_street_is_found_with_its_number_on_either_side(name, number):
    place = PlaceSecrets(street=f"{number} {name} Street")

    assert find_secret(f"Come to {number} {name} Street, please", place) == "street"
    assert find_secret(f"Come to {name} street {number}, please", place) == "street"
