#include "store/sqlite_reader.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stddef.h>

#define NAME "rushproof-reader"

static sqlite3_vfs *usual;

static int open_what_is_there(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                              int *ret_flags)
{
    (void)vfs;
    if (flags & SQLITE_OPEN_WAL)
        flags &= ~SQLITE_OPEN_CREATE;
    return usual->xOpen(usual, name, file, flags, ret_flags);
}

static void make(void)
{
    static sqlite3_vfs reader;
    sqlite3_initialize();
    usual = sqlite3_vfs_find(NULL);
    if (!usual)
        return;
    reader = *usual;
    reader.zName = NAME;
    reader.xOpen = open_what_is_there;
    sqlite3_vfs_register(&reader, 0);
}

const char *sqlite_reader(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make);
    return NAME;
}
