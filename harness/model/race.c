#include "model/race.h"

#include <stdlib.h>

void race_free(struct race *race)
{
    free(race->v);
    *race = (struct race){0};
}
