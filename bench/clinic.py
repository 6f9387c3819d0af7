"""A clinic of any size, for measuring: a few rows through the services, the patients by set-based SQL.

All triggers and constraints stay on. The people are plainly invented: names put together from syllables.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Membership, Site, User
from clinic.accounts.permissions import Role
from clinic.signing.services import Confirmed
from demo.jurisdiction import RESTRICTED, adopt
from patients.registry.models import Patient
from protocols.decisions.services import approve, submit_for_review
from protocols.formulations.models import FormulationVersion
from protocols.starter.services import write_starter_drafts

SITE_CODE = "BENCH"

_PATIENTS = """
WITH parts AS (
    SELECT n,
        (ARRAY['Ba','De','Fi','Go','Ka','Lu','Me','Ni','Po','Ra','Sa','Ti','Vo','Wa','Ze','Ha'])[1 + n %% 16]
        || (ARRAY['ban','dor','fel','gim','kov','lan','mer','nis','pal','rus','sen','tov'])[1 + (n / 16) %% 12]
        || (ARRAY['a','er','i','o','sen','ski','ez','ova','in','um','eth'])[1 + (n / 192) %% 11] AS family,
        (ARRAY['Al','Be','Ci','Do','El','Fa','Gi','Hi','Jo','Ka','Li','Mo','No'])[1 + (n * 7) %% 13]
        || (ARRAY['ma','na','ra','sa','ta','vi','lo','do','ke'])[1 + (n / 3) %% 9]
        || (ARRAY['','n','r','s','l','ra','na'])[1 + (n / 5) %% 7] AS given
    FROM generate_series(%(first)s::int, %(last)s::int) n
)
INSERT INTO patients_patient (
    submission_key, row_version, site_id, record_number, family_name, given_name, sort_name, birth_date,
    birth_date_text, sex, phone, phone_digits, email, address, notes, deceased, registered_at, registered_by_id
)
SELECT gen_random_uuid(), 1, %(site)s, %(code)s::text || '-' || lpad(n::text, greatest(5, length(n::text)), '0'),
    family, given,
    lower(family || ' ' || given), date '1940-01-01' + (n * 37) %% 24000, '', (ARRAY['female','male'])[1 + n %% 2],
    '+49 30 5550' || to_char(n, 'FM0000000'), '49305550' || to_char(n, 'FM0000000'), '', '', '', false,
    %(at)s::timestamptz - n * interval '1 minute', %(user)s
FROM parts
"""
_TOKENS = """
WITH named AS (
    SELECT id, site_id, lower(family_name) AS family, lower(given_name) AS given
    FROM patients_patient WHERE site_id = %(site)s
)
INSERT INTO patients_nametoken (patient_id, site_id, token)
SELECT id, site_id, family FROM named UNION SELECT id, site_id, given FROM named
"""
_PAIRS = """
WITH word AS (
    SELECT patient_id, site_id, token FROM patients_nametoken WHERE site_id = %(site)s
    UNION ALL SELECT id, site_id, extract(year FROM birth_date)::text FROM patients_patient WHERE site_id = %(site)s
)
INSERT INTO patients_namepair (patient_id, site_id, token, beside)
SELECT one.patient_id, one.site_id, one.token, other.token
FROM word one JOIN word other USING (patient_id) WHERE one.token <> other.token
"""
_INTAKES = """
INSERT INTO patients_intake (
    submission_key, patient_id, site_id, indication, scale, stage, pathway, notes, taken_at, taken_by_id,
    correction_reason
)
SELECT gen_random_uuid(), id, site_id, 'androgenetic_alopecia', 'norwood', 'III', 'mesotherapy', '',
    %(at)s::timestamptz - interval '1 day', %(user)s, ''
FROM patients_patient WHERE site_id = %(site)s
"""
_COUNTER = "INSERT INTO patients_recordnumbercounter (site_id, last) VALUES (%(site)s, %(last)s)"
#: What autovacuum does within a minute: a clinic's tables aren't as one large INSERT leaves them.
_SETTLE = "VACUUM (ANALYZE) patients_patient, patients_nametoken, patients_namepair, patients_intake"


@dataclass(frozen=True, slots=True)
class BenchClinic:
    """A site at work, with somebody who may do everything that is measured."""

    site: Site
    operator: Actor
    formulation_version: FormulationVersion
    patient_ids: range

    def confirmed(self) -> Confirmed:
        """Return proof of the operator's identity, as if the password had been typed just now."""
        return Confirmed(user_id=self.operator.user.pk, at=clock.now())


def build(patients: int, *, first: int = 1) -> BenchClinic:
    """Make a site with `patients` patients, their records numbered from `first`, in the present database."""
    at = clock.now()
    site = Site.objects.create(code=SITE_CODE, name="Bench", time_zone="Europe/Berlin")
    author = _person(site, "Author Demo", Role.PREPARER, Role.MANAGER)
    physician = _person(site, "Physician Demo", Role.PHYSICIAN)
    operator = _person(site, "Operator Demo", Role.OPERATOR)
    versions = []
    drafts = write_starter_drafts(by=author, at=at, telephone="+49 30 5550 100")
    proof = Confirmed(user_id=physician.user.pk, at=at)
    adopt(drafts.jurisdiction, author=author, physician=physician, confirmed=proof, at=at)
    for version in drafts.to_adopt():
        submit_for_review(by=author, version=version, at=at)
        approved = approve(by=physician, version=version, confirmed=proof, at=at, reason=RESTRICTED)
        if isinstance(approved, FormulationVersion):
            versions.append(approved)
    given: dict[str, Any] = {
        "first": first,
        "last": first + patients - 1,
        "site": site.pk,
        "code": site.code,
        "user": operator.user.pk,
        "at": at,
    }
    with connection.cursor() as cursor:
        for statement in (_PATIENTS, _TOKENS, _PAIRS, _INTAKES, _COUNTER):
            cursor.execute(statement, given)
    lowest = Patient.objects.for_site(site).order_by("pk").values_list("pk", flat=True)[0]
    return BenchClinic(
        site=site, operator=operator, formulation_version=versions[0], patient_ids=range(lowest, lowest + patients)
    )


def settle() -> None:
    """Leave the tables as autovacuum does; outside any transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE)


def _person(site: Site, name: str, *roles: Role) -> Actor:
    user = User(email=f"{name.split(maxsplit=1)[0].lower()}@bench.invalid", full_name=name)
    user.set_unusable_password()
    user.save()
    for role in roles:
        Membership.objects.create(user=user, site=site, role=role, granted_at=clock.now(), granted_by=user)
    return Actor.at_site(user=user, site=site, roles=roles, request_id="bench")
