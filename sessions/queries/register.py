"""What the pages about a school's register read."""

from collections import Counter

from django.core.paginator import Paginator
from django.db.models import Count, Q

from certif.audit.models import AuditEvent
from sessions.enrolment import Enrolled
from sessions.enums import ImportKind
from sessions.models import Pupil
from sessions.queries.candidates import folded_name

PUPILS_PER_PAGE = 100
# What the line of an import said before it told its kind.
REGISTER_IN_WORDS = "registre des élèves"


def classes_of(centre):
    """How many pupils each class of the register has; the one without a name is the empty text."""
    pupils = Pupil.objects.filter(centre=centre).order_by("school_class")
    return dict(pupils.values_list("school_class").annotate(Count("pk")))


def page_of_pupils(centre, classes, *, number):
    """The pupils of these classes, class by class; those who share a name carry `is_homonym`."""
    pupils = Pupil.objects.filter(centre=centre, school_class__in=classes)
    ordered = pupils.order_by("school_class", "identity_key", "pk")
    page = Paginator(ordered, PUPILS_PER_PAGE).get_page(number)
    page.object_list = list(page.object_list)
    names = Counter(map(folded_name, page))
    for pupil in page:
        pupil.is_homonym = names[folded_name(pupil)] > 1
    return page


def mark_enrolled(session, pupils):
    """`is_enrolled`, on each pupil. Returns how many are not."""
    known = session.candidates.only("session", "external_id", "identity_key", "birth_city")
    enrolled = Enrolled(known)
    for pupil in pupils:
        pupil.is_enrolled = pupil in enrolled
    return sum(not pupil.is_enrolled for pupil in pupils)


def of_register(centre, ids):
    """Those of these ids that are pupils of this centre."""
    return set(Pupil.objects.filter(centre=centre, pk__in=ids).values_list("pk", flat=True))


def register_imports():
    """When registers were imported: an import itself is forgotten after a day, not its line."""
    told = Q(data__import_kind=ImportKind.REGISTER) | Q(data__what=REGISTER_IN_WORDS)
    return AuditEvent.objects.filter(told, kind="import.confirmed")


def last_register_import(centre):
    return register_imports().filter(centre_id=centre.pk).values_list("at", flat=True).first()
