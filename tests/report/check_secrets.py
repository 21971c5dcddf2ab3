"""Fifty secrets are planted in a scenario, flags and the environment, a service tells all of them to everybody, and
no file, log or line of the console may hold one of them in any spelling."""

import base64
import html
import json
import os
import pathlib
import subprocess
import sys
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent

SCENARIO = """\
name: tattler
description: A service that tells everything
limit: 5
stack: {{redis: none, postgres: none, kafka: none}}
processes:
  - name: service
    run: [{python}, {here}/tattler.py, "${{service.port}}", --password, {arg_words}, --db-token={arg_equals},
          --dsn, "host=/tmp user=app password = '{arg_libpq}' dbname=x", --url, "mysql://root:{arg_url_coded}@127.0.0.1/x",
          --jdbc, "jdbc:mysql://h/d?user=a&password={arg_jdbc}", -H, "Authorization: Bearer {arg_bearer}"]
    env:
      DB_PASSWORD: {env_password}
      PGPASSWORD: {env_pg}
      MYSQL_PWD: {env_mysql}
      REDISCLI_AUTH: {env_redis}
      API_KEY: "{env_quote}"
      DATABASE_URL: "postgresql://app:{env_url}@127.0.0.1:5432/db"
      REDIS_URL: "redis://:{env_redis_url}@127.0.0.1:6379/0"
      AMQP: "amqp://guest:{env_at}@127.0.0.1"
      FROM_OUTSIDE: "${{OUTSIDE_SECRET}}"
      OPAQUE: "${{OPAQUE}}"
      SPRING_JSON: '{{"spring":{{"datasource":{{"password":"{env_json}"}}}}}}'
      SASL: 'org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="{env_jaas}";'
    ready: {{tcp: "${{service.port}}"}}
  - name: shell
    run: [sh, -c, "echo mysql -p{shell_mysql} -u root; echo curl -u bob:{shell_curl} http://x; echo redis-cli -a {shell_redis}; sleep 60"]
request:
  method: POST
  feeder: users.csv
  url: "${{service}}/apply?userId={{{{user}}}}&token={query_token}&sig={query_sig}&access_key={query_key}"
  headers:
    X-Api-Token: {header_prefix}-{{{{user}}}}
    X-Api-Key: {header_key}
    Authorization: Bearer {jwt}
    Cookie: SESSION={cookie}; theme=dark
    Proxy-Authorization: Basic {basic}
    X-Auth: "{header_spaces}"
    X-Session-Token: "{{{{ticket}}}}"
    X-Plain: "{{{{api_key}}}}"
    Content-Type: application/json
  body: '{{"user":{{{{user}}}},"password":"{body_password}","secret":"{body_secret}","nested":{{"apiKey":"{body_key}","accessToken":"{body_prefix}-{{{{user}}}}"}},"client_secret" : "{body_spaced}"}}'
responses:
  accepted: {{status: 202}}
  rejected: {{status: 410}}
load:
  - closed: {{connections: 4, requests: 40}}
expect: [cap_exact]
"""

BASIC = "basic-p4ssw0rd-Zq"

PLANTED = {
    "arg_words": "aW0rds/with#marks", "arg_equals": "Eq-11-uals.x", "arg_libpq": "l1bpq secret",
    "arg_url_coded": "c0ded%2Fp%40ss", "arg_jdbc": "jdbcP4ss", "arg_bearer": "b3arerTok-enX",
    "env_password": "3nv-passw0rd", "env_pg": "pgEnv-77x", "env_mysql": "mysqlEnv-78x", "env_redis": "redisEnv-79x",
    "env_quote": "qu0te<&>'s", "env_url": "urlEnv-80x", "env_redis_url": "sl4sh/h#sh", "env_at": "at@in@it9",
    "env_json": "jsonEnv-81x", "env_jaas": "jaasEnv-82x", "shell_mysql": "shMysql-83x", "shell_curl": "shCurl-84x",
    "shell_redis": "shRedis-85x", "query_token": "qTok-86x", "query_sig": "qSig-87xAbC%2B", "query_key": "qKey-88x",
    "header_prefix": "TOKEN99x", "header_key": "hKey-89x", "cookie": "cookie-90x",
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.s1gnature-91x",
    "basic": base64.b64encode(f"bob:{BASIC}".encode()).decode(), "header_spaces": "two words-92x",
    "body_password": "bPass-93x", "body_secret": "bSecret-94x", "body_key": "bKey-95x", "body_prefix": "BODYTOK96x",
    "body_spaced": "bSpaced-97x",
}

OUTSIDE = {
    "OUTSIDE_SECRET": "0utside-98x", "OPAQUE": "k3jh2k3jh4kjh5k6jh7", "PGPASSWORD": "0wnPg-99x",
    "MYSQL_PWD": "0wnMysql-100x", "GITHUB_TOKEN": "ghp_0wnToken101xabcdefgh", "AWS_SECRET_ACCESS_KEY": "aws/0wn+102x",
    "DATABASE_URL": "postgresql://u:0wnUrl-103x@h/d", "APP_CREDENTIALS": "0wnCred-104x",
}

# What the values of OUTSIDE give away.
GIVEN_AWAY = ["0wnUrl-103x"]

PGPASS = "pgp4ss\\:file-105x"


def interior(data, shift):
    """The digits of base64 that do not depend on what stands before and after."""
    digits = base64.b64encode(b"\0" * shift + data).decode().rstrip("=")
    return digits[(shift * 8 + 5) // 6:(shift + len(data)) * 8 // 6]


def spellings(secret):
    found = {secret, urllib.parse.quote(secret, safe=""), urllib.parse.quote(secret, safe="").lower(),
             urllib.parse.quote_plus(secret), json.dumps(secret)[1:-1], html.escape(secret), html.escape(secret, quote=False),
             json.dumps(json.dumps(secret)[1:-1])[1:-1], urllib.parse.unquote(secret)}
    for shift in range(3):
        digits = interior(secret.encode(), shift)
        found |= {digits, digits.replace("+", "-").replace("/", "_")} if len(digits) >= 8 else set()
    return {spelling for spelling in found if len(spelling) >= 4}


def leaks(secrets, texts):
    for name, secret in secrets.items():
        for where, text in texts.items():
            for spelling in spellings(secret):
                if spelling in text:
                    at = text.index(spelling)
                    yield f"{name} in {where}: …{text[max(0, at - 60):at + len(spelling) + 20]!r}"


def written(directory):
    return {str(path.relative_to(directory)): path.read_text(errors="replace")
            for path in sorted(directory.rglob("*")) if path.is_file() and not path.is_symlink()}


def run(programs, work, arguments, environment):
    return subprocess.run([programs / "rushproof", "run", "-o", work / "reports", *arguments], cwd=work, text=True,
                          errors="replace", capture_output=True, timeout=120, check=False,
                          env={**os.environ, **environment, "PGPASSFILE": str(work / "pgpass")})


def tell(tap, name, secrets, texts):
    found = list(leaks(secrets, texts))
    tap.ok(not found, f"secrets: {name}: {len(secrets)} planted, none in {len(texts)} texts", "\n".join(found[:12]))


def check_run(tap, programs, work):
    """A whole run: the tattler hears everything."""
    work.mkdir()
    (work / "pgpass").write_text(f"h:5432:*:u:{PGPASS}\n")
    (work / "users.csv").write_text("user,ticket,api_key\n" + "".join(
        f"{user},tick-{user * 7919}x,key-{user * 104729}x\n" for user in range(1, 41)))
    (work / "tattler.yaml").write_text(SCENARIO.format(python=sys.executable, here=HERE, **PLANTED))
    done = run(programs, work, ["tattler.yaml", "-v", "--summary", work / "out.md", "--set",
                                "processes.service.env.LATE_PASSWORD=l4te-106x", "--rounds", "2"], OUTSIDE)
    secrets = {**PLANTED, **{name: value for name, value in OUTSIDE.items() if "://" not in value},
               "basic's password": BASIC, "given away": GIVEN_AWAY[0], "pgpass": PGPASS.replace("\\", ""), "set": "l4te-106x",
               "token of user 7": "TOKEN99x-7", "arg_url plain": "c0ded/p@ss", "cookie whole": "SESSION=cookie-90x",
               "cell of a feeder": f"tick-{3 * 7919}x", "another cell": f"key-{3 * 104729}x"}
    texts = {"stdout": done.stdout, "stderr": done.stderr, "out.md": (work / "out.md").read_text(),
             **written(work / "reports")}
    results = [text for name, text in texts.items() if name.endswith("result.json")]
    tap.ok(len(results) == 2 and "cap_exact" in results[0], "secrets: the run came to a verdict",
           f"exit {done.returncode}\n{done.stdout}{done.stderr}")
    tap.ok(any("****" in text for name, text in texts.items() if name.endswith("service.log")),
           "secrets: the service was heard", str(texts.keys()))
    tell(tap, "a run", secrets, texts)
    plain = run(programs, work, ["tattler.yaml", "--json"], OUTSIDE)
    tell(tap, "--json", secrets, {"stdout": plain.stdout, "stderr": plain.stderr})
    again = subprocess.run([programs / "rushproof", "verify", work / "reports" / "latest"], text=True, capture_output=True,
                           env={**os.environ, **OUTSIDE}, timeout=60, check=False)
    tap.ok(again.returncode == json.loads(results[0])["exit_code"], "secrets: the archive is still read",
           again.stdout + again.stderr)


# Runs that end before or in the middle: what is wrong is quoted.
BROKEN = [
    ("a password with / # and @", ["--url", "http://127.0.0.1:9/x", "--postgres", "postgresql://app:p/1#2@3x@127.0.0.1:9/db",
                                    "--rows", "SELECT user_id FROM coupon"], ["p/1#2@3x"]),
    ("an address that is none", ["--url", "http://u:s3cr3t-1x@[broken/x"], ["s3cr3t-1x"]),
    ("an address without a scheme", ["--url", "http:/u:s3cr3t-2x@host:badport/x", "--header", "X-Api-Key: s3cr3t-3x"],
     ["s3cr3t-3x"]),
    ("a flag that there is not", ["--passwort=s3cr3t-4x", "--token", "s3cr3t-5x"], ["s3cr3t-5x"]),
    ("a wrong --set", ["kafka", "--set", "stack.postgres.password=s3cr3t-6x"], ["s3cr3t-6x"]),
    ("a wrong host", ["--url", "http://bob:s3cr3t-7x@127.0.0.1:1/x", "--requests", "10"], ["s3cr3t-7x"]),
    ("redis that is not there", ["--url", "http://127.0.0.1:9/x", "--redis", "redis://:s3cr3t-8x@127.0.0.1:1", "--counter", "k"],
     ["s3cr3t-8x"]),
    ("mysql that is not there", ["--url", "http://127.0.0.1:9/x", "--mysql", "mysql://root:s3cr3t-9x@127.0.0.1:1/d"],
     ["s3cr3t-9x"]),
]


def check_broken(tap, programs, work):
    work.mkdir()
    for name, arguments, secrets in BROKEN:
        done = run(programs, work, arguments, {})
        tell(tap, name, dict(enumerate(secrets)), {"stdout": done.stdout, "stderr": done.stderr, **written(work)})
    (work / "broken.yaml").write_text("name: x\nrequest: {url: http://u:s3cr3t-10x@h/, headers: {X-Token: s3cr3t-11x}, bad: \"s3cr3t\n")
    done = run(programs, work, ["broken.yaml"], {})
    tell(tap, "a file that is no YAML", {0: "s3cr3t-10x", 1: "s3cr3t-11x"}, {"stderr": done.stderr, "stdout": done.stdout})


def check(tap, programs, work):
    check_run(tap, programs, work / "secrets")
    check_broken(tap, programs, work / "secrets-broken")
