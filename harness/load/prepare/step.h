/* A step: one request of `prepare`, compiled once, and carried out for one user after the other by
 * sessions. A step is read-only once compiled; a session belongs to one thread.
 *
 * The connection of a session stays open from user to user, its cookies do not. */
#ifndef LOAD_STEP_H
#define LOAD_STEP_H

#include <curl/curl.h>
#include <stdatomic.h>

#include "load/http/grpc.h"
#include "load/http/rules.h"
#include "load/prepare/extract.h"
#include "load/prepare/fill.h"
#include "load/prepare/jar.h"

#define STEP_ANSWER_MAX ((size_t)4 << 20)

struct step {
    const struct spec_request *request; /* borrowed; references are filled in */
    struct spec_rule wanted;            /* not owned, what it points to neither */
    struct grpc *grpc;                  /* owned; NULL: HTTP alone */
    struct rules *rules;                /* owned; NULL: any status from 200 to 299 */
    struct extract *extracts;           /* owned */
    unsigned extracts_count;
    char *ca, *cert, *key; /* owned; whole paths or NULL */
};

struct session {
    CURL *easy;
    bool cookies;               /* users keep them */
    const atomic_bool *stop;    /* either ends what is under way; NULL: it never does */
    const volatile bool *asked; /* set by a signal handler */
    struct buf url, body, line, headers, answer;
    uint64_t headers_hit;
    const struct step *step; /* under way, and for whom */
    const struct rules_user *who;
    struct curl_slist *list;
    char type[64];
    char sample[256]; /* of the last answer: printable, secrets masked; "" when there was none */
    long status;
    struct grpc_said grpc;
};

/* dir: where relative file names are looked up. Errors: ERR_USAGE, ERR_MEMORY. step_free takes a
 * zeroed one. */
int step_compile(const struct spec_prepare *spec, const struct spec_request *request,
                 const char *dir, struct step *ret_step, struct err *err)
    __attribute__((warn_unused_result));
void step_free(struct step *step);

/* stop: set by anybody, ends requests that are under way; NULL: see asked. */
int session_open(struct session *session, bool cookies, const atomic_bool *stop, struct err *err)
    __attribute__((warn_unused_result));
void session_close(struct session *session);  /* takes a zeroed one */
void session_forget(struct session *session); /* another user begins: no cookies */

/* Sends the request filled in; any answer does, and is what session_response tells until the next
 * one. Errors: as step_run. */
int step_send(const struct step *step, struct session *session, const struct fill *fill,
              struct err *err) __attribute__((warn_unused_result));
struct response session_response(const struct session *session);

/* Sends the request filled in, and takes from its answer what the step wants: values[] in the order
 * of its extracts. Errors: the reason, short enough to be counted by; session->sample is what came.
 * ERR_USAGE and ERR_MEMORY are ours, ERR_ENVIRONMENT is the answer's. */
int step_run(const struct step *step, struct session *session, const struct fill *fill,
             struct fill_value *values, struct err *err) __attribute__((warn_unused_result));

/* libcurl's number of the HTTP that a request asks for. */
long step_http_version(enum http2 http2);

/* The cookies that go to a place: "a=1; b=2". Errors: ERR_MEMORY. */
int session_cookies(const struct session *session, const struct jar_place *place,
                    struct buf *ret_text, struct err *err) __attribute__((warn_unused_result));

#endif
