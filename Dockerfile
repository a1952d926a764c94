# The Python of the tests: some pinned versions differ from one Python to the next.
FROM python:3.11-slim

# What WeasyPrint draws with.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        fonts-dejavu-core libharfbuzz-subset0 libpango-1.0-0 libpangoft2-1.0-0 \
    && rm -rf /var/lib/apt/lists/*

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /app

COPY requirements.txt requirements-s3.txt ./
RUN pip install --no-cache-dir --require-hashes \
    --requirement requirements.txt --requirement requirements-s3.txt

COPY . .
# The code stays root's: the process may write its files and nothing else.
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin certif \
    && SECRET_KEY=only-for-this-command python manage.py collectstatic --noinput \
    && mkdir --parents /app/var/media /app/var/erasures \
    && chown --recursive certif: /app/var
USER certif
VOLUME /app/var/media /app/var/erasures

ENV ERASURES_JOURNAL=/app/var/erasures/journal.jsonl

EXPOSE 8000
ENV GRANIAN_INTERFACE=wsgi GRANIAN_HOST=0.0.0.0 GRANIAN_PORT=8000 \
    GRANIAN_WORKERS=2 GRANIAN_BLOCKING_THREADS=8 GRANIAN_BACKLOG=4096
CMD ["granian", "certif.wsgi:application"]
