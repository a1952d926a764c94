from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2idHasher(Argon2PasswordHasher):
    """OWASP's minimum (19 MiB, 2 passes, 1 lane): 29 ms, so that a morning of logins stays possible."""

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
