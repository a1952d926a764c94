"""The register of the demonstration's school, as its software would export it."""

CLASSES = {
    "3e A": """
        ABDALLAH Nawel 03/01/2009, AUBRY Gaspard 21/11/2009, BENYAHIA Rayan 14/06/2009,
        BŁASZCZYK Zofia 02/09/2009, CHAUVIN Élise 30/03/2009, DA_SILVA Tiago 17/07/2009,
        D’HAUTEVILLE Aliénor 08/12/2009, DIALLO Aïssatou 25/05/2009, FONTAINE Jules 11/02/2009,
        GÜNDÜZ Deniz 19/10/2009, HAŸ Maxence 06/04/2009, KOWALSKI Łukasz 23/08/2009,
        LE_GOFF Erwan 15/01/2009, LEFÈVRE Manon 28/06/2009, MARTIN Hugo 09/09/2009,
        MARTIN Léa 20/03/2009, NGUYỄN Minh_Anh 12/12/2009, PEREIRA Inès 04/05/2009,
        ROUX Adèle 31/07/2009, ŞEN Emre 16/10/2009
    """,
    "3e B": """
        BELKACEM Yanis 14/02/2009, ÉTIENNE-LÉRY Inès 08/12/2008, FAURE Noé 17/03/2009,
        GIRAUD Lina 25/08/2009, NGUYỄN Thi_Lan 06/06/2009, ŒUVRARD Maël 28/02/2009,
        PETIT Chloé 13/05/2009, ŞAHİN Elif 07/07/2009, BOYER Tom 22/01/2009,
        COULIBALY Mariam 05/11/2009, DE_L’ISLE Philippine 18/04/2009, DURAND Simon 27/09/2009,
        EL_AMRANI Sofia 10/08/2009, GARCÍA Álvaro 01/06/2009, HERVÉ Timéo 24/12/2009,
        JÓŹWIAK Julia 13/07/2009, MOREAU Camille 02/02/2009, PAYET Kylian 29/10/2009,
        TRAORÉ Ibrahim 08/03/2009, WEIß Greta 20/05/2009
    """,
    "3e C": """
        ANDRÉ Louise 26/01/2009, BERGER Nathan 07/10/2009, BOUÉ Noémie 15/05/2009,
        CHEN Lucie 19/02/2009, DUPONT Martine 30/11/2009, DUPONT Paul 21/05/2009,
        ESCOFFIER Zoé 03/08/2009, GAUTIER Anaïs 12/04/2009, HADDAD Karim 28/07/2009,
        KAYA Ayşe 09/06/2009, L’HERMITTE Gabin 16/09/2009, LØVENSKIOLD Astrid 22/03/2009,
        MÜLLER Anton 05/01/2009, NOËL Clément 14/12/2009, OUÉDRAOGO Fatou 27/02/2009,
        PHẠM Đức 18/08/2009, QUÉMÉNEUR Maëlle 11/10/2009, RENÉE-LOUISE Jade 06/07/2009,
        SŒUR Valentin 23/04/2009, ZIELIŃSKA Maja 17/11/2009
    """,
}
TITLES = "Nom de naissance;Prénom;Date de naissance;INE;Classe;Code INSEE de naissance"
# Paris 13e, Paris 14e, Ivry-sur-Seine, Montreuil, Créteil, Villejuif, Nanterre.
BIRTH_PLACES = ["75113", "75114", "94041", "93048", "94028", "94076", "92050"]


def register_file():
    """The bytes of a .csv; a low line stands for the space inside a name."""
    pupils = [(pupil, name) for name, text in CLASSES.items() for pupil in text.split(",")]
    rows = [_row(number, *pupil) for number, pupil in enumerate(pupils, 1)]
    return "\n".join([TITLES, *rows]).encode()


def _row(number, pupil, school_class):
    birth_name, first_name, born = (part.replace("_", " ") for part in pupil.split())
    ine = f"{120_000_000 + 3_571 * number}HA"
    place = BIRTH_PLACES[number % len(BIRTH_PLACES)]
    return ";".join([birth_name, first_name, born, ine, school_class, place])
