#include "version.h"

#include <curl/curl.h>
#include <hiredis/hiredis.h>
#include <jansson.h>
#include <libpq-fe.h>
#include <librdkafka/rdkafka.h>
#include <mysql.h>
#include <nghttp2/nghttp2.h>
#include <yaml.h>

char *version_libraries(char *ret_text, size_t size)
{
    int pq = PQlibVersion();
    snprintf(ret_text, size,
             "libcurl %s, librdkafka %s, libpq %d.%d, hiredis %d.%d.%d, jansson %s, libyaml %s, "
             "libmariadb %s, libnghttp2 %s",
             curl_version_info(CURLVERSION_NOW)->version, rd_kafka_version_str(), pq / 10000,
             pq % 10000, HIREDIS_MAJOR, HIREDIS_MINOR, HIREDIS_PATCH, jansson_version_str(),
             yaml_get_version_string(), mysql_get_client_info(), nghttp2_version(0)->version_str);
    return ret_text;
}

void version_print(FILE *out)
{
    char text[256];
    fprintf(out, "rushproof %s\n%s\n", RUSHPROOF_VERSION, version_libraries(text, sizeof text));
    fprintf(out, "%s\n", curl_version());
}
