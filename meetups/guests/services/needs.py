"""What a guest needs and offers."""

from collections.abc import Mapping

from meetups.models import Guest, Needs

FIELDS = [field.name for field in Needs._meta.concrete_fields if field.name not in ("id", "guest")]


def write_needs(guest: Guest, needs: Mapping[str, str | bool | int], *, has_row: bool = True) -> Needs | None:
    """Save the given needs and offers, and keep the others; return the row, or None where there is none.

    A second call with the same values changes nothing. The row of a guest who does not come is deleted. Raises TypeError for a
    name that is no field of Needs. `has_row` is False where the caller knows that the guest has no row.
    """
    if unknown := set(needs) - set(FIELDS):
        raise TypeError(f"Needs has no {', '.join(sorted(unknown))}.")
    if guest.rsvp == Guest.Rsvp.NO:
        if has_row:
            Needs.objects.filter(guest=guest).delete()
        return None
    if not needs:
        return None
    row = (Needs.objects.filter(guest=guest).first() if has_row else None) or Needs(guest=guest)
    for name, value in needs.items():
        setattr(row, name, value)
    if not row.offers_ride:
        row.ride_seats = 0
    if not row.is_empty:
        row.save()
    elif row.pk:
        row.delete()
    return None if row.is_empty else row
