/* links: stack keeper */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mask.h"
#include "keeper/wire.h"
#include "stack/kafkajars.h"
#include "stack/logfile.h"
#include "stack/port.h"
#include "stack/refs.h"
#include "stack/texts.h"

Test(refs, expands_what_is_known_and_lists_it_when_it_is_not)
{
    struct refs refs = {0};
    struct err err = {0};
    char *text = NULL;
    cr_assert_eq(refs_set(&refs, &err, "apply", "http://127.0.0.1:%d", 7), 0);
    cr_assert_eq(refs_set(&refs, &err, "apply.port", "%d", 7), 0);
    cr_assert_eq(refs_expand(&refs, "${apply}/x?u={{user}}&p=${apply.port}$", &text, &err), 0);
    cr_expect_str_eq(text, "http://127.0.0.1:7/x?u={{user}}&p=7$");
    free(text);
    text = (char *)"untouched";
    cr_expect_eq(refs_expand(&refs, "${other}", &text, &err), -ERR_USAGE);
    cr_expect_str_eq(text, "untouched");
    cr_expect(strstr(err.message, "${other}") && strstr(err.message, "${apply.port}"));
    cr_assert_eq(refs_set(&refs, &err, "apply", "again"), 0);
    cr_assert_eq(refs_expand(&refs, "${apply}", &text, &err), 0);
    cr_expect_str_eq(text, "again");
    free(text);
    cr_assert_eq(refs_expand(&refs, "", &text, &err), 0);
    cr_expect_str_eq(text, "");
    free(text);
    cr_assert_eq(refs_expand(&refs, "open ${apply", &text, &err), 0);
    cr_expect_str_eq(text, "open ${apply");
    free(text);
    refs_free(&refs);
}

Test(refs, mentions_a_name_or_a_part_of_it)
{
    cr_expect(refs_mentions("${apply}/x", "apply"));
    cr_expect(refs_mentions("http://localhost:${apply.port}", "apply"));
    cr_expect_not(refs_mentions("${apply2}", "apply"));
    cr_expect_not(refs_mentions("apply", "apply"));
    cr_expect_not(refs_mentions(NULL, "apply"));
}

Test(texts, set_replaces_the_entry_of_that_name_only)
{
    struct texts texts = {0};
    texts_add(&texts, "PORT=1");
    texts_add(&texts, "PORTS=2");
    texts_set(&texts, "PORT", "3");
    cr_assert_eq(texts.count, 2);
    cr_expect_str_eq(texts.v[0], "PORTS=2");
    cr_expect_str_eq(texts.v[1], "PORT=3");
    cr_expect_null(texts.v[2]);
    texts_free(&texts);
}

Test(port, two_reservations_differ_and_hold_against_others)
{
    struct port ports[64];
    struct err err;
    for (int i = 0; i < 64; i++) {
        cr_assert_eq(port_reserve(&ports[i], &err), 0, "%s", err.message);
        cr_expect(ports[i].number >= 20000 && ports[i].number < 32000);
        for (int j = 0; j < i; j++)
            cr_expect_neq(ports[i].number, ports[j].number);
    }
    for (int i = 0; i < 64; i++)
        port_release(&ports[i]);
    cr_expect_eq(ports[0].number, 0);
}

Test(port, a_fixed_one_is_had_or_named)
{
    struct port port = {0}, again = {0};
    struct err err = {0};
    cr_assert_eq(port_reserve(&port, &err), 0);
    unsigned number = port.number;
    cr_expect_eq(port_take(number, &again, &err), -ERR_ENVIRONMENT, "another harness has it");
    cr_expect(strstr(err.message, "another run has it"), "%s", err.message);
    port_release(&port);
    cr_assert_eq(port_take(number, &again, &err), 0, "%s", err.message);
    cr_expect_eq(again.number, number);
    port_release(&again);

    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert(!bind(fd, (struct sockaddr *)&address, size) && !listen(fd, 1) &&
              !getsockname(fd, (struct sockaddr *)&address, &size));
    cr_expect_eq(port_take(ntohs(address.sin_port), &again, &err), -ERR_ENVIRONMENT);
    cr_expect(strstr(err.message, "it is taken"), "%s", err.message);
    close(fd);
}

Test(refs, a_process_is_named_by_itself_or_its_port)
{
    cr_expect(refs_names("${apply}/x", "apply") && refs_names("http://h:${apply.port}/", "apply"));
    cr_expect_not(refs_names("${apply.2}/x", "apply") || refs_names("${applying}", "apply"));
    cr_expect(refs_names("${apply.2.port}", "apply.2"));
}

Test(kafkajars, versions_compare_by_number)
{
    cr_expect_lt(kafkajars_compare("3.9.2", "3.9.10"), 0);
    cr_expect_gt(kafkajars_compare("4.0.0", "3.9.10"), 0);
    cr_expect_eq(kafkajars_compare("4.0.0", "4.0.0"), 0);
    cr_expect_gt(kafkajars_compare("4.0.0", ""), 0);
    cr_expect_gt(kafkajars_compare("4.0.1", "4.0"), 0);
}

Test(kafkajars, says_where_it_looked_and_how_to_fetch)
{
    char *libs = NULL, version[32];
    struct err err;
    setenv("RUSHPROOF_KAFKA_DIR", "/nowhere/kafka", 1);
    unsetenv("KAFKA_HOME");
    cr_expect_eq(kafkajars_find("9.9.9", &libs, version, sizeof version, &err), -ERR_ENVIRONMENT);
    cr_expect(strstr(err.message, "/nowhere/kafka"), "%s", err.message);
    cr_expect(strstr(err.message, "rushproof-fetch-kafka 9.9.9"), "%s", err.message);
    cr_expect_null(libs);
}

static char *jar_tree(const char *const *versions)
{
    static char root[] = "/tmp/test-kafkajars-XXXXXX";
    char command[512];
    cr_assert(mkdtemp(root));
    for (; *versions; versions++) {
        snprintf(command, sizeof command,
                 "mkdir -p %s/%s/libs && touch %s/%s/libs/kafka_2.13-%s.jar %s/%s/libs/"
                 "kafka_2.13-%s-test.jar",
                 root, *versions, root, *versions, *versions, root, *versions, *versions);
        cr_assert_eq(system(command), 0);
    }
    return root;
}

Test(kafkajars, takes_the_newest_or_the_one_asked_for)
{
    char *root = jar_tree((const char *const[]){"3.9.2", "4.10.0", "4.9.1", NULL});
    char *libs = NULL, version[32], home[128];
    struct err err;
    unsetenv("KAFKA_HOME");
    setenv("RUSHPROOF_KAFKA_DIR", root, 1);
    cr_assert_eq(kafkajars_find(NULL, &libs, version, sizeof version, &err), 0, "%s", err.message);
    cr_expect_str_eq(version, "4.10.0");
    free(libs);
    cr_assert_eq(kafkajars_find("3.9.2", &libs, version, sizeof version, &err), 0);
    cr_expect_str_eq(version, "3.9.2");
    cr_expect(strstr(libs, "/3.9.2/libs"), "%s", libs);
    free(libs);
    snprintf(home, sizeof home, "%s/4.9.1", root);
    setenv("KAFKA_HOME", home, 1);
    cr_assert_eq(kafkajars_find(NULL, &libs, version, sizeof version, &err), 0);
    cr_expect_str_eq(version, "4.9.1");
    free(libs);
    char command[256];
    snprintf(command, sizeof command, "rm -r %s", root);
    cr_expect_eq(system(command), 0);
}

static void append(const char *path, const char *text)
{
    FILE *file = fopen(path, "a");
    cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

Test(logfile, finds_a_line_that_is_written_in_pieces)
{
    char path[] = "/tmp/test-logfile-XXXXXX";
    close(mkstemp(path));
    off_t from = 0;
    append(path, "before\nassi");
    cr_expect_not(logfile_contains(path, &from, "assigned"));
    append(path, "gned [0]\n");
    cr_expect(logfile_contains(path, &from, "assigned"));
    from = logfile_size(path);
    cr_expect_not(logfile_contains(path, &from, "assigned"),
                  "what is before `from` does not count");
    unlink(path);
}

Test(logfile, finds_text_across_its_reading_blocks)
{
    char path[] = "/tmp/test-logfile-XXXXXX", filler[4091];
    close(mkstemp(path));
    off_t from = 0;
    memset(filler, 'x', sizeof filler - 1);
    filler[sizeof filler - 1] = '\0';
    append(path, "\n");
    append(path, filler);
    append(path, " assigned here\n");
    cr_expect(logfile_contains(path, &from, "assigned here"));
    unlink(path);
}

Test(logfile, tail_keeps_whole_lines)
{
    char path[] = "/tmp/test-logfile-XXXXXX", tail[16];
    close(mkstemp(path));
    append(path, "a long first line\nsecond\nthird\n");
    logfile_tail(path, 0, tail, sizeof tail);
    cr_expect_str_eq(tail, "second\nthird");
    logfile_tail(path, 25, tail, sizeof tail);
    cr_expect_str_eq(tail, "third");
    append(path, "0123456789 and the end\n\n");
    logfile_tail(path, 0, tail, sizeof tail);
    cr_expect_str_eq(tail, "01234 \u2026 e end", "%s", tail);
    logfile_tail("/nowhere", 0, tail, sizeof tail);
    cr_expect_str_eq(tail, "");
    unlink(path);
}

/* A secret that the beginning of the window, or of what is shown, cuts in two is masked all the
 * same.
 */
Test(logfile, tail_is_masked_before_it_is_cut)
{
    char path[] = "/tmp/test-logfile-XXXXXX", tail[32];
    close(mkstemp(path));
    mask_add("a-secret-of-forty-letters-that-is-too-long");
    append(path, "login with a-secret-of-forty-letters-that-is-too-long failed\n");
    logfile_tail(path, 0, tail, sizeof tail);
    cr_expect_str_eq(tail, "login with **** failed");
    mask_forget();
    unlink(path);
}

Test(wire, unpacks_what_it_packed)
{
    char bytes[512], *texts[WIRE_TEXTS_MAX];
    char *argv[] = {(char *)"/bin/x", (char *)"", NULL}, *env[] = {(char *)"A=b c", NULL};
    struct wire_spawn spawn = {.argc = 2, .envc = 1, .uid = 5, .gid = WIRE_SAME}, back;
    size_t length = wire_pack(&spawn, "/dir", "/log", argv, env, bytes, sizeof bytes);
    cr_assert_gt(length, 0);
    cr_assert(wire_unpack(bytes, length, &back, texts));
    cr_expect_eq(back.uid, 5);
    cr_expect_str_eq(texts[0], "/dir");
    cr_expect_str_eq(texts[1], "/log");
    cr_expect_str_eq(texts[2], "/bin/x");
    cr_expect_str_eq(texts[3], "");
    cr_expect_null(texts[4]);
    cr_expect_str_eq(texts[5], "A=b c");
    cr_expect_null(texts[6]);
    cr_expect_eq(wire_pack(&spawn, "/dir", "/log", argv, env, bytes, 40), 0);
    cr_expect_not(wire_unpack(bytes, length - 1, &back, texts), "cut off");
    cr_expect_not(wire_unpack(bytes, sizeof spawn, &back, texts));
}
