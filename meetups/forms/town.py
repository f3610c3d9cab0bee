"""The form that searches meetups by town."""

from django import forms

from meetups.forms.fields import LineField


class TownForm(forms.Form):
    """The town one looks for a table in, and the GeoNames number of the one that is meant where several are called so."""

    town = LineField(max_length=120, required=False)
    which = LineField(max_length=20, required=False)
