"""Write the examples of all documented decisions as drafts of a site."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Membership, Site, User
from clinic.errors import Refused
from protocols.starter.services import write_starter_drafts


class Command(BaseCommand):
    """Fills every kind of protocol; a second run writes nothing, and nothing is in force until a physician approves."""

    help = (
        "Write an example of every protocol as a draft of SITE, marked as an example to be approved by your physician. "
        "The site must have none yet; a second run changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("site", metavar="SITE", help="the site's code")
        parser.add_argument(
            "--author", required=True, metavar="EMAIL",
            help="who begins the drafts and may edit them: somebody who writes protocols at the site",
        )  # fmt: skip
        parser.add_argument(
            "--telephone", default="", metavar="TEXT",
            help="whom patients call, for the aftercare leaflet; it can be typed into the draft later",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        site = Site.objects.filter(code=options["site"]).first()
        if site is None:
            codes = ", ".join(Site.objects.order_by("code").values_list("code", flat=True)) or "none"
            raise CommandError(f"there is no site {options['site']}; the sites are: {codes}")
        user = User.objects.filter(email__iexact=options["author"], is_active=True).first()
        roles = Membership.objects.current().filter(user=user, site=site).values_list("role", flat=True) if user else []
        if user is None or not roles:
            raise CommandError(f"nobody with the address {options['author']} works at {site}")
        telephone = " ".join(options["telephone"].split())
        if len(telephone) > MOST_TELEPHONE:
            raise CommandError(f"give the telephone in at most {MOST_TELEPHONE} characters")
        actor = Actor.at_site(user=user, site=site, roles=list(roles), request_id="load_examples")
        try:
            written = write_starter_drafts(by=actor, at=clock.now(), telephone=telephone)
        except Refused as refused:
            raise CommandError(refused.message) from refused
        for version in written.all():
            self.stdout.write(f"{version.title_of_kind}: {version} ({version.get_status_display()})")
        self.stdout.write("Nothing is in force until somebody else, who may approve protocols, has approved it.")


#: As long as the leaflet's field.
MOST_TELEPHONE = 120
