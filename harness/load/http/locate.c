#include "load/http/locate.h"

#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

int locate(const char *dir, const char *name, char **ret_path, struct err *err)
{
    if (!name)
        return 0;
    bool relative = name[0] != '/' && dir && *dir;
    if (asprintf(ret_path, "%s%s%s", relative ? dir : "", relative ? "/" : "", name) < 0) {
        *ret_path = NULL;
        return err_set(err, ERR_MEMORY, "out of memory");
    }
    if (access(*ret_path, R_OK))
        return err_set(err, ERR_USAGE,
                       "%s: cannot be read: is it there, and yours to read? what a scenario names "
                       "is looked for beside the scenario's file",
                       *ret_path);
    return 0;
}
