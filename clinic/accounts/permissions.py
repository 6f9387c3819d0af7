"""What a person may do, and the roles that bundle it. Code asks for permissions, never for roles."""

from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Permission(StrEnum):
    """One thing that somebody may do at a site."""

    VIEW_PATIENTS = "view_patients"
    REGISTER_PATIENTS = "register_patients"
    RECORD_INTAKE = "record_intake"
    SCREEN_PATIENTS = "screen_patients"
    GIVE_CLEARANCE = "give_clearance"
    TAKE_CONSENT = "take_consent"
    #: Print blank forms for the pen, and file what comes back.
    HANDLE_PAPER = "handle_paper"
    TAKE_PHOTOS = "take_photos"
    VIEW_PHOTOS = "view_photos"
    VIEW_PROTOCOLS = "view_protocols"
    WRITE_PROTOCOLS = "write_protocols"
    APPROVE_PROTOCOLS = "approve_protocols"
    VIEW_PREPARATIONS = "view_preparations"
    RECEIVE_STOCK = "receive_stock"
    PREPARE = "prepare"
    #: When somebody is due, and that they came.
    VIEW_SESSIONS = "view_sessions"
    #: What was injected where.
    READ_SESSIONS = "read_sessions"
    PLAN_TREATMENT = "plan_treatment"
    TREAT = "treat"
    VIEW_AUDIT = "view_audit"
    GRADE_PHOTOS = "grade_photos"
    SIGN_WEEK = "sign_week"
    VIEW_DOCUMENTS = "view_documents"
    VIEW_TRAIL = "view_trail"
    MANAGE_STAFF = "manage_staff"
    HANDLE_ALERTS = "handle_alerts"


class Role(models.TextChoices):
    """The roles of a clinic's staff."""

    MANAGER = "manager", _("Manager")
    PHYSICIAN = "physician", _("Physician")
    OPERATOR = "operator", _("Operator")
    PREPARER = "preparer", _("Preparer")
    PHOTO_TECHNICIAN = "photo_technician", _("Photo technician")
    FRONT_DESK = "front_desk", _("Front desk")
    AUDITOR = "auditor", _("Auditor")


class Bundle(NamedTuple):
    """What a role is for, in a sentence, and what it may do."""

    sentence: Promise
    permissions: frozenset[Permission]


P = Permission
_READS = frozenset(
    {
        P.VIEW_PATIENTS,
        P.VIEW_PHOTOS,
        P.VIEW_PROTOCOLS,
        P.VIEW_PREPARATIONS,
        P.VIEW_SESSIONS,
        P.READ_SESSIONS,
        P.VIEW_AUDIT,
        P.VIEW_DOCUMENTS,
    }
)
_SCREENS = frozenset(
    {
        P.RECORD_INTAKE,
        P.SCREEN_PATIENTS,
        P.TAKE_CONSENT,
        P.HANDLE_PAPER,
        P.TAKE_PHOTOS,
        P.PLAN_TREATMENT,
        P.TREAT,
    }
)

ROLES: MappingProxyType[Role, Bundle] = MappingProxyType(
    {
        Role.MANAGER: Bundle(
            _("Runs the site: staff and stock, reads every record, signs the weekly audit."),
            _READS
            | {
                P.REGISTER_PATIENTS,
                P.HANDLE_PAPER,
                P.WRITE_PROTOCOLS,
                P.RECEIVE_STOCK,
                P.SIGN_WEEK,
                P.VIEW_TRAIL,
                P.MANAGE_STAFF,
                P.HANDLE_ALERTS,
            },
        ),
        Role.PHYSICIAN: Bundle(
            _("Leads treatment: approves protocols, gives clearances, treats, grades and decides."),
            _READS
            | _SCREENS
            | {
                P.REGISTER_PATIENTS,
                P.GIVE_CLEARANCE,
                P.WRITE_PROTOCOLS,
                P.APPROVE_PROTOCOLS,
                P.PREPARE,
                P.GRADE_PHOTOS,
                P.HANDLE_ALERTS,
            },
        ),
        Role.OPERATOR: Bundle(
            _("Screens the patient, takes consent and photographs, prepares and treats."),
            (_READS - {P.VIEW_AUDIT}) | _SCREENS | {P.REGISTER_PATIENTS, P.PREPARE},
        ),
        Role.PREPARER: Bundle(
            _("Receives stock, drafts protocols, prepares the formulations and prints the labels."),
            frozenset({P.VIEW_PROTOCOLS, P.WRITE_PROTOCOLS, P.VIEW_PREPARATIONS, P.RECEIVE_STOCK, P.PREPARE}),
        ),
        Role.PHOTO_TECHNICIAN: Bundle(
            _("Takes the standard photographs."),
            frozenset({P.VIEW_PATIENTS, P.VIEW_PHOTOS, P.TAKE_PHOTOS, P.VIEW_PROTOCOLS}),
        ),
        Role.FRONT_DESK: Bundle(
            _("Registers patients, knows when they are due, prints forms for the pen and files what comes back."),
            frozenset({P.VIEW_PATIENTS, P.REGISTER_PATIENTS, P.HANDLE_PAPER, P.VIEW_SESSIONS}),
        ),
        Role.AUDITOR: Bundle(
            _("Reads records, documents and the record trail; changes nothing."),
            _READS | {P.VIEW_TRAIL},
        ),
    }
)


def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """Return what somebody with `roles` may do."""
    return frozenset().union(*(ROLES[role].permissions for role in roles)) if roles else frozenset()
