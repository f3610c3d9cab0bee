"""What guests want and offer: written with their answer, gone with a no. Who sees it is for visibility.py."""

from meetups.models import Guest, Needs

WRITTEN = [field.name for field in Needs._meta.concrete_fields if field.name not in ("id", "guest")]


def write_needs(guest: Guest, **needs: str | bool | int) -> Needs | None:
    """Write down what was said of needs and offers, and keep what was not; return the row, or None where there is none.

    A second call with the same words changes nothing. Whoever does not come needs nothing, and offers nothing.
    """
    if guest.rsvp == Guest.Rsvp.NO:
        Needs.objects.filter(guest=guest).delete()
        return None
    if not needs:
        return None
    row = Needs.objects.filter(guest=guest).first() or Needs(guest=guest)
    for name in WRITTEN:
        if name in needs:
            setattr(row, name, needs[name])
    if not row.offers_ride:
        row.ride_seats = 0
    if not row.is_empty:
        row.save()
    elif row.pk:
        row.delete()
    return None if row.is_empty else row
