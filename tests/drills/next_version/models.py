from django.db.models import IntegerField

from exam.models import Attempt

IntegerField(null=True, default=2).contribute_to_class(Attempt, "next_version")
