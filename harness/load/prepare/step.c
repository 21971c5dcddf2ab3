#include "load/prepare/step.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mask.h"
#include "base/printable.h"
#include "load/http/locate.h"
#include "load/http/message.h"
#include "load/prepare/step_grpc.h"

enum { HEADERS_MAX = 256 * 1024, TEXT_MAX = 4 << 20 };

/* ---- compiling ---- */

static int compile_wanted(const struct spec_prepare *spec, struct step *step, struct err *err)
{
    if (!spec->expect)
        return 0;
    step->wanted = *spec->expect;
    const struct spec_responses only = {.accepted = &step->wanted, .accepted_count = 1};
    return rules_compile(&only, &step->rules, err);
}

static int compile_extracts(const struct spec_prepare *spec, struct step *step, struct err *err)
{
    step->extracts = calloc(spec->capture_count + 1U, sizeof *step->extracts);
    if (!step->extracts)
        return err_set(err, ERR_MEMORY, "out of memory");
    for (unsigned i = 0; i < spec->capture_count; i++) {
        int rc = extract_compile(&spec->capture[i], &step->extracts[i], err);
        if (rc)
            return err_prefix(err, "capture.%s", spec->capture[i].name);
        step->extracts_count++;
    }
    return 0;
}

int step_compile(const struct spec_prepare *spec, const struct spec_request *request,
                 const char *dir, struct step *ret_step, struct err *err)
{
    *ret_step = (struct step){.request = request};
    int rc = compile_wanted(spec, ret_step, err);
    if (!rc)
        rc = compile_extracts(spec, ret_step, err);
    if (!rc)
        rc = locate(dir, request->ca, &ret_step->ca, err);
    if (!rc)
        rc = locate(dir, request->cert, &ret_step->cert, err);
    if (!rc)
        rc = locate(dir, request->key, &ret_step->key, err);
    if (!rc && request->grpc)
        rc = grpc_open(request->grpc, dir, &ret_step->grpc, err);
    if (rc)
        step_free(ret_step);
    return rc;
}

void step_free(struct step *step)
{
    for (unsigned i = 0; i < step->extracts_count; i++)
        extract_free(&step->extracts[i]);
    free(step->extracts);
    grpc_free(step->grpc);
    rules_free(step->rules);
    free(step->ca);
    free(step->cert);
    free(step->key);
    *step = (struct step){0};
}

/* ---- sessions ---- */

static size_t take_header(char *bytes, size_t size, size_t count, void *context)
{
    struct session *session = context;
    size_t length = size * count;
    if (length > 5 && !memcmp(bytes, "HTTP/", 5)) { /* a final answer after an interim one */
        buf_clear(&session->headers);
        session->headers_hit = 0;
        session->type[0] = '\0';
        session->grpc = (struct grpc_said){.code = GRPC_NOTHING};
    }
    if (session->step->grpc)
        grpc_take_header(&session->grpc, bytes, length);
    if (session->step->rules)
        session->headers_hit |= rules_header(session->step->rules, bytes, length, session->who);
    static const char type[] = "content-type:";
    if (length > strlen(type) && !strncasecmp(bytes, type, strlen(type)))
        printable(bytes + strlen(type), strcspn(bytes + strlen(type), ";\r\n"), session->type,
                  sizeof session->type);
    return buf_add(&session->headers, bytes, length) ? 0 : length;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
    struct session *session = context;
    grpc_take_body(&session->grpc);
    return buf_add(&session->answer, bytes, size * count) ? 0 : size * count;
}

/* libcurl asks about once a second at least. */
static int check_stop(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct session *session = context;
    (void)a, (void)b, (void)c, (void)d;
    return (session->stop && atomic_load(session->stop)) || (session->asked && *session->asked);
}

int session_open(struct session *session, bool cookies, const atomic_bool *stop, struct err *err)
{
    *session = (struct session){.easy = curl_easy_init(), .cookies = cookies, .stop = stop};
    buf_init(&session->url, TEXT_MAX);
    buf_init(&session->body, TEXT_MAX);
    buf_init(&session->line, TEXT_MAX);
    buf_init(&session->headers, HEADERS_MAX);
    buf_init(&session->answer, STEP_ANSWER_MAX);
    if (session->easy && cookies) {
        /* A cookie turns cookies on, for good; by an option of each request (COOKIEFILE)
         * libcurl 7.88 loses memory with each curl_easy_reset. */
        curl_easy_setopt(session->easy, CURLOPT_COOKIELIST, "Set-Cookie: a=b; domain=nowhere.test");
        curl_easy_setopt(session->easy, CURLOPT_COOKIELIST, "ALL");
    }
    return session->easy ? 0 : err_set(err, ERR_MEMORY, "no memory for a connection");
}

void session_close(struct session *session)
{
    curl_easy_cleanup(session->easy);
    curl_slist_free_all(session->list);
    buf_free(&session->url);
    buf_free(&session->body);
    buf_free(&session->line);
    buf_free(&session->headers);
    buf_free(&session->answer);
    *session = (struct session){0};
}

void session_forget(struct session *session)
{
    if (session->cookies)
        curl_easy_setopt(session->easy, CURLOPT_COOKIELIST, "ALL");
}

int session_cookies(const struct session *session, const struct jar_place *place,
                    struct buf *ret_text, struct err *err)
{
    struct curl_slist *list = NULL;
    int rc = 0;
    if (curl_easy_getinfo(session->easy, CURLINFO_COOKIELIST, &list))
        return 0;
    for (const struct curl_slist *line = list; line && !rc; line = line->next)
        rc = jar_add(line->data, place, ret_text);
    curl_slist_free_all(list);
    return rc ? err_set(err, ERR_MEMORY, "the cookies are too long") : 0;
}

/* ---- one request ---- */

static int add_line(struct session *session, const char *text, struct err *err)
{
    struct curl_slist *list = curl_slist_append(session->list, text);
    if (!list)
        return err_set(err, ERR_MEMORY, "out of memory");
    session->list = list;
    return 0;
}

static bool has_header(const struct spec_request *request, const char *name)
{
    for (unsigned i = 0; i < request->headers_count; i++)
        if (!strcasecmp(request->headers[i].name, name))
            return true;
    return false;
}

static int add_key(const struct spec_request *request, struct session *session,
                   const struct fill *fill, struct err *err)
{
    const struct uuid_key key = template_keys(request->key_seed);
    char text[UUID_LENGTH + 1] = "";
    template_key(&key, fill->row, text);
    buf_clear(&session->line);
    if (buf_addf(&session->line, "%s: %s", request->key_header, text))
        return err_set(err, ERR_MEMORY, "out of memory");
    return add_line(session, buf_text(&session->line), err);
}

static int fill_headers(const struct step *step, struct session *session, const struct fill *fill,
                        struct err *err)
{
    const struct spec_request *request = step->request;
    curl_slist_free_all(session->list);
    session->list = NULL;
    int rc = 0;
    for (unsigned i = 0; i < request->headers_count && !rc; i++) {
        const struct spec_pair *header = &request->headers[i];
        struct buf *line = &session->line;
        rc = fill_text(fill, header->value, ESCAPE_HEADER, &session->body, err);
        if (rc)
            return err_prefix(err, "headers.%s", header->name);
        buf_clear(line);
        bool empty = !session->body.used; /* libcurl's notation of an empty one */
        if (buf_addf(line, "%s%s%s", header->name, empty ? ";" : ": ", buf_text(&session->body)))
            return err_set(err, ERR_MEMORY, "headers.%s is too long", header->name);
        rc = add_line(session, buf_text(line), err);
    }
    if (!rc && request->key_header)
        rc = add_key(request, session, fill, err);
    if (!rc && !has_header(request, "Expect"))
        rc = add_line(session, "Expect:", err);
    const char *type = message_default_type(request);
    char said[64];
    snprintf(said, sizeof said, "Content-Type:%s%s", type ? " " : "", type ? type : "");
    return rc || has_header(request, "Content-Type") ? rc : add_line(session, said, err);
}

/* Users take turns among the instances of a service. */
static const char *url_of(const struct spec_request *request, size_t row)
{
    return request->urls_count ? request->urls[row % request->urls_count] : request->url;
}

static int fill_body(const struct step *step, struct session *session, const struct fill *fill,
                     struct err *err)
{
    const struct spec_request *request = step->request;
    const char *text = request->body ? request->body : "";
    if (fill_text(fill, text, message_body_escape(request), &session->body, err))
        return err_prefix(err, "body");
    return step->grpc ? step_encode(step, session, err) : 0;
}

static int fill_all(const struct step *step, struct session *session, const struct fill *fill,
                    struct err *err)
{
    const struct spec_request *request = step->request;
    int rc = fill_headers(step, session, fill, err);
    if (!rc && fill_text(fill, url_of(request, fill->row), ESCAPE_URL, &session->url, err))
        rc = err_prefix(err, "url");
    if (rc)
        return rc;
    struct fill number = *fill;
    number.nobody = "0"; /* where only numbers fit nobody is one, too */
    bool either = step->grpc && fill->nobody;
    if (either && !fill_body(step, session, fill, NULL))
        return 0;
    return fill_body(step, session, either ? &number : fill, err);
}

static void set_method(const struct spec_request *request, struct session *session)
{
    CURL *easy = session->easy;
    const char *method = request->method;
    bool posts = request->body || !strcmp(method, "POST") || !strcmp(method, "PUT") ||
                 !strcmp(method, "PATCH");
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, NULL);
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    if (posts) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, buf_text(&session->body));
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)session->body.used);
    } else if (!strcmp(method, "HEAD")) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
        return;
    }
    if (strcmp(method, posts ? "POST" : "GET") != 0)
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
}

static void set_tls(const struct step *step, CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, step->request->insecure ? 0L : 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, step->request->insecure ? 0L : 2L);
    if (step->ca)
        curl_easy_setopt(easy, CURLOPT_CAINFO, step->ca);
    if (step->cert) {
        curl_easy_setopt(easy, CURLOPT_SSLCERT, step->cert);
        curl_easy_setopt(easy, CURLOPT_SSLKEY, step->key);
    }
}

long step_http_version(enum http2 http2)
{
    static const long versions[] = {[HTTP2_OFF] = CURL_HTTP_VERSION_1_1,
                                    [HTTP2_OFFERED] = CURL_HTTP_VERSION_2TLS,
                                    [HTTP2_KNOWN] = CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE};
    return versions[http2];
}

/* Cookies of the user survive, as they belong to the handle and not to its options. */
static void set_options(const struct step *step, struct session *session)
{
    CURL *easy = session->easy;
    curl_easy_reset(easy);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, check_stop);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, session);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, step->request->socket);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, step_http_version(step->request->http2));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(step->request->timeout / NS_PER_MS));
    curl_easy_setopt(easy, CURLOPT_URL, buf_text(&session->url));
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, session->list);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, session);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, session);
    set_method(step->request, session);
    set_tls(step, easy);
}

struct response session_response(const struct session *session)
{
    return (struct response){
        .status = (int32_t)session->status,
        .type = session->type,
        .headers_hit = session->headers_hit,
        .body = buf_text(&session->answer),
        .body_length = session->answer.used,
        .body_whole = true,
        .who = *session->who,
        .grpc = session->step->grpc ? session->grpc.code : GRPC_OK,
    };
}

static bool is_wanted(const struct step *step, const struct session *session)
{
    const struct response response = session_response(session);
    enum request_cause cause;
    struct maybe rank;
    if (!step->rules)
        return session->status >= 200 && session->status < 300;
    return rules_classify(step->rules, &response, &cause, &rank) == CLASS_ACCEPTED;
}

static const char *path_of(const char *url)
{
    const char *host = strstr(url, "://");
    return host ? strchr(host + 3, '/') : NULL;
}

static int take_values(const struct step *step, const struct session *session,
                       struct fill_value *values, struct err *err)
{
    const struct extract_answer answer = {buf_text(&session->headers), buf_text(&session->answer),
                                          session->answer.used, path_of(buf_text(&session->url))};
    for (unsigned i = 0; i < step->extracts_count; i++) {
        values[i].known = extract_value(&step->extracts[i], &answer, &values[i].text);
        if (!values[i].known)
            return err_set(err, ERR_ENVIRONMENT, "no %s in the answer (capture.%s)",
                           step->extracts[i].source, step->extracts[i].name);
    }
    return 0;
}

int step_send(const struct step *step, struct session *session, const struct fill *fill,
              struct err *err)
{
    session->step = step;
    session->who = &fill->who;
    session->status = 0;
    session->sample[0] = session->type[0] = '\0';
    buf_clear(&session->answer);
    buf_clear(&session->headers);
    int rc = fill_all(step, session, fill, err);
    if (rc)
        return rc;
    set_options(step, session);
    CURLcode code = curl_easy_perform(session->easy);
    if (code)
        return err_set(err, ERR_ENVIRONMENT, "%s", curl_easy_strerror(code));
    curl_easy_getinfo(session->easy, CURLINFO_RESPONSE_CODE, &session->status);
    rc = step->grpc ? step_decode(step, session, err) : 0;
    if (rc)
        return rc;
    printable(buf_text(&session->answer), session->answer.used, session->sample,
              sizeof session->sample);
    mask_apply_here(session->sample, sizeof session->sample);
    return 0;
}

int step_run(const struct step *step, struct session *session, const struct fill *fill,
             struct fill_value *values, struct err *err)
{
    int rc = step_send(step, session, fill, err);
    if (rc)
        return rc;
    if (!is_wanted(step, session))
        return err_set(err, ERR_ENVIRONMENT, "status %ld%s", session->status,
                       step->rules ? ", and not what `expect` says" : "");
    return take_values(step, session, values, err);
}
