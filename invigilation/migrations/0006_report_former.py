import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("invigilation", "0005_report_written_at"),
    ]

    operations = [
        migrations.AddField(
            model_name="incidentreport",
            name="former",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="correction",
                to="invigilation.incidentreport",
            ),
        ),
    ]
