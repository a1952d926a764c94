from django.db import migrations, models

BEFORE = {"state": "rejected", "word": "Test terminé."}
STATES = [
    ("pending", "en attente"),
    ("accepted", "accepté"),
    ("rejected", "écarté"),
    ("withdrawn", "retiré par le candidat"),
    ("dropped", "resté sans réponse"),
]


def tell_apart(apps, schema_editor):
    """What the end of a test left without an answer was told by a word alone."""
    problems = apps.get_model("exam", "QuestionProblem").objects
    problems.filter(**BEFORE).update(state="dropped", word="")


def tell_by_the_word(apps, schema_editor):
    problems = apps.get_model("exam", "QuestionProblem").objects
    problems.filter(state="dropped").update(**BEFORE)


class Migration(migrations.Migration):
    dependencies = [("exam", "0005_resume_asked_at")]

    operations = [
        migrations.RemoveConstraint("questionproblem", "problem_known_state"),
        migrations.AlterField(
            "questionproblem",
            "state",
            models.CharField(choices=STATES, default="pending", max_length=9),
        ),
        migrations.RunPython(tell_apart, tell_by_the_word),
        migrations.AddConstraint(
            "questionproblem",
            models.CheckConstraint(
                condition=models.Q(state__in=[state for state, _label in STATES]),
                name="problem_known_state",
            ),
        ),
    ]
