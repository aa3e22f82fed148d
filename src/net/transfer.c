/* transfer: one request through curl. */
#include <stdlib.h>
#include <string.h>

#include "net/http_p.h"
#include "text/iso8601.h"

#define CONNECT_MS         10000 /* H2.9 */
#define DEFAULT_TIMEOUT_MS 30000
#define HEAD_BYTES_MAX     (64 * KIB)

static const char *const method_names[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

static size_t on_body(char *bytes, size_t size, size_t n, void *who)
{
    struct transfer *t = who;
    n *= size;
    if (t->body.n + n > t->body_max) {
        t->too_large = true;
        return CURL_WRITEFUNC_ERROR;
    }
    buf_add(&t->body, bytes, n);
    return n;
}

/* The bytes of a request that may be sent once only. Without a way to rewind them curl cannot send
 * them again by itself, which it would on a connection that was used before and ends without a
 * word (S8.2). */
static size_t on_send(char *bytes, size_t size, size_t n, void *who)
{
    struct transfer *t = who;
    n = MIN(size * n, t->request_body.n - t->request_sent);
    if (n)
        memcpy(bytes, t->request_body.p + t->request_sent, n);
    t->request_sent += n;
    return n;
}

static size_t on_header(char *bytes, size_t size, size_t n, void *who)
{
    struct transfer *t = who;
    struct str line = str_trim((struct str){bytes, size * n});
    if (str_starts(line, S("HTTP/"))) { /* a 100 Continue may come before the answer */
        buf_clear(&t->head);
        t->head_over = false;
    }
    t->head_over = t->head_over || !line.n;
    buf_str(&t->head, line);
    buf_char(&t->head, '\n');
    t->head_too_large = t->head.full; /* one that is lost could say where the rest is */
    return t->head_too_large ? CURL_WRITEFUNC_ERROR : size * n;
}

/* Ends at the first control character: no value, a token least of all, may add a header. */
static void add_header(struct transfer *t, const char *name, struct str value)
{
    size_t n = 0;
    while (n < value.n && (unsigned char)value.p[n] >= 0x20 && value.p[n] != 0x7f)
        n++;
    value.n = n;
    struct str line = value.n ? str_fmt(&t->text, "%s: %.*s", name, STR_ARG(value))
                              : str_fmt(&t->text, "%s:", name);
    t->headers = curl_slist_append(t->headers, str_cstr(&t->text, line));
}

static void set_headers(struct transfer *t, const struct http_request *req, struct str token)
{
    curl_slist_free_all(t->headers);
    t->headers = NULL;
    add_header(t, "Expect", STR_NONE);
    add_header(t, "Accept", S("application/json, text/csv;q=0.9, */*;q=0.1"));
    if (req->body.p)
        add_header(t, "Content-Type",
                   req->content_type.p ? req->content_type : S("application/json; charset=UTF-8"));
    if (token.n)
        add_header(t, "Authorization", str_fmt(&t->text, "Bearer %.*s", STR_ARG(token)));
    for (size_t i = 0; i < req->headers; i++)
        add_header(t, str_cstr(&t->text, req->header[i].name), req->header[i].value);
}

static void set_method(struct transfer *t, const struct http_request *req)
{
    t->request_body = req->body.p ? req->body : S("");
    t->request_sent = 0;
    curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, NULL);
    if (req->body.p || req->method == HTTP_POST || req->method == HTTP_PUT ||
        req->method == HTTP_PATCH) {
        curl_easy_setopt(t->easy, CURLOPT_POST, 1L);
        curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS,
                         req->repeatable ? t->request_body.p : (const char *)NULL);
        curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->request_body.n);
    } else {
        curl_easy_setopt(t->easy, CURLOPT_HTTPGET, 1L);
    }
    if (req->method != HTTP_GET && req->method != HTTP_POST)
        curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, method_names[req->method]);
}

static void set_fixed(struct http *h, struct transfer *t)
{
    CURL *c = t->easy;
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https,http");
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "gzip");
    curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(c, CURLOPT_BUFFERSIZE, 128L * 1024);
    curl_easy_setopt(c, CURLOPT_UPLOAD_BUFFERSIZE, 128L * 1024); /* a batch at once */
    curl_easy_setopt(c, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(c, CURLOPT_USERAGENT, h->o.user_agent ? h->o.user_agent : "tandem");
    if (h->o.ca_file)
        curl_easy_setopt(c, CURLOPT_CAINFO, h->o.ca_file);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(c, CURLOPT_READFUNCTION, on_send);
    curl_easy_setopt(c, CURLOPT_READDATA, t);
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(c, CURLOPT_PRIVATE, t);
}

bool transfer_start(struct http *h, struct transfer *t, struct http_exchange *x, bool renew,
                    struct err *e)
{
    const struct http_request *req = &x->req;
    struct http_token token = {0};
    if (!t->easy) {
        t->easy = curl_easy_init();
        if (!t->easy)
            abort();
        set_fixed(h, t);
        arena_init(&t->text, 16 * MIB);
        buf_init(&t->head, HEAD_BYTES_MAX);
        buf_init(&t->body, 64 * MIB);
    }
    if (h->o.auth && !req->no_auth && !h->o.auth->token(h->o.auth, renew, &token, e))
        return false;
    arena_reset(&t->text);
    buf_clear(&t->head);
    buf_clear(&t->body);
    t->body_max = req->body_max ? req->body_max : HTTP_BODY_BYTES_MAX;
    t->too_large = t->head_too_large = t->head_over = false;
    /* The address is built at send time: a renewal may have moved it (SF T5). */
    struct str base = token.base.n ? token.base : h->o.base;
    struct str url = str_fmt(&t->text, "%.*s%.*s", STR_ARG(base), STR_ARG(req->path));
    curl_easy_setopt(t->easy, CURLOPT_URL, str_cstr(&t->text, url));
    set_method(t, req);
    set_headers(t, req, token.token);
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
    long timeout = (long)(req->timeout_ms ? req->timeout_ms : DEFAULT_TIMEOUT_MS);
    curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, t->stream ? 0L : timeout);
    curl_easy_setopt(t->easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(t->easy, CURLOPT_LOW_SPEED_TIME, timeout / 1000 + 1);
    /* Without a body there is nothing that curl could not send once more. */
    bool once = !req->repeatable && !t->request_body.n;
    curl_easy_setopt(t->easy, CURLOPT_FRESH_CONNECT, once ? 1L : 0L);
    t->x = x;
    t->sent_us = http_mono(h);
    if (curl_multi_add_handle(h->multi, t->easy) != CURLM_OK)
        abort();
    return true;
}

static void parse_headers(struct transfer *t, struct http_response *res, struct arena *a)
{
    struct str rest = buf_view(&t->head), line;
    res->header = ARENA_ARRAY(a, struct http_header, str_count(rest, '\n'));
    res->headers = 0;
    while (str_cut(&rest, '\n', &line)) {
        ptrdiff_t colon = str_find_char(line, ':');
        if (colon <= 0)
            continue;
        struct http_header *h = &res->header[res->headers++];
        h->name = str_dup(a, str_slice(line, 0, (size_t)colon));
        h->value = str_dup(a, str_trim(str_slice(line, (size_t)colon + 1, line.n)));
    }
}

void transfer_answer(struct http *h, struct transfer *t, struct arena *a)
{
    struct http_response *res = &t->x->res;
    long status = 0;
    int64_t now = http_mono(h);
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    *res = (struct http_response){.status = (int)status};
    parse_headers(t, res, a);
    res->body = str_dup(a, buf_view(&t->body));
    res->content_type = http_header_get(res, "Content-Type");
    res->date_ms = http_date_ms(http_header_get(res, "Date"));
    if (res->date_ms)
        http_learn_clock(h, res->date_ms, t->sent_us, now);
    res->asked_ms = h->offset_ms + t->sent_us / 1000;
    h->counts.bytes_in += res->body.n;
    h->counts.bytes_out += t->request_body.n;
}

void transfer_idle(struct http *h, struct transfer *t)
{
    curl_multi_remove_handle(h->multi, t->easy);
    t->x = NULL;
    if (t->body.cap > HTTP_BODY_BYTES_MAX / 4)
        buf_release(&t->body); /* one large answer must not stay for ever */
}

void transfer_release(struct transfer *t)
{
    if (!t->easy)
        return;
    curl_easy_cleanup(t->easy);
    curl_slist_free_all(t->headers);
    buf_release(&t->body);
    buf_release(&t->head);
    arena_release(&t->text);
    t->easy = NULL;
}

CURLcode transfer_result(const struct transfer *t, CURLcode code)
{
    return code == CURLE_OK && !t->head_over ? CURLE_GOT_NOTHING : code;
}

/* Host and port of the address that was asked. */
static struct str host_asked(const struct transfer *t)
{
    char *url = NULL;
    curl_easy_getinfo(t->easy, CURLINFO_EFFECTIVE_URL, &url);
    struct str rest = str_from(url), host = S("the service");
    ptrdiff_t at = str_find(rest, S("://"));
    if (at < 0)
        return host;
    rest = str_slice(rest, (size_t)at + 3, rest.n);
    return str_slice(rest, 0, strcspn(rest.p, "/?#"));
}

void transfer_failure(const struct transfer *t, CURLcode code, bool *sent, struct err *e)
{
    const char *why = curl_easy_strerror(code);
    *sent = true;
    switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        *sent = false;
        err_set(e, ERR_CONFIG, "tls_certificate", "the service's certificate is not trusted: %s",
                why);
        err_hint(e, "check the address; for a private CA name its file as ca_file");
        return;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
        *sent = false;
        err_set(e, ERR_RETRY, "no_connection", "no connection with %.*s: %s",
                STR_ARG(host_asked(t)), why);
        return;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        *sent = false;
        err_set(e, ERR_CONFIG, "bad_endpoint", "the address cannot be used: %s", why);
        return;
    case CURLE_OPERATION_TIMEDOUT:
        err_set(e, ERR_RETRY, "timeout", "no answer in time");
        return;
    case CURLE_WRITE_ERROR:
        if (t->head_too_large) {
            err_set(e, ERR_INTERNAL, "headers_too_large",
                    "the answer's headers are larger than %d bytes", (int)HEAD_BYTES_MAX);
            return;
        }
        if (t->too_large) {
            err_set(e, ERR_INTERNAL, "answer_too_large", "the answer is larger than %zu bytes",
                    t->body_max);
            return;
        }
        /* fallthrough */
    default:
        err_set(e, ERR_RETRY, "connection_lost", "the connection was lost: %s", why);
    }
}
