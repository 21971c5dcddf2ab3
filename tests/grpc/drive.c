/* message-drive DESCRIPTORS MESSAGE encode|decode: a line of JSON in, a line of hexadecimal digits
 * out, or the other way. A line that begins with ! says why there is none. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "protobuf/proto_json.h"
#include "protobuf/proto_text.h"

enum { ROOM = 1 << 20 };

static struct proto_schema *open_schema(const char *path)
{
    static char bytes[ROOM];
    struct proto_schema *schema = NULL;
    struct err err = {0};
    int fd = open(path, O_RDONLY);
    ssize_t count = fd < 0 ? -1 : read(fd, bytes, sizeof bytes);
    if (fd >= 0)
        close(fd);
    if (count < 0 || proto_schema_read(bytes, (size_t)count, &schema, &err))
        fprintf(stderr, "%s %s\n", path, err.message);
    return schema;
}

static void encode(const struct proto_message *message, const char *line, size_t length)
{
    uint8_t *bytes = malloc(PROTO_TEXT_ROOM(length));
    struct err err = {0};
    size_t used = 0;
    if (!bytes || proto_text_read(message, line, length, false, bytes, &used, &err)) {
        printf("!%s\n", err.message);
    } else {
        for (size_t i = 0; i < used; i++)
            printf("%02x", bytes[i]);
        putchar('\n');
    }
    free(bytes);
}

static unsigned digit(char byte)
{
    return (unsigned)(byte <= '9' ? byte - '0' : byte - 'a' + 10);
}

static void decode(const struct proto_message *message, char *line, size_t length)
{
    static char text[ROOM];
    uint8_t *bytes = (uint8_t *)line;
    size_t used;
    for (size_t i = 0; i + 1 < length; i += 2)
        bytes[i / 2] = (uint8_t)(digit(line[i]) << 4 | digit(line[i + 1]));
    enum proto_json fine = proto_json_write(
        message, (struct proto_bytes){bytes, bytes + length / 2}, text, sizeof text, &used);
    puts(fine == PROTO_JSON_WHOLE ? text : "!");
}

int main(int argc, char **argv)
{
    struct proto_schema *schema = argc == 4 ? open_schema(argv[1]) : NULL;
    const struct proto_message *message = schema ? proto_schema_message(schema, argv[2]) : NULL;
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    if (!message)
        return 3;
    while ((length = getline(&line, &room, stdin)) > 0) {
        size_t used = (size_t)length - (line[length - 1] == '\n');
        if (!strcmp(argv[3], "encode"))
            encode(message, line, used);
        else
            decode(message, line, used);
    }
    free(line);
    proto_schema_free(schema);
    return 0;
}
