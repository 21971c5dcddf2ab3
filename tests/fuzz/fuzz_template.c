/* links: load */
/* covers: harness/load/http/template.c harness/load/http/escape.c */
/* Templates: whatever compiles renders within the room that was promised. */
#include "fuzz.h"
#include "load/http/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static char *cells[] = {(char *)"token", (char *)"name", (char *)"a b/\"\n\xe2\x82",
                            (char *)"",      (char *)"x",    (char *)"{{user}}"};
    static struct roster *roster;
    int64_t user = INT64_MIN;
    roster = roster ? roster : roster_texts(false);
    struct feeder feeder = {.cells = cells, .columns = 2, .rows = 2};
    if (size < 1)
        return 0;
    char *text = fuzz_text(bytes + 1, size - 1);
    struct template *template = NULL;
    struct err err = {0};
    enum escape escape = (enum escape)(bytes[0] % 4);
    if (bytes[0] & 8 && roster_read(roster, text, strlen(text), &user))
        feeder.roster = roster;
    if (template_compile(text, escape, bytes[0] & 4 ? &feeder : NULL, &template, &err)) {
        MUST(err.message[0]);
    } else {
        struct template_values values = {.user = user, .seq = UINT64_MAX, .row = bytes[0] >> 3};
        struct rng rng;
        rng_seed(&rng, 1);
        template_make_uuid(&rng, values.uuid);
        char *rendered = malloc(template_room(template));
        MUST(rendered);
        size_t length = template_render(template, &values, rendered);
        (void)template_is_constant(template);
        (void)template_uses_uuid(template);
        MUST(length < template_room(template) && rendered[length] == '\0');
        free(rendered);
    }
    template_free(template);
    free(text);
    return 0;
}
