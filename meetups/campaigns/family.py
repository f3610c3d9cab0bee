"""The family tree of a campaign's evenings: who came from whom, with a place for each in a picture whose width is time."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from hosts.models import Campaign
from meetups.models import Descent, Meetup

# More lines than that are no picture any more: the largest families are drawn, and the sentence below says how many are not.
MOST_DRAWN = 120
# More rows than that are no table to read; the number of all is said.
MOST_LISTED = 500
WIDTH, ROW, HEAD, FOOT, SIDE = 720, 16, 12, 26, 14


@dataclass
class Member:
    """One evening of a family: its place in the picture, and the evening that it came from, where there is one."""

    meetup: Meetup
    descent: Descent | None = None
    children: list["Member"] = field(default_factory=list)
    generation: int = 1
    x: float = 0.0
    y: int = 0
    parent: "Member | None" = None

    @property
    def line(self) -> str:
        """Return the way of the line from the parent: down, then along, as the path of an SVG."""
        return f"M{self.parent.x} {self.parent.y}V{self.y}H{self.x}" if self.parent else ""


@dataclass(frozen=True)
class Tick:
    x: float
    month: date


@dataclass(frozen=True)
class Family:
    """All families of a campaign: the members to draw in their order, those to list, and how many there are."""

    drawn: list[Member]
    listed: list[Member]
    num_descents: int
    num_generations: int
    ticks: list[Tick]

    @property
    def width(self) -> int:
        return WIDTH

    @property
    def height(self) -> int:
        return HEAD + ROW * len(self.drawn) + FOOT

    @property
    def num_drawn(self) -> int:
        """Return how many of those that came from another evening the picture shows."""
        return sum(member.parent is not None for member in self.drawn)


def read_family(campaign: Campaign) -> Family:
    """Return the families that began in the campaign's evenings, the largest first. One query."""
    rows = Descent.objects.filter(parent__campaign=campaign).select_related("parent__host", "child__host")
    descents = list(rows.order_by("child__starts_at", "child"))
    members: dict[int, Member] = {}
    for descent in descents:
        for meetup in (descent.parent, descent.child):
            members.setdefault(meetup.pk, Member(meetup))
    for descent in descents:
        child, parent = members[descent.child_id], members[descent.parent_id]
        child.descent, child.parent = descent, parent
        parent.children.append(child)
    roots = [member for member in members.values() if member.parent is None]
    families = sorted((_in_order(root) for root in roots), key=lambda family: (-len(family), family[0].meetup.pk))
    in_order = [member for family in families for member in family]
    drawn = _within(families, MOST_DRAWN)
    listed = [member for member in in_order if member.descent is not None]
    generations = max((member.generation for member in in_order), default=0)
    return Family(drawn, listed[:MOST_LISTED], len(descents), generations, _place(drawn))


def _in_order(root: Member) -> list[Member]:
    """Return a family with each child below its parent, and number the generations. A child is later, so there is no circle."""
    found, left = [], [root]
    while left:
        member = left.pop()
        found.append(member)
        for child in reversed(member.children):
            child.generation = member.generation + 1
            left.append(child)
    return found


def _within(families: list[list[Member]], most: int) -> list[Member]:
    """Return the members of whole families, as many as fit; of one that is larger than the picture, its beginning."""
    drawn: list[Member] = []
    for family in families:
        if not drawn:
            drawn += family[:most]
        elif len(drawn) + len(family) <= most:
            drawn += family
    return drawn


def _place(drawn: list[Member]) -> list[Tick]:
    """Give each member its place, the earliest on the left, and return the months to name below them, at most seven."""
    days = {member.meetup.pk: member.meetup.date.toordinal() for member in drawn if member.meetup.date}
    if not days:
        return []
    first, last = min(days.values()), max(days.values())
    scale = (WIDTH - 2 * SIDE) / max(1, last - first)
    for number, member in enumerate(drawn):
        member.x = round(SIDE + (days[member.meetup.pk] - first) * scale, 1)
        member.y = HEAD + ROW * number
    by_month: dict[date, float] = defaultdict(lambda: WIDTH)
    for member in drawn:
        if member.meetup.date:
            month = member.meetup.date.replace(day=1)
            by_month[month] = min(by_month[month], member.x)
    months = sorted(by_month)
    ticks = [Tick(by_month[month], month) for month in months[:: max(1, -(-len(months) // 7))]]
    # The last name must not run out of the picture, and two must not stand on each other.
    kept: list[Tick] = []
    for tick in ticks:
        if tick.x < WIDTH - 60 and (not kept or tick.x - kept[-1].x > 70):
            kept.append(tick)
    return kept
