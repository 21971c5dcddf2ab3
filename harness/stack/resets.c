#include "stack/resets.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "model/statement.h"
#include "stack/server.h"
#include "store/store.h"

/* A walk over the commands of one store. */
struct walk {
    const struct place *place;
    const char *store;
    bool missed;      /* only those whose table was not there */
    unsigned at;      /* in stack.reset; of the next one */
    unsigned number;  /* of the last one among the store's, from 1; 0: none yet */
    unsigned current; /* the last one's in stack.reset */
};

static uint64_t bit_of(unsigned index)
{
    return UINT64_C(1) << (index % 64); /* there are 64 at most */
}

static const char *next(struct walk *walk)
{
    const struct spec_stack *stack = &walk->place->scenario->stack;
    while (walk->at < stack->reset_count) {
        unsigned index = walk->at++;
        const struct spec_pair *pair = &stack->reset[index];
        if (strcmp(pair->name, walk->store) != 0)
            continue;
        walk->number++;
        walk->current = index;
        if (!walk->missed || *walk->place->missed & bit_of(index))
            return pair->value;
    }
    return NULL;
}

bool resets_any(const struct place *place, const char *store, bool missed)
{
    struct walk walk = {place, store, missed, 0, 0, 0};
    return next(&walk) != NULL;
}

static unsigned count_of(const struct walk *walk)
{
    struct walk all = {walk->place, walk->store, false, 0, 0, 0};
    while (next(&all))
        ;
    return all.number;
}

/* Names the statement behind the store's words: masking takes all that follows a password in it. */
static int name_statement(const char *statement, struct err *err)
{
    char words[ERR_MESSAGE_MAX];
    snprintf(words, sizeof words, "%s", err->message);
    return err_set(err, err->code, "%.760s, in '%.200s'", words, statement);
}

/* Puts in front of an error which command it was; an error before the first command stays. */
static int blame(const struct walk *walk, struct err *err)
{
    const struct spec_stack *stack = &walk->place->scenario->stack;
    if (!walk->number)
        return -(int)err->code;
    (void)name_statement(stack->reset[walk->current].value, err);
    return err_prefix(err, "stack.reset.%s, command %u of %u", walk->store, walk->number,
                      count_of(walk));
}

static void close_store(struct store **store)
{
    store_close(*store);
}

static int may_reset(const struct place *place, const char *name, struct store *store,
                     struct err *err)
{
    char where[80] = "";
    bool local = false;
    int rc = store_is_local(store, &local, where, sizeof where, err);
    if (rc || local || place->allow_reset)
        return rc;
    return err_set(err, ERR_USAGE,
                   "%s is at %s, which is not this machine: its reset needs --allow-reset", name,
                   where);
}

static int run_next(struct walk *walk, const char *text, struct store *store, bool own,
                    struct err *err)
{
    log_info("stack", "%s: %s", store->ops->title, text);
    int rc = store_execute(store, text, err);
    if (!rc || !err->retriable || !(own || walk->place->new))
        return rc;
    log_info("stack", "%s: nothing to empty yet: %s", walk->store, err->message);
    *walk->place->missed |= bit_of(walk->current);
    return 0;
}

int resets_run(const struct place *place, const char *store, const char *url, bool own,
               struct err *err)
{
    struct walk walk = {place, store, false, 0, 0, 0};
    _cleanup_(close_store) struct store *session = NULL;
    const char *text;
    int rc = store_open(url, true, &session, err);
    if (!rc)
        rc = may_reset(place, store, session, err);
    while (!rc && (text = next(&walk)))
        rc = run_next(&walk, text, session, own, err);
    return rc ? blame(&walk, err) : 0;
}

int resets_look(const struct place *place, const char *store, const char *url, struct err *err)
{
    struct walk walk = {place, store, true, 0, 0, 0};
    _cleanup_(close_store) struct store *session = NULL;
    const char *text;
    int rc = store_open(url, true, &session, err);
    while (!rc && (text = next(&walk)))
        rc = store_try_out(session, text, err);
    return rc ? blame(&walk, err) : 0;
}

static int execute_each(struct store *store, enum dialect dialect, const char *text,
                        struct err *err)
{
    int rc = 0;
    while (!rc && *text) {
        size_t length = statement_first(dialect, text);
        _cleanup_free_ char *one = strndup(text, length);
        if (!one)
            return err_set(err, ERR_MEMORY, "out of memory");
        if (statement_length(dialect, one))
            rc = store_execute(store, one, err);
        if (rc)
            return name_statement(one + strspn(one, " \t\r\n"), err);
        text += length + (text[length] == ';');
    }
    return rc;
}

int resets_execute(const struct place *place, const char *store, const char *url, const char *text,
                   struct err *err)
{
    _cleanup_(close_store) struct store *session = NULL;
    int rc = store_open(url, true, &session, err);
    if (!rc)
        rc = may_reset(place, store, session, err);
    if (rc || !session->ops->sql)
        return rc ? rc : store_execute(session, text, err);
    return execute_each(session, strcmp(store, "mysql") ? DIALECT_POSTGRES : DIALECT_MYSQL, text,
                        err);
}
