#include "common/hostport.h"

#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/units.h"

int hostport_parse(const char *text, struct hostport *ret_hostport, struct err *err)
{
    struct hostport found = {0};
    const char *colon = strrchr(text, ':');
    const char *host = text;
    size_t length = colon ? (size_t)(colon - text) : 0;
    int64_t port;
    bool good = colon && strlen(colon + 1) < sizeof found.port &&
                !units_parse_int(colon + 1, 0, UINT16_MAX, &port, NULL);
    if (good && length >= 2 && host[0] == '[' && host[length - 1] == ']') {
        host++;
        length -= 2;
    } else if (good && memchr(host, ':', length)) {
        good = false; /* an IPv6 number without brackets: where does the port begin? */
    }
    if (!good || length >= sizeof found.host)
        return err_set(err, ERR_USAGE, "'%s' is not HOST:PORT", text);
    memcpy(found.host, host, length);
    strcpy(found.port, colon + 1);
    *ret_hostport = found;
    return 0;
}

void hostport_of_socket(int fd, struct hostport *ret_hostport)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    *ret_hostport = (struct hostport){.port = "0"};
    if (!getsockname(fd, (struct sockaddr *)&address, &length))
        getnameinfo((struct sockaddr *)&address, length, ret_hostport->host,
                    sizeof ret_hostport->host, ret_hostport->port, sizeof ret_hostport->port,
                    NI_NUMERICHOST | NI_NUMERICSERV);
}

const char *hostport_format(const struct hostport *hostport, char *ret_text, size_t size)
{
    bool six = strchr(hostport->host, ':') != NULL;
    snprintf(ret_text, size, "%s%s%s:%s", six ? "[" : "", hostport->host, six ? "]" : "",
             hostport->port);
    return ret_text;
}
