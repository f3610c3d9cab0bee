"""The head of a book's page on a phone: no word of the title is broken in two."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

STYLES = Path(__file__).resolve().parents[2] / "static/css/longtable.css"
HEAD = """<main class="page page-wide"><header class="meetup-head book-head"><svg class="cover" viewBox="0 0 200 300"></svg>
<div><h1><cite>Transforming Power</cite></h1></div></header></main>"""
# How often the lines of the title change within its longest word.
BREAKS = """() => {
  const range = document.createRange(), words = document.querySelector("cite").firstChild;
  range.setStart(words, 0); range.setEnd(words, "Transforming".length);
  return new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size - 1;
}"""


@pytest.mark.parametrize("width", [320, 360, 430])
def test_a_long_word_of_a_title_stands_on_one_line(width, browser):
    page = browser.new_page(viewport={"width": width, "height": 740})
    page.set_content(HEAD)
    page.add_style_tag(content=STYLES.read_text())

    num_breaks = page.evaluate(BREAKS)
    page.close()

    assert num_breaks == 0
