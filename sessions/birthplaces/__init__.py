"""Where people are born: the communes and the countries of INSEE (see data/LICENCE.md).

`manage.py build_birthplaces` rebuilds data/communes.tsv.gz. A page or an import asks only
`check_birth_place`, or whether two cells name the `same_city`.
"""

from sessions.birthplaces.check import BirthPlace, BirthPlaceError, check_birth_place
from sessions.birthplaces.spelling import same_city

__all__ = ["BirthPlace", "BirthPlaceError", "check_birth_place", "same_city"]
