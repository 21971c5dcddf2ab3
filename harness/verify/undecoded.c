#include "verify/undecoded.h"

void undecoded_say(const struct case_file *facts, const struct produced *list, size_t count,
                   bool dead, struct finding *finding)
{
    const struct spec_pipeline *spec = facts->run->scenario->evidence.pipeline;
    const char *prefix = dead ? "dead_letter_" : "";
    enum value_format value = spec ? dead ? spec->dead_letter_value : spec->value : VALUE_INT64;
    const char *pointer = spec ? dead ? spec->dead_letter_pointer : spec->pointer : NULL;
    finding_set(finding, VERDICT_UNKNOWN,
                "%zu of %zu records cannot be read as a user, so who is in the %s%s is not "
                "known%s%s",
                count, list->count, dead ? "dead-letter " : "", facts->queue,
                list->undecoded[0] ? "; one holds " : "", list->undecoded);
    if (value == VALUE_JSON)
        finding_hint(finding,
                     "evidence.pipeline.%spointer: '%s' leads to no user in it; JSON within a text "
                     "of JSON, or within base64, is not looked into",
                     prefix, pointer ? pointer : "");
    else if (value == VALUE_TEXT)
        finding_hint(finding,
                     "evidence.pipeline.%svalue is text, and that is no user as it was sent: no "
                     "blanks, no leading zeros; or is it json, with evidence.pipeline.%spointer?",
                     prefix, prefix);
    else
        finding_hint(finding,
                     "say how a record holds the user: evidence.pipeline.%svalue: int64, text or "
                     "json, with evidence.pipeline.%spointer",
                     prefix, prefix);
}
