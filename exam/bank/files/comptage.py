notes = [12, 7, 15, 9, 18, 10]
seuil = 10
compteur = 0

for note in notes:
    if note > seuil:
        compteur = compteur + 1

print(compteur)
