#include "stack/prepared.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "stack/cachedir.h"
#include "stack/ready.h"
#include "stack/snapshot.h"
#include "stack/spread.h"

#define MAKE_TIMEOUT (60 * NS_PER_S)
#define KEY_MAX      16384
#define ENDING       ".tree"
#define UNUSED_DAYS  30 /* after which a kept directory goes when another one is made */

/* ---- making one ---- */

static uid_t uid_of(const struct server *server)
{
    return server->child.uid == LAUNCH_SAME ? geteuid() : server->child.uid;
}

/* initdb asks for the name of its user, and a container may run as one who has none. A library of
 * Debian's lends one, as in the official image of Postgres; where it is missing, the loader says so
 * and goes on without. */
static void lend_name(const struct server *server, struct texts *env)
{
    char path[sizeof server->dir + 8];
    snprintf(path, sizeof path, "%s/passwd", server->dir);
    _cleanup_fclose_ FILE *file = fopen(path, "we");
    if (!file)
        return;
    fprintf(file, "rushproof:x:%u:%u::/:/bin/false\n", uid_of(server), getegid());
    texts_set(env, "LD_PRELOAD", "libnss_wrapper.so");
    texts_set(env, "NSS_WRAPPER_PASSWD", path);
    texts_set(env, "NSS_WRAPPER_GROUP", "/etc/group");
}

/* In /etc/passwd or wherever users are; servers are started on threads of their own. */
static bool has_name(const struct server *server)
{
    char texts[4096];
    struct passwd entry, *found = NULL;
    return !getpwuid_r(uid_of(server), &entry, texts, sizeof texts, &found) && found;
}

static void as_server(struct child *child, const struct server *server, const char *name)
{
    child_init(child, server->place->launcher, name);
    child->uid = server->child.uid;
    child->gid = server->child.gid;
    child->finish_signal = SIGTERM; /* it lets its own server end, which then leaves no memory */
    child->dir = strdup(server->dir);
    texts_environment(&child->env);
    if (!has_name(server))
        lend_name(server, &child->env);
}

/* Starts it with the text as its input, and waits for its end. Whether one that has ended before it
 * read anything was right to is told by its exit code. */
static int carry_out(struct child *child, const struct server *server, const char *input,
                     struct err *err)
{
    child->wants_talk = input != NULL;
    int result = child_log(child, server->place->logs, err);
    if (result == 0)
        result = child_start(child, err);
    if (result == 0 && input && send(child->talk, input, strlen(input), MSG_NOSIGNAL) < 0 &&
        errno != EPIPE)
        result = err_errno(err, ERR_ENVIRONMENT, errno, "cannot talk to %s", child->name);
    if (result == 0 && input)
        shutdown(child->talk, SHUT_WR);
    return result ? result : ready_wait_end(child, MAKE_TIMEOUT, server->place->halt, err);
}

int prepared_run(const struct server *server, const char *name, const struct texts *argv,
                 const char *input, struct err *err)
{
    struct child child;
    as_server(&child, server, name);
    for (size_t i = 0; i < argv->count; i++)
        texts_add(&child.argv, argv->v[i]);
    int result = carry_out(&child, server, input, err);
    child_free(&child);
    return result;
}

/* ---- what it was made of ---- */

static int ask_version(const struct server *server, const struct recipe *recipe, char *ret_line,
                       size_t size, struct err *err)
{
    struct child child;
    as_server(&child, server, server->child.name);
    texts_add(&child.argv, recipe->program);
    for (size_t i = 0; recipe->version[i]; i++)
        texts_add(&child.argv, recipe->version[i]);
    int result = carry_out(&child, server, "", err);
    ssize_t got = result ? 0 : recv(child.talk, ret_line, size - 1, MSG_DONTWAIT);
    ret_line[got > 0 ? got : 0] = '\0';
    ret_line[strcspn(ret_line, "\n")] = '\0';
    child_free(&child);
    return result;
}

/* The version is the server's own word; the file tells one of its builds from another, with their
 * block sizes. */
static int make_key(const struct server *server, const struct recipe *recipe, struct buf *key,
                    struct err *err)
{
    char version[128];
    struct stat file = {0};
    struct utsname machine = {0};
    int result = ask_version(server, recipe, version, sizeof version, err);
    if (result)
        return result;
    stat(recipe->program, &file);
    uname(&machine);
    (void)buf_addf(key, "rushproof %s\n%s\n%s %lld bytes of %lld\n%s\n", RUSHPROOF_VERSION, version,
                   recipe->program, (long long)file.st_size, (long long)file.st_mtime,
                   machine.machine);
    for (const char *const *option = recipe->options; *option; option++)
        (void)buf_addf(key, "%s\n", *option);
    (void)buf_addf(
        key, "%016llx",
        (unsigned long long)snapshot_digest(recipe->statements, strlen(recipe->statements)));
    return key->failed ? err_set(err, ERR_MEMORY, "out of memory") : 0;
}

/* ---- keeping it ---- */

struct cache {
    int dir; /* -1: none */
    struct buf key;
    char name[64];
};

static void close_dir(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

/* Directories for servers that are gone would stay for ever. */
static void remove_unused(const struct cache *cache)
{
    struct stat status;
    time_t old = time(NULL) - UNUSED_DAYS * 24 * 3600;
    int fd = openat(cache->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    _cleanup_(close_dir) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    for (struct dirent *item; dir && (item = readdir(dir));) {
        const char *ending = strstr(item->d_name, ENDING);
        if (ending && fstatat(cache->dir, item->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
            status.st_mtime < old)
            unlinkat(cache->dir, item->d_name, 0);
    }
}

static void keep(const struct server *server, const struct cache *cache, const char *tree)
{
    struct err err = {0};
    if (cache->dir < 0)
        return;
    remove_unused(cache);
    if (snapshot_save(tree, buf_text(&cache->key), cache->dir, cache->name, &err))
        log_info("stack", "%s: the data directory is not kept: %s", server->child.name,
                 err.message);
}

/* *ret_copied: the tree is there. Only a tree that cannot be written is an error. */
static int use_kept(const struct server *server, const struct cache *cache, const char *tree,
                    bool *ret_copied, struct err *err)
{
    struct err why = {0};
    if (cache->dir < 0)
        return 0;
    if (snapshot_restore(cache->dir, cache->name, buf_text(&cache->key), tree, server->child.uid,
                         server->child.gid, &why) == 0) {
        utimensat(cache->dir, cache->name, NULL, 0); /* it is in use; a cache may be read-only */
        *ret_copied = true;
        return 0;
    }
    if (why.code == ERR_ENVIRONMENT)
        return err_set(err, why.code, "the data directory of %s, %s: %s", server->child.name, tree,
                       why.message);
    if (!why.retriable)
        log_warn("stack", "%s: the kept data directory is made anew: %s", server->child.name,
                 why.message);
    return 0;
}

static void open_cache(const struct server *server, const struct recipe *recipe,
                       struct cache *cache)
{
    char why[4096];
    struct err err = {0};
    buf_init(&cache->key, KEY_MAX);
    cache->dir = cachedir_open(server->child.name, why, sizeof why);
    if (cache->dir >= 0 && make_key(server, recipe, &cache->key, &err)) {
        snprintf(why, sizeof why, "%s", err.message);
        close(cache->dir);
        cache->dir = -1;
    }
    if (cache->dir < 0)
        log_info("stack", "%s: no cache for its data directory: %s", server->child.name, why);
    snprintf(cache->name, sizeof cache->name, "%016llx" ENDING,
             (unsigned long long)snapshot_digest(buf_text(&cache->key), cache->key.used));
}

static int make(const struct server *server, const struct recipe *recipe, const char *tree,
                struct err *err)
{
    int why = spread_mkdir(tree);
    if (!why && server->child.uid != LAUNCH_SAME &&
        chown(tree, server->child.uid, server->child.gid) < 0)
        why = errno;
    if (why)
        return err_errno(err, ERR_ENVIRONMENT, why, "cannot make %s", tree);
    int result = recipe->make(server, recipe, tree, err);
    if (result && !has_name(server))
        return err_prefix(err,
                          "user %u has no entry in /etc/passwd, and initdb wants its name: install "
                          "libnss-wrapper, or be another user",
                          uid_of(server));
    return result;
}

int prepared_make(struct server *server, const struct recipe *recipe, struct err *err)
{
    struct cache cache;
    bool copied = false;
    char tree[sizeof server->dir + 8];
    snprintf(tree, sizeof tree, "%s/data", server->dir);
    open_cache(server, recipe, &cache);
    int result = use_kept(server, &cache, tree, &copied, err);
    if (result == 0 && !copied && (result = make(server, recipe, tree, err)) == 0)
        keep(server, &cache, tree);
    if (cache.dir >= 0)
        close(cache.dir);
    buf_free(&cache.key);
    return result;
}
