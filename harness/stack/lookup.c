#include "stack/lookup.h"

#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

static bool executable(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

/* dir/name, made absolute, when it is an executable; else NULL. The name itself stays: programs
 * that are links to one file look at the name that they were called by. */
static char *try_in(const char *dir, size_t length, const char *name)
{
    _cleanup_free_ char *given = strndup(length ? dir : ".", length ? length : 1);
    _cleanup_free_ char *real = given ? realpath(given, NULL) : NULL;
    char *path = NULL;
    if (!real || asprintf(&path, "%s/%s", real, name) < 0)
        return NULL;
    if (!executable(path)) {
        free(path);
        return NULL;
    }
    return path;
}

static char *try_path(const char *name)
{
    const char *at = getenv("PATH");
    while (at) {
        const char *colon = strchr(at, ':');
        size_t length = colon ? (size_t)(colon - at) : strlen(at);
        char *found = try_in(at, length, name);
        if (found)
            return found;
        at = colon ? colon + 1 : NULL;
    }
    return NULL;
}

static int refuse_program(const char *name, const char *first, const char *base, struct err *err)
{
    const char *path = getenv("PATH");
    if (name[0] == '/')
        return err_set(err, ERR_ENVIRONMENT, "no program %s", name);
    if (strchr(name, '/'))
        return err_set(err, ERR_ENVIRONMENT, "no program %s in %s", name, base);
    if (first)
        return err_set(err, ERR_ENVIRONMENT,
                       "no program %s beside rushproof (%s), nor in PATH (%s)", name, first,
                       path ? path : "not set");
    return err_set(err, ERR_ENVIRONMENT, "no program %s in PATH (%s)", name,
                   path ? path : "not set");
}

int lookup_program(const char *name, const char *first, const char *base, char **ret_path,
                   struct err *err)
{
    char *found = NULL;
    base = base ? base : ".";
    if (name[0] == '/')
        found = executable(name) ? strdup(name) : NULL;
    else if (strchr(name, '/'))
        found = try_in(base, strlen(base), name);
    else if (!first || !(found = try_in(first, strlen(first), name)))
        found = try_path(name);
    if (!found)
        return refuse_program(name, first, base, err);
    *ret_path = found;
    return 0;
}

int lookup_redis(char **ret_path, struct err *err)
{
    const char *path = getenv("PATH");
    if (lookup_program("redis-server", NULL, NULL, ret_path, NULL) == 0)
        return 0;
    return err_set(err, ERR_ENVIRONMENT,
                   "no Redis server: install the package redis-server or set stack.redis to a URL; "
                   "there is no redis-server in PATH (%s)",
                   path ? path : "not set");
}

static void cleanup_glob(glob_t *list)
{
    globfree(list);
}

int lookup_postgres(char **ret_dir, struct err *err)
{
    const char *given = getenv("RUSHPROOF_POSTGRES_BIN");
    _cleanup_free_ char *in_path = given ? NULL : try_path("initdb");
    _cleanup_(cleanup_glob) glob_t list = {0};
    char *dir = NULL;
    if (given) {
        dir = strdup(given);
    } else if (in_path && (dir = realpath(in_path, NULL))) {
        *strrchr(dir, '/') = '\0'; /* a link in PATH: postgres is beside what it points to */
    } else if (glob("/usr/lib/postgresql/*/bin", 0, NULL, &list) == 0) {
        int newest = 0;
        for (size_t i = 0; i < list.gl_pathc; i++) {
            int version = atoi(list.gl_pathv[i] + strlen("/usr/lib/postgresql/"));
            if (version <= newest)
                continue;
            newest = version;
            free(dir);
            dir = strdup(list.gl_pathv[i]);
        }
    }
    if (!dir)
        return err_set(
            err, ERR_ENVIRONMENT,
            "no Postgres server: install the package postgresql or set stack.postgres to a URL; "
            "initdb is neither in PATH nor in /usr/lib/postgresql/*/bin, and "
            "RUSHPROOF_POSTGRES_BIN is not set");
    *ret_dir = dir;
    return 0;
}

int lookup_mariadb(char **ret_path, struct err *err)
{
    static const char *const places[] = {"/usr/sbin", "/usr/libexec", "/usr/local/sbin"};
    const char *given = getenv("RUSHPROOF_MARIADB_BIN");
    char *path = given ? try_in(given, strlen(given), "mariadbd") : try_path("mariadbd");
    for (size_t i = 0; !path && !given && i < sizeof places / sizeof *places; i++)
        path = try_in(places[i], strlen(places[i]), "mariadbd");
    if (!path)
        return err_set(
            err, ERR_ENVIRONMENT,
            "no MariaDB server: mariadbd is neither in PATH nor in /usr/sbin; install the "
            "package mariadb-server-core or set RUSHPROOF_MARIADB_BIN");
    *ret_path = path;
    return 0;
}

int lookup_rabbitmq(char **ret_path, struct err *err)
{
    static const char place[] = "/usr/lib/rabbitmq/bin", name[] = "rabbitmq-server";
    const char *given = getenv("RUSHPROOF_RABBITMQ_BIN");
    char *path = try_in(given ? given : place, strlen(given ? given : place), name);
    if (!path && !given)
        path = try_path(name);
    if (!path)
        return err_set(
            err, ERR_ENVIRONMENT,
            "no RabbitMQ server: rabbitmq-server is neither in %s nor in PATH; set stack.rabbitmq "
            "to a URL, or install the package rabbitmq-server by hand: it starts a broker of the "
            "whole machine, unless a file /usr/sbin/policy-rc.d that exits with 101 forbids it",
            given ? given : place);
    *ret_path = path;
    return 0;
}

int lookup_java(char **ret_path, struct err *err)
{
    const char *home = getenv("JAVA_HOME");
    char *path = home ? try_in(home, strlen(home), "bin/java") : NULL;
    if (!path && lookup_program("java", NULL, NULL, &path, NULL))
        return err_set(err, ERR_ENVIRONMENT,
                       "no java in JAVA_HOME (%s) or PATH; Apache Kafka needs Java 17",
                       home ? home : "not set");
    *ret_path = path;
    return 0;
}

char *lookup_own_dir(void)
{
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0)
        return NULL;
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    return slash ? strndup(path, (size_t)(slash - path)) : NULL;
}
