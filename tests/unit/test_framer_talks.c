/* links: proxy */
/* Recorded conversations of real clients and servers (tests/proxy/talks): what the framers tell of
 * them is in NAME.told beside them, and it is the same wherever the bytes are cut.
 * RUSHPROOF_UPDATE=1 writes these files instead. */
#include <criterion/criterion.h>
#include <dirent.h>

#include "../proxy/talk.h"
#include "../proxy/through.h"

static const char *talks_dir(void)
{
    static char path[512];
    snprintf(path, sizeof path, "%.*s/../proxy/talks", (int)(strrchr(__FILE__, '/') - __FILE__),
             __FILE__);
    return path;
}

/* resp-hello.talk is RESP. */
static const struct framer_ops *protocol_of(const char *name)
{
    char protocol[32];
    snprintf(protocol, sizeof protocol, "%.*s", (int)strcspn(name, "-"), name);
    return framer_find(protocol);
}

/* Feeds every piece cut into parts of `step` bytes; piece `special` is cut once, at `at`. */
static void run(struct through *t, const struct framer_ops *ops, const struct talk *talk,
                size_t step, unsigned special, size_t at)
{
    through_open(t, ops, false);
    for (unsigned i = 0; i < talk->count; i++) {
        enum framer_side side = talk->v[i].server ? FRAMER_SERVER : FRAMER_CLIENT;
        size_t length = talk->v[i].length, part = i == special && at ? at : step ? step : length;
        for (size_t from = 0; from < length; from += part, part = step ? step : length - from)
            through_feed(t, side, talk->v[i].bytes + from,
                         part < length - from ? part : length - from);
    }
}

static void expect_same(const char *name, const char *how, const struct through *want,
                        const struct through *got)
{
    cr_assert(!got->broken, "%s, %s: an edit came too late", name, how);
    if (strcmp(buf_text(&want->told), buf_text(&got->told)) != 0) {
        const char *a = buf_text(&want->told), *b = buf_text(&got->told);
        size_t at = 0;
        while (a[at] == b[at])
            at++;
        while (at > 0 && a[at - 1] != '\n')
            at--;
        cr_assert_fail("%s, %s:\nwhole: %.100s\ncut:   %.100s", name, how, a + at, b + at);
    }
    for (int side = 0; side < 2; side++)
        cr_assert(want->out[side].used == got->out[side].used &&
                      (want->out[side].used == 0 ||
                       memcmp(want->out[side].data, got->out[side].data, got->out[side].used) == 0),
                  "%s, %s: other bytes of side %d", name, how, side);
}

static void expect_told(const char *name, const struct through *t)
{
    char path[1024], got[16384] = "";
    snprintf(path, sizeof path, "%s/%s.told", talks_dir(), name);
    if (getenv("RUSHPROOF_UPDATE")) {
        FILE *file = fopen(path, "w");
        cr_assert(file && fputs(buf_text(&t->told), file) >= 0 && fclose(file) == 0);
    }
    FILE *file = fopen(path, "r");
    cr_assert(file, "%s", path);
    size_t length = fread(got, 1, sizeof got - 1, file);
    fclose(file);
    got[length] = '\0';
    cr_expect_str_eq(buf_text(&t->told), got,
                     "%s is not what was told (RUSHPROOF_UPDATE=1 writes it)", path);
}

static void check(const char *name)
{
    char path[1024];
    struct talk talk;
    struct through whole, cut;
    snprintf(path, sizeof path, "%s/%s.talk", talks_dir(), name);
    cr_assert(talk_read(path, &talk), "%s", path);
    const struct framer_ops *ops = protocol_of(name);
    cr_assert(ops, "%s: no such protocol", name);
    run(&whole, ops, &talk, 0, UINT32_MAX, 0);
    expect_told(name, &whole);
    run(&cut, ops, &talk, 1, UINT32_MAX, 0);
    expect_same(name, "byte by byte", &whole, &cut);
    through_close(&cut);
    for (unsigned i = 0; i < talk.count; i++) {
        for (size_t at = 1; at < talk.v[i].length && at < 1500; at++) {
            char how[64];
            snprintf(how, sizeof how, "piece %u cut at %zu", i, at);
            run(&cut, ops, &talk, 0, i, at);
            expect_same(name, how, &whole, &cut);
            through_close(&cut);
        }
    }
    through_close(&whole);
    talk_free(&talk);
}

Test(framer_talks, are_told_the_same_wherever_they_are_cut, .timeout = 240)
{
    DIR *dir = opendir(talks_dir());
    unsigned count = 0;
    cr_assert(dir, "%s", talks_dir());
    for (struct dirent *entry; (entry = readdir(dir));) {
        char *dot = strrchr(entry->d_name, '.');
        if (!dot || strcmp(dot, ".talk") != 0)
            continue;
        *dot = '\0';
        check(entry->d_name);
        count++;
    }
    closedir(dir);
    cr_expect_gt(count, 0);
}
