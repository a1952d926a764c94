from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest, ValidationError


class ListedAdmin(admin.ModelAdmin):
    """Django admin’s own pages, answering as the rest does.

    The boxes of its list hold ids: of anything else the stock one asks the database, which breaks.
    """

    def render_change_form(self, request, context, *args, **kwargs):
        """422 and the focus on what is to correct, as everywhere (domain.md § 10)."""
        form = context["adminform"].form
        if wrong := next((name for name in form.fields if name in form.errors), None):
            form.fields[wrong].widget.attrs["autofocus"] = True
        response = super().render_change_form(request, context, *args, **kwargs)
        if context["errors"]:
            response.status_code = 422
        return response

    def response_action(self, request, queryset):
        try:
            for pk in request.POST.getlist(ACTION_CHECKBOX_NAME):
                self.model._meta.pk.clean(pk, None)
        except ValidationError as error:
            raise BadRequest from error
        return super().response_action(request, queryset)


class ReadOnlyAdmin(ListedAdmin):
    """Nothing is added, changed or deleted by its pages: what moves goes through the domain's actions."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
