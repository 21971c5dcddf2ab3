#include "agents/outbox.h"

#include <hiredis.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK (5 * NS_PER_MS)

struct letter {
    struct letter *next;
    uint64_t number;
    bool sent;
    char kind[16];
    size_t size;
    char bytes[];
};

struct outbox {
    struct outbox_settings settings;
    struct board board; /* of the thread */
    pthread_t thread;
    pthread_mutex_t lock; /* guards the members below */
    struct letter *first, *last;
    uint64_t numbers; /* given so far */
    size_t bytes;     /* unacknowledged */
    bool stop, orphan;
};

/* The oldest that was not sent; only this thread and outbox_acknowledge touch the list's head, and
 * what is not sent is not acknowledged. */
static struct letter *find_unsent(struct outbox *outbox)
{
    struct letter *letter = outbox->first;
    while (letter && letter->sent)
        letter = letter->next;
    return letter;
}

static bool send_letter(struct outbox *outbox, const struct letter *letter)
{
    char key[BOARD_KEY_MAX], rank[16], number[24];
    snprintf(rank, sizeof rank, "%u", outbox->settings.rank);
    snprintf(number, sizeof number, "%" PRIu64, letter->number);
    const char *words[] = {"XADD",       board_key(outbox->settings.place, key, "up"),
                           "NOMKSTREAM", "*",
                           "r",          rank,
                           "i",          outbox->settings.incarnation,
                           "c",          outbox->settings.run,
                           "n",          number,
                           "k",          letter->kind,
                           "b",          letter->bytes};
    enum { WORDS = sizeof words / sizeof *words };
    size_t sizes[WORDS];
    for (int i = 0; i < WORDS - 1; i++)
        sizes[i] = strlen(words[i]);
    sizes[WORDS - 1] = letter->size;
    redisReply *reply = board_ask(&outbox->board, WORDS, words, sizes);
    bool sent = reply && reply->type == REDIS_REPLY_STRING;
    pthread_mutex_lock(&outbox->lock);
    outbox->orphan |= reply && reply->type == REDIS_REPLY_NIL;
    pthread_mutex_unlock(&outbox->lock);
    if (reply)
        freeReplyObject(reply);
    return sent;
}

static void *deliver(void *argument)
{
    struct outbox *outbox = argument;
    for (bool stop = false; !stop;) {
        pthread_mutex_lock(&outbox->lock);
        struct letter *letter = find_unsent(outbox);
        stop = outbox->stop;
        pthread_mutex_unlock(&outbox->lock);
        bool sent = letter && !stop && send_letter(outbox, letter);
        if (sent) {
            pthread_mutex_lock(&outbox->lock);
            letter->sent = true;
            pthread_mutex_unlock(&outbox->lock);
        } else if (!stop) {
            clock_sleep_until(clock_now() + LOOK);
        }
    }
    return NULL;
}

int outbox_start(const struct outbox_settings *settings, struct outbox **ret_outbox,
                 struct err *err)
{
    struct outbox *outbox = calloc(1, sizeof *outbox);
    if (!outbox)
        return err_set(err, ERR_MEMORY, "out of memory");
    outbox->settings = *settings;
    board_init(&outbox->board, settings->place);
    pthread_mutex_init(&outbox->lock, NULL);
    int failed = pthread_create(&outbox->thread, NULL, deliver, outbox);
    if (failed) {
        pthread_mutex_destroy(&outbox->lock);
        free(outbox);
        return err_errno(err, ERR_ENVIRONMENT, failed, "cannot start a thread for the agent");
    }
    *ret_outbox = outbox;
    return 0;
}

static void drop_first(struct outbox *outbox)
{
    struct letter *letter = outbox->first;
    outbox->first = letter->next;
    outbox->last = outbox->first ? outbox->last : NULL;
    outbox->bytes -= letter->size;
    free(letter);
}

void outbox_stop(struct outbox *outbox)
{
    if (!outbox)
        return;
    pthread_mutex_lock(&outbox->lock);
    outbox->stop = true;
    pthread_mutex_unlock(&outbox->lock);
    pthread_join(outbox->thread, NULL);
    while (outbox->first)
        drop_first(outbox);
    board_close(&outbox->board);
    pthread_mutex_destroy(&outbox->lock);
    free(outbox);
}

int outbox_put(struct outbox *outbox, const char *kind, const void *bytes, size_t size,
               struct err *err)
{
    struct letter *letter = calloc(1, sizeof *letter + size + 1);
    if (!letter)
        return err_set(err, ERR_MEMORY, "no memory for a message to the coordinator");
    snprintf(letter->kind, sizeof letter->kind, "%s", kind);
    letter->size = size;
    memcpy(letter->bytes, bytes, size);
    pthread_mutex_lock(&outbox->lock);
    letter->number = outbox->numbers++;
    if (outbox->last)
        outbox->last->next = letter;
    else
        outbox->first = letter;
    outbox->last = letter;
    outbox->bytes += size;
    pthread_mutex_unlock(&outbox->lock);
    return 0;
}

void outbox_acknowledge(struct outbox *outbox, uint64_t next)
{
    pthread_mutex_lock(&outbox->lock);
    while (outbox->first && outbox->first->sent && outbox->first->number < next)
        drop_first(outbox);
    pthread_mutex_unlock(&outbox->lock);
}

void outbox_limit(struct outbox *outbox, size_t most)
{
    pthread_mutex_lock(&outbox->lock);
    outbox->settings.most = most;
    pthread_mutex_unlock(&outbox->lock);
}

bool outbox_has_room(struct outbox *outbox)
{
    pthread_mutex_lock(&outbox->lock);
    bool room = outbox->bytes < outbox->settings.most;
    pthread_mutex_unlock(&outbox->lock);
    return room;
}

bool outbox_is_empty(struct outbox *outbox)
{
    pthread_mutex_lock(&outbox->lock);
    bool empty = !outbox->first;
    pthread_mutex_unlock(&outbox->lock);
    return empty;
}

bool outbox_is_orphan(struct outbox *outbox)
{
    pthread_mutex_lock(&outbox->lock);
    bool orphan = outbox->orphan;
    pthread_mutex_unlock(&outbox->lock);
    return orphan;
}
