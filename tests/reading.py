"""What a browser would send of a page that a test got."""

from lxml import html as parser


def typed_in(page: str, *, having: str = "") -> dict[str, str]:
    """Return what a form in the page's main part sends, without button and file: the first that has a field of this name."""
    forms = parser.document_fromstring(page).xpath("//main//form")
    found = next(form for form in forms if not having or having in form.fields)
    # As browsers do: the line break behind the tag of a textarea is none of its text.
    areas = {area.get("name") for area in found.xpath(".//textarea")}
    sent = {name: value for name, value in found.form_values() if value is not None}
    return {name: value.removeprefix("\n") if name in areas else value for name, value in sent.items()}
