from datetime import date

from django.db import migrations

START = date(2020, 1, 1)
# code, category, label, needs description, needs question, calls for review, active
NOMENCLATURE = [
    ("C1", "C1-C2", "Prénom, nom ou date de naissance à corriger", True, False, True, True),
    ("C2", "C1-C2", "Temps majoré à ajouter ou à modifier", True, False, False, True),
    (
        "C3",
        "C3-C4",
        "Retard, absence, départ avant la fin ou écran de fin de test non vu (indiquez l’heure)",
        True,
        False,
        False,
        True,
    ),
    (
        "C4",
        "C3-C4",
        "Présent, mais n’a pas signé ou a signé sur la mauvaise ligne",
        True,
        False,
        False,
        True,
    ),
    ("C5", "C5", "A passé les dernières questions, faute de temps", False, False, False, True),
    ("E1", "E1-E12", "L’image ne s’affiche pas", False, True, True, True),
    ("E2", "E1-E12", "Le simulateur ou l’application ne s’affiche pas", False, True, True, True),
    (
        "E3",
        "E1-E12",
        "Le fichier ne se télécharge pas ou ne s’ouvre pas",
        False,
        True,
        True,
        True,
    ),
    (
        "E4",
        "E1-E12",
        "Le site à visiter est indisponible ou en maintenance",
        False,
        True,
        True,
        True,
    ),
    (
        "E5",
        "E1-E12",
        "Le site est bloqué par le réseau de l’établissement",
        False,
        True,
        True,
        True,
    ),
    ("E6", "E1-E12", "Le lien ne fonctionne pas", False, True, True, True),
    ("E7", "E1-E12", "Autre problème sur la question", True, True, True, True),
    ("A2", "A2", "Aucune des catégories ci-dessus", True, False, True, True),
    ("A1", "A1-C8", "Problème technique non bloquant", True, False, False, False),
    ("C6", "A2", "Suspicion de fraude", False, False, True, False),
    ("C7", "A1-C8", "Incident technique non bloquant", True, False, False, False),
    ("C8", "A1-C8", "Incident lié au candidat, non bloquant", True, False, False, False),
    ("E8", "E1-E12", "Temps majoré sur une question chronométrée", False, True, True, False),
    ("E9", "E1-E12", "Le logiciel installé n’a pas fonctionné", False, True, True, False),
    ("E10", "E1-E12", "Contraint de sortir d’une question « focus »", False, True, True, False),
    ("E11", "E1-E12", "Une page d’erreur a fait passer la question", False, True, True, False),
    ("E12", "E1-E12", "Problème d’accessibilité de la question", False, True, True, False),
]


def ship(apps, schema_editor):
    code_model = apps.get_model("invigilation", "IncidentCode")
    code_model.objects.bulk_create(
        code_model(
            code=code,
            category=category,
            label=label,
            needs_description=needs_description,
            needs_question=needs_question,
            calls_for_review=calls_for_review,
            rank=rank * 10,
            active_from=START if active else None,
        )
        for rank, (
            code,
            category,
            label,
            needs_description,
            needs_question,
            calls_for_review,
            active,
        ) in enumerate(NOMENCLATURE, start=1)
    )


class Migration(migrations.Migration):
    dependencies = [("invigilation", "0001_initial")]
    operations = [migrations.RunPython(ship, migrations.RunPython.noop)]
