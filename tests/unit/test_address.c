/* links: store */
/* Where an open connection leads. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "store/address.h"
#include "store/redis_client.h"

/* A connection to a listener of this test. */
static int connect_to(const struct sockaddr *address, socklen_t size)
{
    struct sockaddr_storage bound;
    socklen_t length = sizeof bound;
    int listener = socket(address->sa_family, SOCK_STREAM, 0);
    int fd = socket(address->sa_family, SOCK_STREAM, 0);
    cr_assert(!bind(listener, address, size) && !listen(listener, 1));
    cr_assert(!getsockname(listener, (struct sockaddr *)&bound, &length));
    cr_assert(!connect(fd, (struct sockaddr *)&bound, length));
    return fd; /* the listener stays: closing it would reset the connection */
}

Test(address, loopback_and_unix_sockets_are_this_machine)
{
    char where[80];
    struct sockaddr_in four = {.sin_family = AF_INET};
    inet_pton(AF_INET, "127.0.0.9", &four.sin_addr);
    int fd = connect_to((struct sockaddr *)&four, sizeof four);
    cr_expect(address_peer_is_local(fd, where, sizeof where));
    cr_expect(!strncmp(where, "127.0.0.9:", 10), "%s", where);
    close(fd);
    int pair[2];
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    cr_expect(address_peer_is_local(pair[0], where, sizeof where));
    cr_expect_str_eq(where, "a unix socket");
    close(pair[0]);
    close(pair[1]);
}

Test(address, what_cannot_be_told_is_elsewhere)
{
    char where[80];
    cr_expect_not(address_peer_is_local(-1, where, sizeof where));
    cr_expect_not(address_peer_is_local(STDIN_FILENO, where, sizeof where));
    cr_expect_str_eq(where, "an unknown place");
}

Test(address, a_name_has_all_its_addresses)
{
    struct addresses addresses = {0};
    struct err err = {0};
    cr_assert_eq(address_find("127.0.0.1", &addresses, &err), 0, "%s", err.message);
    cr_expect_eq(addresses.count, 1);
    cr_expect_str_eq(addresses.v[0], "127.0.0.1");
    cr_expect_eq(address_find("nowhere.invalid", &addresses, &err), -ERR_ENVIRONMENT);
    cr_expect(strstr(err.message, "nowhere.invalid"), "%s", err.message);
}

Test(redis_client, words)
{
    const char *words[REDIS_WORDS_MAX];
    char text[] = " SET 'a b'  \"c\"\td ";
    cr_assert_eq(redis_client_words(text, words), 4);
    cr_expect_str_eq(words[1], "a b");
    cr_expect_str_eq(words[2], "c");
    cr_expect_str_eq(words[3], "d");
    cr_expect_eq(redis_client_words((char[]){"  "}, words), -1);
    cr_expect_eq(redis_client_words((char[]){"GET 'open"}, words), -1);
    char many[4 * REDIS_WORDS_MAX] = "";
    for (int i = 0; i <= REDIS_WORDS_MAX; i++)
        strcat(many, "a ");
    cr_expect_eq(redis_client_words(many, words), -1);
}
