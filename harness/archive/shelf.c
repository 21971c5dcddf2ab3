#include "archive/shelf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "report/past.h"

/* A directory with a run in it, or what was left of one. */
struct place {
    char *dir; /* owned; from the root */
    time_t changed;
    bool has_result, has_page;
};

struct places {
    struct place *v; /* owned */
    size_t count, room;
};

struct walk {
    struct places places;
    struct past_runs *runs;
    struct err *err;
};

static void cleanup_json(json_t **json)
{
    json_decref(*json);
}

static void cleanup_dir(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

static void free_places(struct places *places)
{
    for (size_t i = 0; i < places->count; i++)
        free(places->v[i].dir);
    free(places->v);
}

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEMORY, "no memory for the runs of a directory");
}

static int add_place(struct walk *walk, const char *dir, const struct place *found)
{
    struct places *places = &walk->places;
    if (places->count == places->room) {
        size_t room = places->room ? 2 * places->room : 64;
        struct place *v = reallocarray(places->v, room, sizeof *v);
        if (!v)
            return no_memory(walk->err);
        places->v = v;
        places->room = room;
    }
    struct place *place = &places->v[places->count];
    *place = *found;
    place->dir = strdup(dir);
    places->count += place->dir != NULL;
    return place->dir ? 0 : no_memory(walk->err);
}

/* ---- the walk ---- */

static bool has(int fd, const char *name, struct stat *ret_status)
{
    return !fstatat(fd, name, ret_status, AT_SYMLINK_NOFOLLOW);
}

/* Is it a run's directory, rather than one of directories? Then it ends the walk there. */
static bool is_run(int fd, struct walk *walk, struct place *ret_place)
{
    struct stat result, other;
    if (has(fd, "explore.json", &other)) {
        walk->runs->explorations++;
        *ret_place = (struct place){0};
        return true;
    }
    *ret_place = (struct place){.has_page = has(fd, "report.html", &other)};
    ret_place->has_result = has(fd, "result.json", &result);
    if (ret_place->has_result)
        ret_place->changed = result.st_mtime;
    else if (has(fd, "rushproof.log", &other) || has(fd, "history.csv", &other))
        ret_place->changed = other.st_mtime;
    return ret_place->changed != 0;
}

static int walk_into(struct walk *walk, int parent, const char *name, const char *dir, int depth);

static int walk_entries(struct walk *walk, DIR *entries, const char *dir, int depth)
{
    int rc = 0;
    for (const struct dirent *entry; !rc && (entry = readdir(entries));) {
        char path[PATH_MAX];
        if (*entry->d_name == '.' || (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN))
            continue;
        int length = snprintf(path, sizeof path, "%s%s%s", dir, *dir ? "/" : "", entry->d_name);
        if (length > 0 && (size_t)length < sizeof path)
            rc = walk_into(walk, dirfd(entries), entry->d_name, path, depth);
    }
    return rc;
}

/* What cannot be opened, or is no directory after all, holds no run for us. */
static int walk_into(struct walk *walk, int parent, const char *name, const char *dir, int depth)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    _cleanup_(cleanup_dir) DIR *entries = fd < 0 ? NULL : fdopendir(fd);
    struct place place;
    if (!entries) {
        if (fd >= 0)
            close(fd);
        return errno == EACCES ? past_runs_trouble(walk->runs, dir, "may not be read", walk->err)
                               : 0;
    }
    if (is_run(fd, walk, &place))
        return place.changed ? add_place(walk, dir, &place) : 0;
    return depth < SHELF_DEPTH ? walk_entries(walk, entries, dir, depth + 1) : 0;
}

/* ---- which of them ---- */

static size_t parent_length(const char *dir)
{
    const char *slash = strrchr(dir, '/');
    return slash ? (size_t)(slash - dir) : 0;
}

/* The newest first; the names of runs begin with their time. */
static int newest_first(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->changed != y->changed)
        return x->changed > y->changed ? -1 : 1;
    return strcmp(y->dir, x->dir);
}

static size_t siblings_among(const struct places *places, size_t count, const char *dir)
{
    size_t length = parent_length(dir), found = 0;
    for (size_t i = 0; i < count; i++)
        found +=
            parent_length(places->v[i].dir) == length && !strncmp(places->v[i].dir, dir, length);
    return found;
}

/* Those that are read come first; tells how many. */
static size_t choose(struct places *places)
{
    size_t chosen = 0;
    if (places->count)
        qsort(places->v, places->count, sizeof *places->v, newest_first);
    for (size_t i = 0; i < places->count && chosen < SHELF_ALL; i++) {
        struct place place = places->v[i];
        if (chosen >= SHELF_RUNS && siblings_among(places, chosen, place.dir) >= SHELF_RUNS)
            continue;
        places->v[i] = places->v[chosen];
        places->v[chosen++] = place;
    }
    return chosen;
}

/* ---- reading ---- */

/* NULL: ret_why says why. */
static json_t *read_result(int root, const char *dir, char *ret_why, size_t size)
{
    char path[PATH_MAX];
    struct stat status;
    json_error_t where;
    int length = snprintf(path, sizeof path, "%s/result.json", dir);
    int fd = length < 0 || (size_t)length >= sizeof path
                 ? -1
                 : openat(root, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    _cleanup_fclose_ FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
    if (!file || fstat(fd, &status)) {
        snprintf(ret_why, size, "result.json: %s", strerrordesc_np(errno));
        return NULL;
    }
    if (!S_ISREG(status.st_mode) || status.st_size > SHELF_RESULT_BYTES) {
        snprintf(ret_why, size, "result.json is no file, or too large for one");
        return NULL;
    }
    json_t *result = json_loadf(file, 0, &where);
    char text[JSON_ERROR_TEXT_LENGTH];
    if (!result) {
        printable(where.text, strlen(where.text), text, sizeof text);
        snprintf(ret_why, size, "result.json:%d: %s", where.line > 0 ? where.line : 1, text);
    }
    return result;
}

static int read_place(int root, const struct place *place, struct past_runs *runs, struct err *err)
{
    char why[512] = "no result.json: cut off, or not over yet";
    _cleanup_(cleanup_json) json_t *result =
        place->has_result ? read_result(root, place->dir, why, sizeof why) : NULL;
    return result ? past_runs_add(runs, place->dir, place->has_page, result, err)
                  : past_runs_trouble(runs, place->dir, why, err);
}

int shelf_read(const char *root, struct past_runs *ret_runs, struct err *err)
{
    struct walk walk = {.runs = ret_runs, .err = err};
    _cleanup_(cleanup_dir) DIR *entries = opendir(root);
    if (!entries)
        return err_errno(err, ERR_ENVIRONMENT, errno, "cannot read the directory %s", root);
    int rc = walk_entries(&walk, entries, "", 1);
    size_t chosen = rc ? 0 : choose(&walk.places);
    for (size_t i = 0; !rc && i < chosen; i++)
        rc = read_place(dirfd(entries), &walk.places.v[i], ret_runs, err);
    ret_runs->older = walk.places.count - chosen;
    free_places(&walk.places);
    if (!rc)
        past_runs_sort(ret_runs);
    return rc;
}
