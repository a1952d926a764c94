from django.contrib import admin


class ReadOnlyAdmin(admin.ModelAdmin):
    """Nothing is added, changed or deleted by its pages: what moves goes through the domain's actions."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
