/* links: base */
/* Questions of a line each: the answer, or why there is none. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/dialogue.h"

/* What the other end does with each question that comes. */
struct host {
    char path[64];
    int door;
    const char *answers[4]; /* NULL: it hangs up */
    pthread_t thread;
};

static void *serve(void *context)
{
    struct host *host = context;
    int guest = -1;
    char question[64];
    for (int i = 0; i < 4; i++) {
        guest = guest < 0 ? accept(host->door, NULL, NULL) : guest;
        if (recv(guest, question, sizeof question, 0) <= 0)
            break;
        const char *answer = host->answers[i];
        if (answer)
            send(guest, answer, strlen(answer), MSG_NOSIGNAL);
        if (!answer)
            close(guest);
        guest = answer ? guest : -1;
    }
    if (guest >= 0)
        close(guest);
    return NULL;
}

static void open_door(struct host *host)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(host->path, sizeof host->path, "/tmp/rushproof-dialogue-%d", (int)getpid());
    unlink(host->path);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", host->path);
    host->door = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(host->door, (const struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(listen(host->door, 4), 0);
    cr_assert_eq(pthread_create(&host->thread, NULL, serve, host), 0);
}

Test(dialogue, is_answered_hung_up_on_and_begun_again)
{
    struct host host = {.answers = {"seven\n", NULL, "eight\n", NULL}};
    char answer[64];
    open_door(&host);
    struct dialogue dialogue = dialogue_at(host.path, 10 * NS_PER_S);
    cr_expect(dialogue_ask(&dialogue, "how many", answer, sizeof answer));
    cr_expect_str_eq(answer, "seven");
    cr_expect_not(dialogue_ask(&dialogue, "how many", answer, sizeof answer));
    cr_expect_str_eq(answer, strerror(104));
    cr_expect(dialogue_ask(&dialogue, "how many", answer, sizeof answer), "%s", answer);
    cr_expect_str_eq(answer, "eight");
    cr_expect_not(dialogue_ask(&dialogue, "two\nlines", answer, sizeof answer));
    dialogue_close(&dialogue);
    pthread_join(host.thread, NULL);
    close(host.door);
    unlink(host.path);
}

Test(dialogue, says_that_nobody_is_there_or_that_it_takes_too_long)
{
    struct host host = {.answers = {"half an answer", NULL}};
    char answer[64];
    struct dialogue dialogue = dialogue_at("/tmp/rushproof-dialogue-nowhere", 10 * NS_PER_S);
    cr_expect_not(dialogue_ask(&dialogue, "how many", answer, sizeof answer));
    cr_expect_str_eq(answer, "No such file or directory");
    open_door(&host);
    dialogue = dialogue_at(host.path, 50 * NS_PER_MS);
    cr_expect_not(dialogue_ask(&dialogue, "how many", answer, sizeof answer));
    cr_expect_str_eq(answer, "no answer in time");
    dialogue_close(&dialogue);
    pthread_join(host.thread, NULL);
    close(host.door);
    unlink(host.path);
}
