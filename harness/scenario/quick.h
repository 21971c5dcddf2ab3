/* One service given by flags: `rushproof run --url …` and `rushproof init --url …`. The flags
 * become the text of a scenario, so that they are validated and run like any other. Nothing is
 * started, and what is not given is not checked. Main thread only. */
#ifndef SCENARIO_QUICK_H
#define SCENARIO_QUICK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/opts.h"

/* As the option parser fills it; texts are borrowed. Zeroed: nothing given. A text that begins with
 * @ names a file that holds it, so that passwords stay out of the process list. */
struct quick {
    const char *url, *method, *body, *name;
    const char *socket;      /* a unix socket that leads there */
    struct opt_list headers; /* "Name: value" */
    const char *ids;
    bool anonymous;
    int64_t limit, requests, first_user; /* limit, requests: 0 means the default */
    struct opt_list accepted, rejected, limited, undecided; /* "status=200,json:/isSuccess=true" */
    const char *coupons, *parked; /* "postgresql://… ; SELECT …", or mysql:// */
    const char *counter;          /* "redis://…;key[;accepts]" */
    const char *kafka;            /* "brokers;topic;group[;text|json:/pointer]" */
    struct opt_list resets;       /* "TRUNCATE coupon", "redis: DEL coupon_count" */
    const char *between_redis, *between_postgres, *between_mysql; /* "16379=6379" */
    const char *gate;
    ns_t timeout;  /* 0: the default */
    bool insecure; /* no flag of its own: a copied request says so */
};

/* Rows whose offsets count from a struct quick: for a settings struct that begins with one. */
const struct opt *quick_options(size_t *ret_count);

/* Whether any of the flags was given. */
bool quick_given(const struct quick *quick);

/* Flags beside a scenario's file: which one, and what to type instead. Returns -ERR_USAGE. */
int quick_refuse(const struct quick *quick, const char *scenario, struct err *err);

/* Does any flag say what is to be checked? Without rules and stores nothing would be. Errors:
 * ERR_USAGE. */
int quick_check(const struct quick *quick, struct err *err) __attribute__((warn_unused_result));

/* The scenario's text. commented: with what each key means, and ${NAME} in place of values that
 * hold a password, for a file that people keep; otherwise for running at once, with passwords in
 * it. Errors: ERR_USAGE with the flag's name and what is allowed, ERR_MEMORY. */
int quick_to_yaml(const struct quick *quick, bool commented, struct buf *ret_text, struct err *err)
    __attribute__((warn_unused_result));

#endif
