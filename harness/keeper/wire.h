/* What the harness and its keeper say to each other, over two sequenced-packet sockets:
 * requests with one reply each on the first, ends of children on the second. Both ends are built
 * together, so the structs are sent as they are. */
#ifndef KEEPER_WIRE_H
#define KEEPER_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define WIRE_CONTROL_FD 3
#define WIRE_EVENTS_FD  4
#define WIRE_MAX        (192 * 1024) /* below the default socket buffer of 208 KiB */
#define WIRE_TEXTS_MAX  2048

/* A program to start. Its texts follow the struct, each ended by NUL: directory, log, argv…,
 * environment… A descriptor that comes along becomes its standard input and output; its standard
 * error is the log. */
struct wire_spawn {
    uint32_t argc, envc;
    uint32_t uid, gid;     /* WIRE_SAME: the keeper's own */
    int32_t finish_signal; /* what ends it in an orderly way when the harness is gone; 0: SIGKILL
                              only */
    bool has_stdio;        /* a descriptor comes along */
};

#define WIRE_SAME UINT32_MAX

/* A request of one byte starts nothing. Its reply comes behind the ends of all children that had
 * ended before. */
#define WIRE_PING_SIZE 1

struct wire_reply {
    int32_t pid;    /* 0: nothing was started */
    int32_t errnum; /* why */
};

struct wire_exit {
    int32_t pid;
    int32_t status; /* as from waitpid */
    int64_t at;     /* when the keeper noticed, on the clock that both share */
};

/* Packs a request. Returns its length, or 0 when it is longer than room. */
size_t wire_pack(const struct wire_spawn *spawn, const char *dir, const char *log,
                 char *const *argv, char *const *env, char *ret_bytes, size_t room);

/* Points texts into a request's bytes: [0] directory, [1] log, argv, NULL, environment, NULL.
 * Returns false when the request is not well formed. */
bool wire_unpack(char *bytes, size_t length, struct wire_spawn *ret_spawn,
                 char *ret_texts[WIRE_TEXTS_MAX]);

/* Sends or receives one packet, with a descriptor or -1. Return the length, 0 at the end, or
 * -errno. */
ssize_t wire_send(int fd, const void *bytes, size_t length, int passed);
ssize_t wire_receive(int fd, void *bytes, size_t room, int *ret_passed);

#endif
