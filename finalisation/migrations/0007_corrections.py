from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("finalisation", "0006_closing_authors"),
    ]

    operations = [
        migrations.AddField(
            model_name="identitycorrection",
            name="birth_city",
            field=models.CharField(
                blank=True, db_default="", max_length=100, verbose_name="commune"
            ),
        ),
        migrations.AddField(
            model_name="identitycorrection",
            name="birth_country",
            field=models.CharField(blank=True, db_default="", max_length=100, verbose_name="pays"),
        ),
        migrations.AddField(
            model_name="identitycorrection",
            name="birth_insee_code",
            field=models.CharField(
                blank=True, db_default="", max_length=5, verbose_name="code INSEE"
            ),
        ),
        migrations.AddField(
            model_name="identitycorrection",
            name="birth_postcode",
            field=models.CharField(
                blank=True, db_default="", max_length=10, verbose_name="code postal"
            ),
        ),
        migrations.AddField(
            model_name="identitycorrection",
            name="sex",
            field=models.CharField(
                blank=True,
                choices=[("F", "Féminin"), ("M", "Masculin")],
                db_default="",
                max_length=1,
                verbose_name="sexe",
            ),
        ),
        migrations.AddConstraint(
            model_name="identitycorrection",
            constraint=models.CheckConstraint(
                condition=models.Q(("sex__in", ["", "F", "M"])), name="correction_known_sex"
            ),
        ),
    ]
