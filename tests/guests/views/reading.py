"""Reading guests' pages in tests."""

import re

from django.test import Client

from meetups.access.tokens import make_guest_token
from meetups.models import Guest


def link(guest: Guest) -> str:
    return f"/r/{make_guest_token(guest)}"


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def words_of(html: str) -> str:
    """Return the text of the page's main part on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", html.partition("<main")[2]).split())


def heading(html: str) -> str:
    return " ".join(re.search(r"<h1[^>]*>(.*?)</h1>", html, re.DOTALL)[1].split())
