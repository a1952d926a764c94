"""What a stranger looks for on a new machine, and must not find."""

from certif.accounts.models import User

LOOKED_FOR = """
/.env /.git/HEAD /.git/config /.svn/entries /.DS_Store /.htaccess /.ssh/id_rsa /debug/ /__debug__/ /silk/
/console /shell /test/ /api/ /api/v1/users /graphql /swagger/ /openapi.json /docs/ /redoc /server-status
/nginx_status /actuator/health /metrics /info.php /phpinfo.php /wp-login.php /wp-admin/ /xmlrpc.php
/admin.php /phpmyadmin/ /adminer.php /config.json /settings.py /certif/settings.py /manage.py /dev
/requirements.txt /pyproject.toml /uv.lock /Dockerfile /docker-compose.yml /README.md /backup.sql /dump.sql
/backup.zip /db.sqlite3 /var/db.sqlite3 /var/secret_key /var/media/ /media/ /media/documents/ /uploads/
/files/ /static/ /static/css/ /static/../manage.py /static/%2e%2e/manage.py /sitemap.xml /accounts/login/
"""


def test_nothing_else_lies_at_an_address(client, db):
    found = {path: client.get(path).status_code for path in LOOKED_FOR.split()}

    assert len(found) == 60
    assert {path: status for path, status in found.items() if status != 404} == {}


def test_a_new_service_has_no_account(db):
    assert not User.objects.exists()
