from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("exam", "0004_resume_refused_at"),
    ]

    operations = [
        migrations.AddField(
            model_name="attempt",
            name="resume_asked_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
