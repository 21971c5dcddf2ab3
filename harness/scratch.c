#include "scratch.h"

#include <errno.h>
#include <fts.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int scratch_make(const char *word, char ret_dir[static PATH_MAX], struct err *err)
{
    const char *below = getenv("TMPDIR");
    below = below && *below ? below : "/tmp";
    snprintf(ret_dir, PATH_MAX, "%s/rushproof-%s-XXXXXX", below, word);
    return mkdtemp(ret_dir)
               ? 0
               : err_errno(err, ERR_ENVIRONMENT, errno, "cannot make a directory in %s", below);
}

void scratch_remove(const char *dir)
{
    char *const roots[] = {(char *)(uintptr_t)dir, NULL};
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    for (FTSENT *found; walk && (found = fts_read(walk)) != NULL;)
        if (found->fts_info != FTS_D)
            remove(found->fts_accpath);
    if (walk)
        fts_close(walk);
}
