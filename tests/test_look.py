"""The frames, the field template and the style sheet: what every page is made of."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.template import engines
from django.test import RequestFactory
from django.urls import path

from hosts.models import Campaign

ROOT = Path(settings.BASE_DIR)
CSS = (ROOT / "static/css/longtable.css").read_text()
LIGHT, _, DARK = CSS.partition("@media (prefers-color-scheme: dark)")
NAMES = ["home", "find", "mine", "host_list", "account", "account_language", "account_login", "account_logout"]
NAMES += ["privacy", "report", "mailbox"]
urlpatterns = [path(f"{name}/", lambda request: HttpResponse(), name=name) for name in NAMES]
pytestmark = pytest.mark.urls(__name__)


class AnswerForm(forms.Form):
    name = forms.CharField(label="Your name", help_text="As others read it.")
    phone = forms.CharField(label="Telephone", required=False)
    sure = forms.BooleanField(label="I know them")
    who = forms.ChoiceField(label="Who may see it", choices=[("a", "All"), ("b", "Few")], widget=forms.RadioSelect)


class Untouchable:
    """Stands for a session, a user or messages that must not be looked at."""

    def __getattribute__(self, name):
        raise AssertionError(f"the frame asked for {name} of something private")

    __bool__ = __iter__ = __len__ = __str__ = lambda self: self.anything


def make_link_request():
    request = RequestFactory().get("/")
    request.user = request.session = request._messages = Untouchable()
    return request


def render_in(frame: str, request=None, body: str = "<h1>Here</h1>", **context) -> str:
    source = f'{{% extends "{frame}" %}}{{% block title %}}Here{{% endblock %}}{{% block main %}}{body}{{% endblock %}}'
    return engines["django"].from_string(source).render(context, request)


def make_request(is_signed_in=False):
    request = RequestFactory().get("/")
    request.user = SimpleNamespace(is_authenticated=is_signed_in)
    return request


def luminance(color: str) -> float:
    parts = [int(color[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def palette(is_dark: bool) -> dict[str, str]:
    find = re.compile(r"--([\w-]+): (#[0-9a-f]{6});").findall
    return dict(find(LIGHT)) | (dict(find(DARK.partition("/* 2 Fonts")[0])) if is_dark else {})


def test_link_frame_looks_at_no_session_no_user_and_no_messages():
    html = render_in("base_link.html", make_link_request())

    assert "<h1>Here</h1>" in html
    assert "csrfmiddlewaretoken" not in html


def test_frame_signs_out_by_post():
    html = render_in("base.html", make_request(is_signed_in=True))

    assert re.search(r'<form method="post" action="/account_logout/"><input type="hidden" name="csrfmiddlewaretoken"', html)


def test_frame_shows_the_way_in_to_somebody_who_is_not_signed_in():
    html = render_in("base.html", make_request())

    assert 'href="/account_login/"' in html
    assert "/account_logout/" not in html


@pytest.mark.parametrize("frame", ["base.html", "base_link.html"])
def test_title_begins_with_error_when_the_form_has_one(frame):
    form = AnswerForm({})

    html = render_in(frame, make_request(), form=form)

    assert f"<title>Error: Here · {settings.SITE_NAME}</title>" in html


@pytest.mark.parametrize("frame", ["base.html", "base_link.html"])
def test_title_without_an_error_is_the_pages_own(frame):
    html = render_in(frame, make_request(), form=AnswerForm())

    assert f"<title>Here · {settings.SITE_NAME}</title>" in html


def test_form_says_each_error_beside_its_field_and_in_a_summary_with_links():
    html = str(AnswerForm({"phone": "1"}))

    assert '<a href="#id_name">Your name: This field is required.</a>' in html
    assert '<a href="#id_who">Who may see it: This field is required.</a>' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_name_error"' in html
    assert 'value="1"' in html


def test_form_without_errors_has_no_summary_and_marks_what_is_optional():
    html = str(AnswerForm())

    assert "error-summary" not in html
    assert re.search(r'<label for="id_phone">Telephone <span class="optional">\(optional\)</span></label>', html)
    assert '<label for="id_name">Your name</label>' in html


@pytest.mark.parametrize("name", ["400.html", "403.html", "403_csrf.html", "404.html", "429.html", "500.html", "503.html"])
def test_error_page_has_a_heading_and_a_way_back_without_a_session(name):
    request = make_link_request()
    request.reference = "7F3A22"

    html = engines["django"].get_template(name).render({}, request)

    assert html.count("<h1>") == 1
    assert 'href="/home/"' in html
    assert ("7F3A22" in html) == (name == "500.html")


@pytest.mark.parametrize("is_dark", [False, True])
def test_colors_can_be_read_in_both_schemes(is_dark):
    colors = palette(is_dark)

    for ground in ("paper", "sheet"):
        for ink in ("ink", "quiet", "link", "good", "warning"):
            assert contrast(colors[ink], colors[ground]) >= 4.5, (ink, ground)
        assert contrast(colors["edge"], colors[ground]) >= 3
    assert contrast(colors["on-cloth"], colors["cloth"]) >= 4.5
    assert contrast(colors["on-cloth"], colors["cloth-deep"]) >= 4.5
    assert contrast(colors["cloth"], colors["paper"]) >= 3


CAMPAIGN = (ROOT / "static/css/campaign.css").read_text()


@pytest.mark.parametrize("is_dark", [False, True])
def test_each_color_of_a_campaign_can_be_read_on_paper_and_on_its_buttons(is_dark):
    light, _, dark = CAMPAIGN.partition("@media (prefers-color-scheme: dark)")
    colors = palette(is_dark)
    named = dict(re.findall(r"\.cloth-(\w+) \{(.*?)\}", dark if is_dark else light))

    assert named.keys() == set(Campaign.Color.values) - {"cloth"}
    for name, rules in named.items():
        own = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", rules))
        assert all(contrast(own["link"], colors[ground]) >= 4.5 for ground in ("paper", "sheet")), name
        assert all(contrast(colors["on-cloth"], own[cloth]) >= 4.5 for cloth in ("cloth", "cloth-deep")), name
        assert contrast(own["cloth"], colors["paper"]) >= 3, name


def test_style_sheet_is_written_for_both_directions():
    sides = re.findall(r"(?:margin|padding|border|inset)-(?:left|right)|text-align: (?:left|right)|float: (?:left|right)", CSS)

    assert sides == []


def test_fonts_that_a_page_loads_weigh_at_most_60_kilobytes():
    fonts = [ROOT / "static/fonts/longtable-serif.woff2", ROOT / "static/fonts/longtable-sans.woff2"]

    assert sum(font.stat().st_size for font in fonts) <= 60_000


def test_no_file_that_somebody_reads_holds_the_marks_of_a_merge():
    kinds = {".html", ".txt", ".css", ".js", ".py", ".md"}
    files = [
        file for folder in ("templates", "static", "meetups", "hosts", "config", "docs") for file in (ROOT / folder).rglob("*")
    ]

    marked = [str(file) for file in files if file.suffix in kinds and re.search(r"^(<{7}|>{7}) ", file.read_text(), re.M)]
    assert marked == []


def test_no_page_template_has_an_inline_style_or_script():
    pages = [page for page in (ROOT / "templates").rglob("*.html") if "emails" not in page.parts]

    guilty = [
        str(page.relative_to(ROOT))
        for page in pages
        if re.search(r"\sstyle=|<style|\son\w+=|<script(?![^>]*(?:src=|application/(?:ld\+)?json))", page.read_text())
    ]
    assert guilty == []


def test_sources_of_a_picture_take_no_place_in_a_grid_of_their_own():
    """`picture` has no box, so what stands in it does; browsers hide a `source` nowhere but in their heads."""
    assert re.search(r"^picture \{ display: contents; \}\nsource \{ display: none; \}$", CSS, re.MULTILINE)
