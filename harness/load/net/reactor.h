/* A reactor: one epoll and several libcurl multi handles, driven by one worker thread.
 *
 * Several small multi handles instead of one, because libcurl searches all connections of a multi
 * handle for an idle one at every request. Descriptors stay registered while a connection idles
 * between two requests: two epoll_ctl calls a request are saved that way.
 * @thread the worker that owns it. */
#ifndef LOAD_REACTOR_H
#define LOAD_REACTOR_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"

struct reactor;

/* Called for each transfer that has ended; it is no longer in its multi handle and may be started
 * again. */
typedef void (*reactor_done)(void *context, CURL *easy, CURLcode code);

/* transfers: how many may be running at once; share: at most so many in one multi handle. */
int reactor_new(size_t transfers, size_t share, reactor_done done, void *context,
                struct reactor **ret_reactor, struct err *err) __attribute__((warn_unused_result));
void reactor_free(struct reactor *reactor); /* after its transfers have been removed */

/* Events in it that are not its own have data 0. */
int reactor_epoll(const struct reactor *reactor);

/* Starts a transfer in multi handle `place / share`. It makes its first steps in reactor_kick. */
CURLMcode reactor_add(struct reactor *reactor, CURL *easy, size_t place);
/* Takes it out before its end; its connection is closed. */
void reactor_remove(struct reactor *reactor, CURL *easy, size_t place);

/* Runs what is due at once: first steps of added transfers, timers. */
void reactor_kick(struct reactor *reactor);
/* Waits at most span for events and handles them. Returns how many: none is all that had come. */
int reactor_wait(struct reactor *reactor, ns_t span);

/* A socket was closed: its number may come back as another one. */
void reactor_forget(struct reactor *reactor, int fd);
/* Has that said by libcurl itself for each socket of the transfer, unless the caller closes them.
 */
void reactor_watch_closes(struct reactor *reactor, CURL *easy);

/* Between these two fd is not watched, and what libcurl wants to watch on it is only noted: fd may
 * stand for something else meanwhile. place: of its transfer. */
void reactor_pause(struct reactor *reactor, int fd);
void reactor_resume(struct reactor *reactor, int fd, size_t place);

/* Is libcurl waiting to write more on fd? */
bool reactor_writes(const struct reactor *reactor, int fd);
/* Lets it, whether fd is ready or not. */
void reactor_write(struct reactor *reactor, int fd, size_t place);

/* Called after every step of libcurl, outside of it; NULL: nothing (the default). */
void reactor_after_step(struct reactor *reactor, void (*after)(void *context));

#endif
