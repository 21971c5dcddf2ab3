/* links: load */
/* covers: harness/load/http/template.c harness/load/http/escape.c */
/* Templates: whatever compiles renders within the room that was promised. The first byte says what
 * there is to fill in. */
#include "fuzz.h"
#include "load/http/template.h"

enum { HAS_FEEDER = 4, HAS_ROSTER = 8, HAS_CAPTURED = 16, HAS_ITEMS = 32, HAS_KEY = 64 };

static const struct items *two_items(void)
{
    static int64_t stock[] = {3, 4};
    static struct items items = {.stock = stock, .count = 2};
    int64_t place = 0;
    if (!items.names) {
        MUST(items.names = roster_texts(false));
        MUST(roster_read(items.names, "seat A/1", 8, &place));
        MUST(roster_read(items.names, "\"\xc3\xa9\"", 4, &place));
    }
    return &items;
}

static void renders(const struct template *template, struct template_values *values)
{
    struct rng rng;
    rng_seed(&rng, 1);
    template_make_uuid(&rng, values->uuid);
    char *rendered = malloc(template_room(template));
    MUST(rendered);
    size_t length = template_render(template, values, rendered);
    (void)template_uses_uuid(template);
    MUST(length < template_room(template) && rendered[length] == '\0');
    MUST(!template_is_constant(template) || !template_uses_user(template));
    free(rendered);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static char *cells[] = {(char *)"token", (char *)"name", (char *)"a b/\"\n\xe2\x82",
                            (char *)"",      (char *)"x",    (char *)"{{user}}"};
    static const struct spec_pair names[] = {{(char *)"next", NULL}, {(char *)"id", NULL}};
    static char *const captured[][2] = {{(char *)"http://h:1/a b/%7e?q=\"x\"#end", (char *)"\x01"},
                                        {(char *)"/only\x80path", NULL}};
    static const uint64_t seed = 7;
    static struct roster *roster;
    int64_t user = INT64_MIN;
    roster = roster ? roster : roster_texts(false);
    if (size < 1)
        return 0;
    char *text = fuzz_text(bytes + 1, size - 1);
    struct feeder feeder = {.cells = cells,
                            .columns = 2,
                            .rows = 2,
                            .captured = names,
                            .captured_count = bytes[0] & HAS_CAPTURED ? 2 : 0,
                            .items = bytes[0] & HAS_ITEMS ? two_items() : NULL,
                            .key_seed = bytes[0] & HAS_KEY ? &seed : NULL};
    struct order order = {.asked = bytes[0] & 1 ? ITEM_UNKNOWN : 1, .asked_units = INT64_MAX};
    if (bytes[0] & HAS_ROSTER && roster_read(roster, text, strlen(text), &user))
        feeder.roster = roster;
    struct template *template = NULL;
    struct err err = {0};
    enum escape escape = (enum escape)(bytes[0] % 4);
    if (template_compile(text, escape, bytes[0] & HAS_FEEDER ? &feeder : NULL, &template, &err)) {
        MUST(err.message[0]);
    } else {
        struct template_values values = {.user = user,
                                         .seq = UINT64_MAX,
                                         .row = bytes[0] >> 3,
                                         .order = bytes[0] & 2 ? &order : NULL,
                                         .captured =
                                             bytes[0] & 128 ? NULL : captured[bytes[0] & 1]};
        renders(template, &values);
    }
    template_free(template);
    free(text);
    return 0;
}
