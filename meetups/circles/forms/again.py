"""The form on which a host holds an evening again. It cleans, and never saves."""

from meetups.circles.forms.people import PeopleFields
from meetups.circles.forms.when import WhenFields


class AgainForm(WhenFields, PeopleFields):
    """The day and the hour of another evening, and who is asked to it."""

    field_order = ["date", "time", "people", "personal"]
