"""The demo clinic's sites and staff."""

from dataclasses import dataclass
from datetime import datetime

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Membership, Site, User
from clinic.accounts.permissions import Role
from clinic.certifying.services import certify
from clinic.errors import Refused
from clinic.signing.services import Confirmed, prove_identity
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work

#: The same for all demo accounts, printed at the start; a real clinic has none of them.
PASSWORD = "baseline demo clinic"  # noqa: S105 - meant to be known
NORTH, SOUTH = "N", "S"


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the demo staff."""

    key: str
    name: str
    roles: tuple[Role, ...]
    sites: tuple[str, ...]
    registration_number: str = ""

    @property
    def email(self) -> str:
        """The address to sign in with."""
        return f"{self.key}@demo.example"


STAFF = (
    Person("manager", "Mira Demo", (Role.MANAGER,), (NORTH, SOUTH)),
    Person("physician", "Dr Petra Demo", (Role.PHYSICIAN,), (NORTH, SOUTH), "DEMO-0001"),
    Person("physician2", "Dr Paul Demo", (Role.PHYSICIAN,), (NORTH,), "DEMO-0002"),
    Person("operator", "Olga Demo", (Role.OPERATOR,), (NORTH,), "DEMO-0101"),
    Person("operator2", "Omar Demo", (Role.OPERATOR,), (NORTH, SOUTH), "DEMO-0102"),
    Person("preparer", "Clara Demo", (Role.PREPARER,), (NORTH,)),
    Person("preparer2", "Dino Demo", (Role.PREPARER,), (NORTH,)),
    Person("preparer3", "Fela Demo", (Role.PREPARER,), (NORTH, SOUTH)),
    Person("photo", "Tomo Demo", (Role.PHOTO_TECHNICIAN,), (NORTH, SOUTH)),
    Person("desk", "Dana Demo", (Role.FRONT_DESK,), (NORTH, SOUTH)),
    Person("auditor", "Aude Demo", (Role.AUDITOR,), (NORTH, SOUTH)),
)


class Staff:
    """The people of the demo clinic, ready to act and to sign."""

    def __init__(self, users: dict[str, User], sites: dict[str, Site]) -> None:
        self.users, self.sites = users, sites
        self.people = {person.key: person for person in STAFF}
        self._known: set[int] = set()

    def actor(self, key: str, site: str) -> Actor:
        """Return the person `key` at work at `site`; KeyError when they don't work there."""
        person = self.people[key]
        if site not in person.sites:
            raise KeyError(f"{person.name} doesn't work at {site}")
        return Actor.at_site(user=self.users[key], site=self.sites[site], roles=person.roles, request_id="demo")

    def confirm(self, actor: Actor) -> Confirmed:
        """Show who signs: the password is checked at a person's first signature, and vouched for at the others.

        Hashing it at each of some three hundred signatures would take most of the loading time.
        """
        if actor.user.pk not in self._known:
            self._known.add(actor.user.pk)
            proof = prove_identity(by=actor, password=PASSWORD)
            certify(by=actor, confirmed=proof, at=proof.at)
            return proof
        return Confirmed(user_id=actor.user.pk, at=clock.now())


@unit_of_work
def make_staff(at: datetime) -> Staff:
    """Make the two sites and the staff; raises Refused in a clinic that has accounts."""
    if User.objects.filter(is_service=False).exists():
        raise Refused("This clinic has accounts already; the demo goes into an empty one.")
    sites = {
        NORTH: Site.objects.create(
            code=NORTH, name="Site North", address="1 Example Street, Demo Town", time_zone="Europe/Berlin"
        ),
        SOUTH: Site.objects.create(
            code=SOUTH, name="Site South", address="2 Example Square, Demo City", time_zone="Europe/Lisbon"
        ),
    }
    users = {
        person.key: User.objects.create_user(
            person.email, person.name, PASSWORD, registration_number=person.registration_number
        )
        for person in STAFF
    }
    manager = users["manager"]
    for person in STAFF:
        for code in person.sites:
            by = Actor.at_site(user=manager, site=sites[code], roles=[Role.MANAGER], request_id="demo")
            for role in person.roles:
                membership = Membership.objects.create(
                    user=users[person.key], site=sites[code], role=role, granted_at=at, granted_by=manager
                )
                record(by=by, action=Action.CREATE, subject=membership, at=at, after={"role": role})
    return Staff(users, sites)
