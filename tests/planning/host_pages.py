"""What the tests of a host's pages share."""

from datetime import timedelta

from meetups.times import clock


def typed(**fields) -> dict:
    day = (clock.now() + timedelta(days=20)).date().isoformat()
    complete = {
        "title": "Soup and one question", "book_title": "Transforming Power", "book_author": "Judy Rebick", "meal": "Soup",
        "date": day, "time": "19:00", "duration": "180", "town_name": "Toronto", "zone": "", "street": "12 Elm Street",
        "seats": "10", "max_party": "2", "visibility": "private",
    }  # fmt: skip
    return complete | fields


def step(door, meetup) -> str:
    return door.get(meetup.get_desk_url()).context["step"].words
