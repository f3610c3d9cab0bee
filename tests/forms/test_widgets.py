"""Fields are drawn by templates of ours, which are Django's own without the templates inside of them."""

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates

from hosts.forms import SignInForm

NASTY = "\"'<b>&"


class Everything(forms.Form):
    """A field of each kind, with attributes of each kind."""

    line = forms.CharField(initial=NASTY, max_length=40, help_text="Help")
    nothing = forms.CharField(required=False)
    number = forms.IntegerField(initial=7, min_value=1)
    tick = forms.BooleanField(initial=True)
    text = forms.CharField(initial=NASTY, widget=forms.Textarea(attrs={"hidden": True, "dir": False, "lang": NASTY}))
    one = forms.ChoiceField(choices=[("", "None"), ("a", NASTY), (NASTY, "b")], initial=NASTY)
    grouped = forms.ChoiceField(choices=[("Group", [("c", "d"), ("e", "f")]), ("g", "h")], initial="e")
    many = forms.MultipleChoiceField(choices=[(1, "one"), (2, "two")], initial=[2])
    either = forms.ChoiceField(choices=[("a", "b"), ("c", NASTY)], widget=forms.RadioSelect, initial="c")
    file = forms.FileField()


def lines_of(html: str) -> list[str]:
    """Return the lines that hold anything; a template inside of another leaves an empty one."""
    return [line for line in html.splitlines() if line.strip()]


@pytest.mark.parametrize("name", Everything.base_fields)
def test_a_field_is_drawn_as_django_draws_it(name):
    ours, theirs = Everything(), Everything(renderer=DjangoTemplates())

    assert lines_of(str(ours[name])) == lines_of(str(theirs[name]))


def test_the_templates_are_ours():
    assert "templates/django/forms/widgets" in SignInForm().renderer.get_template("django/forms/widgets/select.html").origin.name
