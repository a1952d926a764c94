from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _
from django_tasks_db.models import DBTaskResult

from certif.accounts.actions.officers import (
    follow_zone,
    keep_one_address,
    tell_centre_edited,
    tell_membership_edited,
)
from certif.accounts.models import Centre, Membership, User
from certif.audit.edits import ToldInTheTrail
from certif.audit.models import record
from certif.lib.admin import ListedAdmin

admin.site.site_header = _("Certification · équipe Pix")
admin.site.site_title = _("équipe Pix")
admin.site.index_title = _("Ce qui attend l’équipe")
# The officers' way back to the rest of the site leads here.
admin.site.site_url = None
# The lists need the width; the first page and the breadcrumbs lead everywhere.
admin.site.enable_nav_sidebar = False

# Not for officers: rights are not given by groups, addresses are those of the accounts, a second
# factor is its owner’s secret, and the queue is read by who runs the site.
admin.site.unregister([Group, EmailAddress, Authenticator, DBTaskResult])


class UserCreationForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ["email", "first_name", "last_name"]


class UserEditForm(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"
        field_classes = {}


@admin.register(User)
class UserAdmin(ToldInTheTrail, ListedAdmin, StockUserAdmin):
    trail = "account"
    form = UserEditForm
    add_form = UserCreationForm
    ordering = ["email"]
    list_display = ["email", "last_name", "first_name", "is_staff", "is_active"]
    list_filter = ["is_staff", "is_active"]
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False
    search_fields = ["email", "last_name", "first_name"]
    filter_horizontal = []
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["email", "password"]}),
        (_("Personne"), {"fields": ["first_name", "last_name"]}),
        (_("Droits"), {"fields": ["is_active", "is_staff", "is_superuser"]}),
        (_("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (
            None,
            {
                "classes": ["wide"],
                "fields": [
                    "email",
                    "first_name",
                    "last_name",
                    "usable_password",
                    "password1",
                    "password2",
                ],
            },
        )
    ]

    def get_readonly_fields(self, request, obj=None):
        """Only who has every right gives rights."""
        fields = super().get_readonly_fields(request, obj)
        return fields if request.user.is_superuser else [*fields, "is_staff", "is_superuser"]

    def has_change_permission(self, request, obj=None):
        """Who could set an officer's password could become that officer."""
        if obj and (obj.is_staff or obj.is_superuser) and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def facts_of(self, user):
        return {"person": user.pk}

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        keep_one_address(obj)

    def log_change(self, request, obj, message):
        """The stock page of a password tells nobody else."""
        if request.resolver_match.url_name == "auth_user_password_change":
            record("account.password_set", by=request.user, **self.facts_of(obj))
        return super().log_change(request, obj, message)

    def has_delete_permission(self, request, obj=None):
        """An account is made inactive; a person is erased by `manage.py erase_person`."""
        return False


class MembershipForm(forms.ModelForm):
    class Meta:
        model = Membership
        fields = ["user", "role", "is_active"]
        labels = {"user": _("compte")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # The heads of the stock table are not tied to its fields.
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = field.label
        # The row says who could act: another person gets another one.
        self.fields["user"].disabled = bool(self.instance.pk)


class MembershipInline(admin.TabularInline):
    model = Membership
    form = MembershipForm
    extra = 0
    fields = ["user", "role", "is_active", "created_at"]
    readonly_fields = ["created_at"]
    autocomplete_fields = ["user"]
    # A membership is ended by « actif », and kept: it says who could act.
    can_delete = False


@admin.register(Centre)
class CentreAdmin(ListedAdmin):
    list_display = ["name", "kind", "external_id", "postcode", "city", "time_zone"]
    list_filter = ["kind"]
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False
    search_fields = ["name", "external_id", "city", "postcode"]
    inlines = [MembershipInline]

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        labels = [str(form.fields[name].label) for name in form.changed_data]
        tell_centre_edited(obj, is_new=not change, labels=labels, by=request.user)
        if "time_zone" in form.changed_data:
            for sentence in follow_zone(obj, by=request.user):
                self.message_user(request, sentence, messages.WARNING)

    def save_formset(self, request, form, formset, change):
        super().save_formset(request, form, formset, change)
        added = [(membership, ["is_active"]) for membership in formset.new_objects]
        for membership, changed in [*added, *formset.changed_objects]:
            tell_membership_edited(membership, changed=changed, by=request.user)
