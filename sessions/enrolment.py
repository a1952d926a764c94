"""Who of a school's register is in the list of a session already, as the imports understand it."""

from collections import defaultdict

from sessions.birthplaces import same_city


class Enrolled:
    """`pupil in enrolled`: the same external id, or the same identity unless birth places differ."""

    def __init__(self, people):
        self.external_ids = set()
        self.cities = defaultdict(list)
        for person in people:
            self.add(person)

    def add(self, person):
        self.external_ids.add(person.external_id)
        self.cities[person.identity_key].append(person.birth_city)

    def __contains__(self, person):
        if person.external_id and person.external_id in self.external_ids:
            return True
        cities = self.cities.get(person.identity_key, ())
        return any(_maybe_same(person.birth_city, city) for city in cities)


def _maybe_same(left, right):
    return not left or not right or same_city(left, right)
