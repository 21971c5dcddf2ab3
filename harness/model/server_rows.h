/* The servers behind a service: SERVER(name, reference, default, its forms in `stack`, the same in
 * words, help, references to one of the run's own …). name is its key in `stack`, its name in
 * faults and reports, and ${name.reference} its address. The program that starts one is
 * stack/name.c. Included by whoever makes a table of them. */

SERVER(redis, "url", "private", "private|none|rediss?://.+|unix://.+",
       "private, none or a redis:// URL (or rediss://, which is TLS, or unix://)",
       "Redis: private starts one for the run", "redis.tcp", "redis.host", "redis.port",
       "redis.password")

SERVER(postgres, "url", "private", "private|none|(postgres|postgresql)://.+",
       "private, none or a postgresql:// URL", "Postgres: private starts one for the run",
       "postgres.jdbc", "postgres.host", "postgres.port", "postgres.user", "postgres.password",
       "postgres.database")

SERVER(mysql, "url", "none", "private|none|(mysql|mariadb)://.+", "private, none or a mysql:// URL",
       "MySQL: private starts a MariaDB in its place for the run", "mysql.jdbc", "mysql.host",
       "mysql.port", "mysql.user", "mysql.password", "mysql.database")

SERVER(rabbitmq, "url", "none", "private|none|amqps?://.+", "private, none or an amqp:// URL",
       "RabbitMQ: private starts one for the run", "rabbitmq.host", "rabbitmq.port",
       "rabbitmq.user", "rabbitmq.password")

SERVER(kafka, "brokers", "embedded", "embedded|apache|none|" BROKERS,
       "embedded, apache, none or host:port,…",
       "Kafka: embedded starts in milliseconds and speaks the real protocol but transactions, "
       "apache is a real Apache Kafka",
       "kafka.host", "kafka.port")
