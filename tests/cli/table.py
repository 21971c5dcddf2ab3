"""The command lines of every program: (program, arguments, exit code, pattern on stdout, pattern on stderr).

Patterns are searched as regular expressions over the whole text. "" means that nothing may be printed there,
None that anything may. {bad} and the like are files that run.py writes; {run} is a saved run, {saved} the
folder of those that earlier versions wrote."""

NOTHING = ""
ANY = None

RUSHPROOF = [
    ("", 3, NOTHING, r"Usage: rushproof COMMAND"),
    ("--help", 0, r"Usage: rushproof COMMAND(.|\n)*Exit codes: 0 pass, 1 fail", NOTHING),
    ("-h", 0, r"Usage: rushproof COMMAND", NOTHING),
    ("help", 0, r"Usage: rushproof COMMAND", NOTHING),
    ("--version", 0, r"(?s)rushproof \d+\.\d+\.\d+.*curl.*kafka", NOTHING),
    ("-V", 0, r"rushproof \d+\.\d+\.\d+", NOTHING),
    ("nonsense", 3, NOTHING, r"no command 'nonsense'"),
    ("--nonsense", 3, NOTHING, r"--nonsense"),
    # run
    ("run --nonsense", 3, NOTHING, r"unknown option --nonsense; try 'rushproof run --help'"),
    ("run --rounds", 3, NOTHING, r"--rounds needs a value"),
    ("run --rounds=0", 3, NOTHING, r"--rounds.*0"),
    ("run --rounds=many", 3, NOTHING, r"--rounds.*many"),
    ("run --rounds=1.5", 3, NOTHING, r"--rounds"),
    ("run --release-threads=3", 3, NOTHING, r"--release-threads.*one of 1\|2"),
    ("run --quiet=yes", 3, NOTHING, r"--quiet takes no value"),
    ("run no-such-scenario", 3, NOTHING, r"no-such-scenario"),
    ("run /no/such/file.yaml", 3, NOTHING, r"/no/such/file\.yaml"),
    ("run --set limit kafka", 3, NOTHING, r"limit"),
    ("run --set limit=none kafka", 3, NOTHING, r"limit.*none|none.*limit"),
    ("run --set no.such.key=1 kafka", 3, NOTHING, r"no\.such|\bno\b"),
    ("run --set load.0.burst.requests=-5 kafka", 3, NOTHING, r"requests"),
    ("run --set seed=x kafka", 3, NOTHING, r"seed"),
    ("run {bad}", 3, NOTHING, r"bad\.yaml:2: .*limmit"),
    ("run {empty}", 3, NOTHING, r"empty\.yaml"),
    ("run {binary}", 3, NOTHING, r"binary\.yaml"),
    ("run {tmp}", 3, NOTHING, r"rushproof: "),
    ("run --url=http://127.0.0.1:1/ kafka", 3, NOTHING, r"give no SCENARIO"),
    ("run --url=nonsense", 3, NOTHING, r"nonsense"),
    ("run --output={tmp} --url=http://192.0.2.1/x --accepted=status=200", 3, ANY, r"--allow-host"),
    ("run --url=http://127.0.0.1:1/x --accepted=colour=red", 3, NOTHING, r"colour"),
    ("run --url=http://127.0.0.1:1/x --limit=-1", 3, NOTHING, r"limit"),
    ("run --url=http://127.0.0.1:1/x --requests=0", 3, NOTHING, r"requests"),
    ("run --output={tmp} --url=http://127.0.0.1:1/x --accepted=status=200", 4, ANY, r"127\.0\.0\.1:1"),
    # list, schema, init, man, completions
    ("list", 0, r"(?m)^kafka +\S.*$", NOTHING),
    ("list --names", 0, r"(?m)^24-vs-100$", NOTHING),
    ("list --nonsense", 3, NOTHING, r"--nonsense"),
    ("schema", 0, r'"\$schema"', NOTHING),
    ("init --output=-", 3, NOTHING, r"url|questions"),
    ("init --output=- --url=http://127.0.0.1:8080/apply --limit=50", 0, r"(?m)^limit: 50", NOTHING),
    ("init --output={bad} --url=http://127.0.0.1:8080/apply", 3, NOTHING, r"bad\.yaml"),
    ("man", 0, r'\.TH "rushproof" 1', NOTHING),
    ("man run", 0, r'\.TH "rushproof-run" 1', NOTHING),
    ("man nonsense", 3, NOTHING, r"no command 'nonsense'"),
    ("completions bash", 0, r"complete -F _rushproof rushproof", NOTHING),
    ("completions zsh", 0, r"#compdef rushproof", NOTHING),
    ("completions fish", 3, NOTHING, r"'fish'; allowed: bash, zsh"),
    ("completions", 3, NOTHING, r"allowed: bash, zsh"),
    # saved runs
    ("verify", 3, NOTHING, r"verify needs"),
    ("verify /no/such/run", 3, NOTHING, r"/no/such/run"),
    ("verify {tmp}", 3, NOTHING, r"rushproof: "),
    ("verify --export=edn {run}", 3, NOTHING, r"one of jepsen\|porcupine"),
    ("verify --json {saved}/0.1.0-kafka-pass", 0, r'"verdict": *"pass"', NOTHING),
    ("verify --json {saved}/0.1.0-redis-pass", 0, r'"verdict": *"pass"', NOTHING),
    ("verify --quiet {run}", 0, r"(?i)pass", NOTHING),
    ("verify --json {run}", 0, r'"verdict": *"pass"', NOTHING),
    ("verify --export=jepsen {run}", 0, r":process", NOTHING),
    ("verify --export=porcupine {run}", 0, r"\[|\{", NOTHING),
    ("report", 3, NOTHING, r"report needs"),
    ("report /no/such/run", 3, NOTHING, r"/no/such/run"),
    ("report {run}", 0, ANY, NOTHING),
    ("compare", 3, NOTHING, r"compare needs"),
    ("compare /no/such/run", 3, NOTHING, r"/no/such/run"),
    ("compare {run} {run}", 0, r"quick", NOTHING),
    ("compare --markdown {run} {run}", 0, r"\|.*quick", NOTHING),
    ("selftest --nonsense", 3, NOTHING, r"--nonsense"),
    ("selftest --planted --rounds=3", 0, r"(?s)one lost, one twice +lost +3 of 3.*\n\d+ passed, 0 failed", NOTHING),
    ("selftest --planted --rounds=0", 3, NOTHING, r"--rounds.*0"),
    ("selftest --planted phantom", 3, NOTHING, r"give no FAULT 'phantom'"),
    ("selftest --faulty=/no/such/dir phantom", 3, ANY, r"cannot read /no/such/dir"),
]

APPLY = [
    ("--help", 0, r"Usage: apply-service(.|\n)*--strategy", NOTHING),
    ("--version", 0, r"apply-service \d+\.\d+\.\d+", NOTHING),
    ("--strategy list", 0, r"(?s)count.*redis.*kafka", NOTHING),
    ("--nonsense", 3, NOTHING, r"unknown option --nonsense"),
    ("extra", 3, NOTHING, r"'extra'"),
    ("--strategy=magic", 3, NOTHING, r"'magic'"),
    ("--limit=-1", 3, NOTHING, r"--limit"),
    ("--limit=ten", 3, NOTHING, r"--limit.*ten"),
    ("--limit=9223372036854775808", 3, NOTHING, r"--limit"),
    ("--threads=0", 3, NOTHING, r"--threads"),
    ("--port=65536", 3, NOTHING, r"--port"),
    ("--idle-timeout=10", 3, NOTHING, r"--idle-timeout"),
    ("--log-level=loud", 3, NOTHING, r"one of debug\|info\|warn\|error\|off"),
    ("--strategy=kafka", 3, NOTHING, r"--redis or REDIS_URL"),
    ("--strategy=kafka --redis=redis://127.0.0.1:1", 3, NOTHING, r"--kafka or KAFKA_BROKERS"),
    ("--strategy=count", 3, NOTHING, r"--database or DATABASE_URL"),
    ("--listen=nonsense:x --redis=redis://127.0.0.1:1 --kafka=127.0.0.1:1", "3|4", ANY, r"nonsense"),
    ("--listen=192.0.2.1:0 --redis=redis://127.0.0.1:1 --kafka=127.0.0.1:1", 4, ANY, r"192\.0\.2\.1"),
]

CONSUMER = [
    ("--help", 0, r"Usage: coupon-consumer(.|\n)*--batch", NOTHING),
    ("--version", 0, r"coupon-consumer \d+\.\d+\.\d+", NOTHING),
    ("--nonsense", 3, NOTHING, r"unknown option --nonsense"),
    ("extra", 3, NOTHING, r"'extra'"),
    ("--batch=0", 3, NOTHING, r"--batch"),
    ("--batch=many", 3, NOTHING, r"--batch"),
    ("--row-delay=10", 3, NOTHING, r"--row-delay"),
    ("--pause-after=-1", 3, NOTHING, r"--pause-after"),
    ("", 3, NOTHING, r"KAFKA_BROKERS|DATABASE_URL"),
    ("--kafka=127.0.0.1:1", 3, NOTHING, r"DATABASE_URL"),
]

BROKER = [
    ("--help", 0, r"Usage: embedded-broker(.|\n)*--topic", NOTHING),
    ("--version", 0, r"embedded-broker \d+\.\d+\.\d+", NOTHING),
    ("--nonsense", 3, NOTHING, r"unknown option --nonsense"),
    ("extra", 3, NOTHING, r"operands"),
    ("--brokers=0", 3, NOTHING, r"--brokers"),
    ("--topic=x:y", "3|4", NOTHING, r"x:y"),
    ("--topic=ok:3", 0, r"^bootstrap 127\.0\.0\.1:\d+$", ANY),
]

KEEPER = [
    ("", 3, NOTHING, r"started by rushproof"),
    ("/no/such/directory", 3, NOTHING, r"started by rushproof"),
]

PROGRAMS = [
    ("rushproof", RUSHPROOF),
    ("apply-service", APPLY),
    ("coupon-consumer", CONSUMER),
    ("embedded-broker", BROKER),
    ("rushproof-keeper", KEEPER),
]
