#include "scenario/library.h"

#include <fts.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "scenario/scenario.h"
#include "scenario/tree.h"

static const char suffix[] = ".yaml";

enum { DIRS_MAX = 8 };

struct dirs {
    char v[DIRS_MAX][PATH_MAX];
    size_t count;
};

static bool is_dir(const char *path)
{
    struct stat info;
    return !stat(path, &info) && S_ISDIR(info.st_mode);
}

static bool is_file(const char *path)
{
    struct stat info;
    return !stat(path, &info) && !S_ISDIR(info.st_mode);
}

static void add_dir(struct dirs *dirs, const char *base, const char *below)
{
    if (dirs->count == DIRS_MAX)
        return;
    char *dir = dirs->v[dirs->count];
    if ((size_t)snprintf(dir, PATH_MAX, "%s%s", base, below) < PATH_MAX && is_dir(dir))
        dirs->count++;
}

static void find_dirs(const char *program_dir, struct dirs *dirs)
{
    const char *own = getenv("RUSHPROOF_SCENARIOS");
    if (own && *own)
        add_dir(dirs, own, "");
    add_dir(dirs, ".", "/scenarios");
    add_dir(dirs, program_dir, "/../share/rushproof/scenarios");
    static const char *const above[] = {"/scenarios", "/../scenarios", "/../../scenarios",
                                        "/../../../scenarios"};
    for (size_t i = 0; i < sizeof above / sizeof *above; i++)
        add_dir(dirs, program_dir, above[i]);
}

/* ---- listing ---- */

/* The description as one line; the scenario need not be valid. */
static char *describe(const char *path)
{
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, TREE_BYTES_MAX);
    _cleanup_(tree_free) struct tree tree;
    tree_init(&tree);
    struct err err = {0};
    int rc = scenario_read(path, &text, &err);
    if (!rc)
        rc = tree_parse(&tree, path, buf_text(&text), false, &tree.root, &err);
    const char *found = rc ? err.message : node_find_text(tree.root, "description");
    char *line = strdup(found ? found : "");
    for (char *at = line; at && *at; at++)
        if (*at == '\n')
            *at = ' ';
    return line;
}

static int add_entry(struct library *library, const char *name, size_t length, const char *path)
{
    for (size_t i = 0; i < library->count; i++)
        if (strlen(library->v[i].name) == length && !strncmp(library->v[i].name, name, length))
            return 0;
    if (library->count == library->room) {
        size_t room = library->room ? library->room * 2 : 32;
        struct library_entry *v = realloc(library->v, room * sizeof *v);
        if (!v)
            return -(int)ERR_MEMORY;
        library->v = v;
        library->room = room;
    }
    struct library_entry *entry = &library->v[library->count++];
    *entry = (struct library_entry){strndup(name, length), strdup(path), describe(path)};
    return entry->name && entry->path && entry->description ? 0 : -(int)ERR_MEMORY;
}

static int add_all(struct library *library, char *dir)
{
    char *const roots[] = {dir, NULL};
    FTS *walk = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, NULL);
    if (!walk)
        return 0;
    size_t base = strlen(dir) + 1, tail = strlen(suffix);
    int rc = 0;
    for (FTSENT *found; !rc && (found = fts_read(walk)) != NULL;) {
        size_t length = found->fts_pathlen;
        if (found->fts_info == FTS_F && length > base + tail &&
            !strcmp(found->fts_path + length - tail, suffix))
            rc = add_entry(library, found->fts_path + base, length - base - tail, found->fts_path);
    }
    fts_close(walk);
    return rc;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct library_entry *)a)->name, ((const struct library_entry *)b)->name);
}

int library_list(const char *program_dir, struct library *ret_library, struct err *err)
{
    struct dirs dirs = {0};
    struct library library = {0};
    find_dirs(program_dir, &dirs);
    for (size_t i = 0; i < dirs.count; i++) {
        if (add_all(&library, dirs.v[i])) {
            library_free(&library);
            return err_set(err, ERR_MEMORY, "out of memory");
        }
    }
    if (library.count)
        qsort(library.v, library.count, sizeof *library.v, by_name);
    *ret_library = library;
    return 0;
}

void library_free(struct library *library)
{
    for (size_t i = 0; i < library->count; i++) {
        free(library->v[i].name);
        free(library->v[i].path);
        free(library->v[i].description);
    }
    free(library->v);
    *library = (struct library){0};
}

/* ---- finding one ---- */

static int not_found(const char *program_dir, const char *name, struct err *err)
{
    if (is_dir(name))
        return err_set(err, ERR_USAGE, "%s: is a directory; allowed: a scenario's name or file",
                       name);
    _cleanup_(library_free) struct library library = {0};
    int rc = library_list(program_dir, &library, err);
    if (rc)
        return rc;
    const char **names = calloc(library.count + 1, sizeof *names);
    for (size_t i = 0; names && i < library.count; i++)
        names[i] = library.v[i].name;
    const char *guess = words_suggest(names, name);
    free(names);
    if (guess)
        return err_set(err, ERR_USAGE, "there is no scenario '%s'; did you mean '%s'?", name,
                       guess);
    if (!library.count)
        return err_set(
            err, ERR_USAGE,
            "there is no scenario '%s', nor any other in ./scenarios or "
            "%s/../share/rushproof/scenarios; RUSHPROOF_SCENARIOS names another directory",
            name, program_dir);
    return err_set(err, ERR_USAGE, "there is no scenario '%s'", name);
}

int library_find(const char *program_dir, const char *name, char **ret_path, struct err *err)
{
    struct dirs dirs = {0};
    char path[2 * PATH_MAX];
    snprintf(path, sizeof path, "%s", name);
    find_dirs(program_dir, &dirs);
    bool found = is_file(name);
    for (size_t i = 0; i < dirs.count * 2 && !found; i++) {
        snprintf(path, sizeof path, "%s/%s%s", dirs.v[i / 2], name, i % 2 ? "" : suffix);
        found = is_file(path);
    }
    if (!found)
        return not_found(program_dir, name, err);
    char *copy = strdup(path);
    if (!copy)
        return err_set(err, ERR_MEMORY, "out of memory");
    *ret_path = copy;
    return 0;
}
