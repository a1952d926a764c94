import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F


def give_the_answer_its_author(apps, schema_editor):
    """Until now, it was written with the comment, under one name."""
    closing_files = apps.get_model("finalisation", "ClosingFile").objects
    closing_files.update(
        has_incident_at=F("global_comment_at"), has_incident_by=F("global_comment_by")
    )


class Migration(migrations.Migration):
    dependencies = [
        ("exam_sessions", "0003_code_given"),
        ("finalisation", "0005_publications"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Sealing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("finalised_at", models.DateTimeField()),
                ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="essais")),
                ("tried_at", models.DateTimeField(verbose_name="dernier essai")),
                ("next_at", models.DateTimeField(null=True, verbose_name="prochain essai")),
                (
                    "error",
                    models.CharField(blank=True, max_length=200, verbose_name="raison"),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sealings",
                        to="exam_sessions.examsession",
                    ),
                ),
            ],
            options={
                "verbose_name": "PV à écrire",
                "verbose_name_plural": "PV à écrire",
            },
        ),
        migrations.AddConstraint(
            model_name="sealing",
            constraint=models.UniqueConstraint(
                fields=("session", "finalised_at"), name="sealing_once_per_finalisation"
            ),
        ),
        migrations.AddField(
            model_name="closingfile",
            name="has_incident_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="closingfile",
            name="has_incident_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="closingfile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("has_incident_at__isnull", True), ("has_incident_by__isnull", True)),
                    models.Q(
                        ("has_incident_at__isnull", False), ("has_incident_by__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="closing_has_incident_with_date_and_author",
            ),
        ),
        migrations.RunPython(give_the_answer_its_author, migrations.RunPython.noop),
    ]
