#include "proxy/sql_kind.h"

/* First words. What is not here may write. */
static const struct {
    const char *word;
    enum shape_kind kind;
} firsts[] = {
    {"SELECT", SHAPE_READ},
    {"VALUES", SHAPE_READ},
    {"TABLE", SHAPE_READ},
    {"WITH", SHAPE_READ},
    {"FETCH", SHAPE_READ},
    {"BEGIN", SHAPE_TXN},
    {"START", SHAPE_TXN},
    {"COMMIT", SHAPE_TXN},
    {"END", SHAPE_TXN},
    {"ROLLBACK", SHAPE_TXN},
    {"ABORT", SHAPE_TXN},
    {"SAVEPOINT", SHAPE_TXN},
    {"RELEASE", SHAPE_TXN},
    {"LOCK", SHAPE_TXN},
    {"UNLOCK", SHAPE_TXN},
    {"XA", SHAPE_TXN},
    {"SET", SHAPE_HOUSEKEEPING},
    {"RESET", SHAPE_HOUSEKEEPING},
    {"SHOW", SHAPE_HOUSEKEEPING},
    {"DISCARD", SHAPE_HOUSEKEEPING},
    {"DEALLOCATE", SHAPE_HOUSEKEEPING},
    {"PREPARE", SHAPE_HOUSEKEEPING},
    {"USE", SHAPE_HOUSEKEEPING},
    {"ANALYZE", SHAPE_HOUSEKEEPING},
    {"VACUUM", SHAPE_HOUSEKEEPING},
    {"EXPLAIN", SHAPE_HOUSEKEEPING},
    {"DESCRIBE", SHAPE_HOUSEKEEPING},
    {"DESC", SHAPE_HOUSEKEEPING},
    {"CLOSE", SHAPE_HOUSEKEEPING},
    {"LISTEN", SHAPE_SUBSCRIBE},
    {"UNLISTEN", SHAPE_SUBSCRIBE},
};

static const char *const writes[] = {"INSERT", "UPDATE", "DELETE", "MERGE"};

/* Functions that tell about the session or the server, and change no row. A
 * final '*' stands for any ending. */
static const char *const harmless[] = {"version",  "now",           "current_*",      "nextval",
                                       "currval",  "lastval",       "set_config",     "pg_*",
                                       "database", "connection_id", "last_insert_id", "schema",
                                       "user",     "txid_*",        "clock_timestamp"};
static const char *const locks[] = {"pg_advisory_*", "pg_try_advisory_*", "get_lock",
                                    "release_lock"};
static const char *const sleeps[] = {"pg_sleep*", "sleep"};
static const char *const catalogues[] = {"pg_*", "information_schema*"};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool among(const char *word, size_t length, const char *const *names, size_t count)
{
    for (size_t i = 0; length && i < count; i++) {
        if ((*word | 32) != (*names[i] | 32))
            continue;
        size_t known = strlen(names[i]);
        if (names[i][known - 1] == '*'
                ? length >= known - 1 && strncasecmp(word, names[i], known - 1) == 0
                : sql_word_is(word, length, names[i]))
            return true;
    }
    return false;
}

static void first_word(struct sql_kind *kind, const char *word, size_t length)
{
    kind->begun = true;
    kind->with = sql_word_is(word, length, "WITH");
    kind->set = sql_word_is(word, length, "SET");
    kind->kind = SHAPE_WRITE;
    for (size_t i = 0; i < COUNT(firsts); i++) {
        if (sql_word_is(word, length, firsts[i].word)) {
            kind->kind = firsts[i].kind;
            return;
        }
    }
}

static void function(struct sql_kind *kind, const char *word, size_t length)
{
    if (among(word, length, locks, COUNT(locks)))
        kind->lock = true;
    else if (among(word, length, sleeps, COUNT(sleeps)))
        kind->sleep = true;
    else if (!among(word, length, harmless, COUNT(harmless)))
        kind->call = true;
}

void sql_kind_word(struct sql_kind *kind, const char *word, size_t length, bool opens)
{
    if (!kind->begun)
        return first_word(kind, word, length);
    if (kind->after_from)
        kind->catalogue = kind->catalogue || among(word, length, catalogues, COUNT(catalogues));
    kind->after_from = sql_word_is(word, length, "FROM");
    kind->from = kind->from || kind->after_from;
    if (opens)
        function(kind, word, length);
    if (kind->set && sql_word_is(word, length, "SELECT")) /* SET @n = (SELECT …) of MySQL */
        kind->kind = SHAPE_READ;
    if (kind->with && among(word, length, writes, COUNT(writes)))
        kind->kind = SHAPE_WRITE;
}

/* SELECT 1 asks for nothing; SELECT take_coupon(7) may do anything. */
static enum shape_kind decide(const struct sql_kind *kind)
{
    if (kind->kind != SHAPE_READ)
        return kind->kind;
    if (kind->sleep)
        return SHAPE_BLOCKING;
    if (kind->lock)
        return SHAPE_TXN;
    if (kind->from)
        return kind->catalogue ? SHAPE_HOUSEKEEPING : SHAPE_READ;
    return kind->call ? SHAPE_WRITE : SHAPE_HOUSEKEEPING;
}

void sql_kind_semicolon(struct sql_kind *kind)
{
    static const int weight[SHAPE_KINDS] = {
        [SHAPE_HOUSEKEEPING] = 0, [SHAPE_TXN] = 1,   [SHAPE_SUBSCRIBE] = 2,
        [SHAPE_READ] = 3,         [SHAPE_WRITE] = 4, [SHAPE_BLOCKING] = 5};
    if (!kind->begun)
        return;
    enum shape_kind this = decide(kind);
    enum shape_kind all = kind->any && weight[kind->all] > weight[this] ? kind->all : this;
    *kind = (struct sql_kind){.any = true, .all = all};
}

enum shape_kind sql_kind_end(struct sql_kind *kind)
{
    sql_kind_semicolon(kind);
    return kind->any ? kind->all : SHAPE_HOUSEKEEPING;
}
