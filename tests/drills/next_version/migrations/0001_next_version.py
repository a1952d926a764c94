from django.db import migrations


class Migration(migrations.Migration):
    """A column more on the table that a morning reads and writes most: of another app, hence in SQL."""

    dependencies = [("exam", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE exam_attempt ADD COLUMN next_version integer",
            "ALTER TABLE exam_attempt DROP COLUMN next_version",
        )
    ]
