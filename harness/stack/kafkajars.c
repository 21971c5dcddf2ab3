#include "stack/kafkajars.h"

#include <ctype.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "stack/cachedir.h"

#define PATH_SIZE 4096

static void cleanup_glob(glob_t *list)
{
    globfree(list);
}

int kafkajars_compare(const char *left, const char *right)
{
    while (*left || *right) {
        char *left_end, *right_end;
        long a = strtol(left, &left_end, 10), b = strtol(right, &right_end, 10);
        if (a != b)
            return a < b ? -1 : 1;
        if (left_end == left || right_end == right)
            return strcmp(left, right);
        left = left_end + (*left_end == '.');
        right = right_end + (*right_end == '.');
    }
    return 0;
}

/* The version in the name of the broker's jar, kafka_2.13-4.0.0.jar; false when libs has no such
 * jar. */
static bool read_version(const char *libs, char *ret_version, size_t size)
{
    _cleanup_free_ char *pattern = NULL;
    _cleanup_(cleanup_glob) glob_t list = {0};
    if (asprintf(&pattern, "%s/kafka_2.1[23]-[0-9]*.jar", libs) < 0 ||
        glob(pattern, 0, NULL, &list) != 0)
        return false;
    for (size_t i = 0; i < list.gl_pathc; i++) {
        const char *name = strrchr(list.gl_pathv[i], '/') + 1, *dash = strchr(name, '-');
        size_t length = strlen(dash + 1) - strlen(".jar");
        if (strspn(dash + 1, "0123456789.") < length)
            continue; /* -test, -sources … */
        snprintf(ret_version, size, "%.*s", (int)length, dash + 1);
        return true;
    }
    return false;
}

static void fetched_dir(char *ret_dir, size_t size)
{
    const char *given = getenv("RUSHPROOF_KAFKA_DIR");
    if (given)
        snprintf(ret_dir, size, "%s", given);
    else if (!cachedir_path("kafka", ret_dir, size))
        snprintf(ret_dir, size, "/.cache/rushproof/kafka");
}

/* The newest of the directories below dir that holds a broker and fits. */
static bool find_fetched(const char *dir, const char *version, char *ret_libs, char *ret_version,
                         size_t size)
{
    _cleanup_free_ char *pattern = NULL;
    _cleanup_(cleanup_glob) glob_t list = {0};
    char found[64];
    ret_version[0] = '\0';
    if (asprintf(&pattern, "%s/*/libs", dir) < 0 || glob(pattern, GLOB_ONLYDIR, NULL, &list) != 0)
        return false;
    for (size_t i = 0; i < list.gl_pathc; i++) {
        if (!read_version(list.gl_pathv[i], found, sizeof found) ||
            (version && strcmp(version, found) != 0) || kafkajars_compare(found, ret_version) <= 0)
            continue;
        snprintf(ret_version, size, "%s", found);
        snprintf(ret_libs, PATH_SIZE, "%s", list.gl_pathv[i]);
    }
    return ret_version[0];
}

int kafkajars_find(const char *version, char **ret_libs, char *ret_version, size_t version_size,
                   struct err *err)
{
    char libs[PATH_SIZE] = "", fetched[PATH_SIZE], found[64] = "";
    const char *home = getenv("KAFKA_HOME");
    if (home)
        snprintf(libs, sizeof libs, "%s/libs", home);
    bool there = home && read_version(libs, found, sizeof found) &&
                 (!version || strcmp(version, found) == 0);
    fetched_dir(fetched, sizeof fetched);
    if (!there)
        there = find_fetched(fetched, version, libs, found, sizeof found);
    if (!there)
        return err_set(err, ERR_ENVIRONMENT,
                       "no Apache Kafka%s%s: its jars are neither in KAFKA_HOME (%s) nor in %s; "
                       "fetch them with: "
                       "rushproof-fetch-kafka%s%s",
                       version ? " " : "", version ? version : "", home ? home : "not set", fetched,
                       version ? " " : "", version ? version : "");
    char *copy = strdup(libs);
    if (!copy)
        return err_set(err, ERR_MEMORY, "out of memory");
    *ret_libs = copy;
    snprintf(ret_version, version_size, "%s", found);
    return 0;
}
