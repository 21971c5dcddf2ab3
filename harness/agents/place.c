/* Which of how many agents this one is, by what the engine that placed it says. */
#include <stddef.h>

#include "agents/member.h"
#include "base/units.h"
#include "model/agents.h"

static const struct {
    const char *rank, *size; /* size NULL: it does not say */
} engines[] = {
    {"RUSHPROOF_RANK", "RUSHPROOF_AGENTS"},
    {"JOB_COMPLETION_INDEX", NULL},
    {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
    {"PMI_RANK", "PMI_SIZE"},
    {"SLURM_PROCID", "SLURM_NTASKS"},
};

static int read_number(const char *name, const char *text, int64_t low, int64_t *ret_value,
                       struct err *err)
{
    if (!units_parse_int(text, low, AGENTS_MAX - 1 + low, ret_value, NULL))
        return 0;
    return err_set(err, ERR_USAGE, "%s=%.32s; allowed: %d to %d", name, text, (int)low,
                   (int)(AGENTS_MAX - 1 + low));
}

int member_place(const char *(*lookup)(const char *name), int64_t *ret_rank, int64_t *ret_size,
                 struct err *err)
{
    int64_t rank = -1, size = 0;
    int rc = 0;
    for (size_t i = 0; i < sizeof engines / sizeof *engines && rank < 0 && !rc; i++) {
        const char *told = lookup(engines[i].rank);
        const char *of = told && engines[i].size ? lookup(engines[i].size) : NULL;
        if (told && *told)
            rc = read_number(engines[i].rank, told, 0, &rank, err);
        if (!rc && of && *of)
            rc = read_number(engines[i].size, of, 1, &size, err);
    }
    if (rc)
        return rc;
    *ret_rank = rank;
    *ret_size = size;
    return 0;
}
