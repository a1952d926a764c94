"""The forms of Django admin that decide something: each change is a line of the audit."""

from certif.audit.models import record


class ToldInTheTrail:
    """`trail`: the beginning of its kinds (`.added`, `.edited`, `.deleted`); `facts_of` names the thing."""

    trail = ""

    def facts_of(self, obj):
        return {"what": str(obj)}

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        labels = [str(form.fields[name].label) for name in form.changed_data]
        if change and not labels:
            return
        move = "edited" if change else "added"
        changes = ", ".join(labels)
        record(f"{self.trail}.{move}", by=request.user, changes=changes, **self.facts_of(obj))

    def delete_model(self, request, obj):
        record(f"{self.trail}.deleted", by=request.user, **self.facts_of(obj))
        super().delete_model(request, obj)

    def delete_queryset(self, request, queryset):
        for obj in queryset:
            self.delete_model(request, obj)
