from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "certif.audit"
    verbose_name = "journal"
