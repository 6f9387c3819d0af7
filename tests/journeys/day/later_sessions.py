"""Run by `manage.py shell` in the clinic of the journey: the loading sessions between the first day and month 6.

They are like the first, which the journey drives through the browser; here they go through the services that the
screens call, each on its day.
"""

from datetime import timedelta
from random import Random

from clinic import clock
from clinic.accounts.models import Site, User
from demo.bench_work import Bench
from demo.people import PATIENTS
from demo.staff import STAFF, Staff
from demo.visits import Visits
from patients.registry.models import Patient
from protocols.checklists.models import Rule
from sessions.plans.models import Phase, TreatmentPlan

FIRST_OPERATOR = 1

users = {person.key: User.objects.get(email=person.email) for person in STAFF}
sites = {site.code: site for site in Site.objects.all()}
staff = Staff(users, sites)
visits = Visits(staff, PATIENTS[0], FIRST_OPERATOR)
visits.patient = Patient.objects.get()
plan = TreatmentPlan.objects.get(patient=visits.patient)
version = plan.formulation.versions.get(status="approved")
first = plan.planned.get(done_at__isnull=False)
bench = Bench(staff, clock.now(), Random(4))
for planned in plan.planned.filter(done_at=None, phase=Phase.LOADING).order_by("due_on"):
    at = first.done_at + (planned.due_on - first.due_on)
    with clock.moved_to(at):
        visits.checklist(at, version, yes=[Rule.ANTICOAGULANT])
        (vial,) = bench.prepare(key="preparer", site="N", version=version, at=at).vials.all()
        row = visits.session(at)
        visits.inject(at, row, vial)
    with clock.moved_to(at + timedelta(minutes=40)):
        visits.finish(clock.now(), row, vial)
