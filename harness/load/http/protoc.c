#include "load/http/protoc.h"

#include <errno.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/printable.h"

extern char **environ;

enum { SAID_MAX = 600, DIRS_MAX = 20, ARGUMENTS = 6 };

static int read_all(int fd, struct buf *buf)
{
    char bytes[16384];
    ssize_t count;
    if (lseek(fd, 0, SEEK_SET) < 0)
        return -1;
    while ((count = read(fd, bytes, sizeof bytes)) > 0)
        if (buf_add(buf, bytes, (size_t)count))
            return -1;
    return count < 0 ? -1 : 0;
}

/* Its output goes to out and to said; returns its exit code, or an errno below 0. */
static int run(char *const *arguments, int out, int said)
{
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status = 0;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", 0, 0);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, said, STDERR_FILENO);
    int error = posix_spawnp(&pid, arguments[0], &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error)
        return -error;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int complain(const char *file, int said, struct err *err)
{
    _cleanup_(buf_free) struct buf text;
    char shown[SAID_MAX] = "";
    buf_init(&text, 1 << 20);
    if (!read_all(said, &text))
        printable(buf_text(&text), text.used, shown, sizeof shown);
    return err_set(err, ERR_USAGE, "%s: protoc says: %s%s", file, shown,
                   strstr(shown, "google/protobuf/")
                       ? " (Debian's libprotobuf-dev has the files of google/protobuf)"
                       : "");
}

static int collect(const char *file, int code, int out, int said, struct buf *ret_bytes,
                   struct err *err)
{
    if (code == -ENOENT)
        return err_set(
            err, ERR_ENVIRONMENT,
            "%s: there is no protoc in PATH, which reads .proto files; install Debian's "
            "protobuf-compiler, or give a descriptor set that protoc has made elsewhere: "
            "protoc --include_imports --descriptor_set_out=FILE.pb …",
            file);
    if (code < 0)
        return err_errno(err, ERR_ENVIRONMENT, -code, "%s: protoc cannot be started", file);
    if (code)
        return complain(file, said, err);
    return read_all(out, ret_bytes) ? err_set(err, ERR_MEMORY, "%s describes too much", file) : 0;
}

int protoc_describe(const char *file, const char *const *dirs, size_t dirs_count,
                    struct buf *ret_bytes, struct err *err)
{
    char *arguments[DIRS_MAX + ARGUMENTS] = {(char *)"protoc", (char *)"--include_imports",
                                             (char *)"--descriptor_set_out=/dev/stdout"};
    size_t count = 3;
    int rc = 0;
    for (size_t i = 0; i < dirs_count && i < DIRS_MAX && !rc; i++, count++)
        if (asprintf(&arguments[count], "-I%s", dirs[i]) < 0) {
            arguments[count] = NULL;
            rc = err_set(err, ERR_MEMORY, "out of memory");
        }
    size_t made = count;
    arguments[count] = (char *)(uintptr_t)file;
    int out = memfd_create("descriptors", MFD_CLOEXEC), said = memfd_create("said", MFD_CLOEXEC);
    if (!rc && (out < 0 || said < 0))
        rc = err_errno(err, ERR_ENVIRONMENT, errno, "no room for what protoc says");
    if (!rc)
        rc = collect(file, run(arguments, out, said), out, said, ret_bytes, err);
    close(out);
    close(said);
    for (size_t i = 3; i < made; i++)
        free(arguments[i]);
    return rc;
}
