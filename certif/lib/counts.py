from django.db.models import Count, Subquery
from django.db.models.functions import Coalesce


def number_of(found, owner):
    """How many of `found`, filtered by its owner as OuterRef, each owner has: 0 for none."""
    counted = found.order_by().values(owner).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)
