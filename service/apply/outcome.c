#include "apply/outcome.h"

const struct outcome_answer outcome_answers[OUTCOME_COUNT] = {
    [OUTCOME_ACCEPTED] = {202, "Accepted", "accepted"},
    [OUTCOME_SOLD_OUT] = {410, "Gone", "sold_out"},
    [OUTCOME_ALREADY] = {409, "Conflict", "already_applied"},
    [OUTCOME_TOO_LATE] = {409, "Conflict", "too_late"},
    [OUTCOME_BAD] = {400, "Bad Request", "bad_request"},
    [OUTCOME_NO_PATH] = {404, "Not Found", "not_found"},
    [OUTCOME_BAD_METHOD] = {405, "Method Not Allowed", "method_not_allowed"},
    [OUTCOME_TOO_LARGE] = {413, "Payload Too Large", "too_large"},
    [OUTCOME_UNAVAILABLE] = {503, "Service Unavailable", "unavailable"},
};
