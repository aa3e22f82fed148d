#include "test/scenario/box.h"

#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "text/iso8601.h"

#define START "2026-03-02T09:00:00Z"

static bool broken(struct err *e, const char *what)
{
    return err_set(e, ERR_INTERNAL, "sandbox", "tandem-sandbox: %s", what);
}

/* The one line that it prints when it is ready. */
static bool read_addresses(struct box *b, int fd, struct err *e)
{
    char line[1024];
    size_t n = 0;
    ssize_t got;
    yyjson_val *root;
    struct arena a;
    while (n < sizeof(line) - 1 && (got = read(fd, line + n, sizeof(line) - 1 - n)) > 0) {
        n += (size_t)got;
        if (memchr(line, '\n', n))
            break;
    }
    arena_init(&a, MIB);
    bool ok = json_parse(&a, (struct str){line, n}, &root, e);
    if (ok) {
        snprintf(b->control, sizeof(b->control), "%.*s", STR_ARG(json_get(root, "control")));
        snprintf(b->salesforce, sizeof(b->salesforce), "%.*s",
                 STR_ARG(json_get(root, "salesforce")));
        snprintf(b->hubspot, sizeof(b->hubspot), "%.*s", STR_ARG(json_get(root, "hubspot")));
    }
    arena_release(&a);
    return ok || broken(e, "did not start");
}

bool box_start(struct box *b, const char *program, struct err *e)
{
    int fd[2];
    *b = (struct box){.pid = -1};
    b->curl = curl_easy_init();
    if (!b->curl || pipe(fd) != 0)
        return broken(e, "no pipe");
    b->pid = fork();
    if (b->pid < 0)
        return broken(e, "cannot fork");
    if (b->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        dup2(fd[1], STDOUT_FILENO);
        close(fd[0]);
        close(fd[1]);
        execl(program, program, "--frozen", "--start", START, "--limits", "off", "--gzip", "off",
              (char *)NULL);
        _exit(127);
    }
    close(fd[1]);
    bool ok = read_addresses(b, fd[0], e);
    close(fd[0]);
    return ok;
}

void box_stop(struct box *b)
{
    if (b->pid > 0) {
        kill(b->pid, SIGTERM);
        waitpid(b->pid, NULL, 0);
    }
    if (b->curl)
        curl_easy_cleanup(b->curl);
}

static size_t take(char *bytes, size_t size, size_t n, void *who)
{
    buf_add(who, bytes, size * n);
    return size * n;
}

bool box_call(struct box *b, struct arena *a, const char *method, struct str path, struct str body,
              yyjson_val **out, struct err *e)
{
    struct buf answer;
    long status = 0;
    char *url = str_cstr(a, str_fmt(a, "%s%.*s", b->control, STR_ARG(path)));
    buf_init(&answer, 64 * MIB);
    curl_easy_reset(b->curl);
    curl_easy_setopt(b->curl, CURLOPT_URL, url);
    curl_easy_setopt(b->curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(b->curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(b->curl, CURLOPT_WRITEDATA, &answer);
    curl_easy_setopt(b->curl, CURLOPT_TIMEOUT, 60L);
    if (body.p) {
        curl_easy_setopt(b->curl, CURLOPT_POSTFIELDSIZE, (long)body.n);
        curl_easy_setopt(b->curl, CURLOPT_POSTFIELDS, body.p);
    }
    CURLcode code = curl_easy_perform(b->curl);
    curl_easy_getinfo(b->curl, CURLINFO_RESPONSE_CODE, &status);
    bool ok = code == CURLE_OK && status >= 200 && status < 300;
    if (!ok)
        err_set(e, ERR_INTERNAL, "sandbox", "the sandbox answers %s %.*s with %ld %.*s", method,
                STR_ARG(path), status, STR_ARG(str_slice(buf_view(&answer), 0, 300)));
    else if (out)
        ok = json_parse(a, str_dup(a, answer.n ? buf_view(&answer) : S("{}")), out, e);
    buf_release(&answer);
    return ok;
}

bool box_reset(struct box *b, struct arena *a, struct err *e)
{
    yyjson_val *clock;
    if (!box_call(b, a, "POST", S("/reset"), S("{\"clock\":\"start\"}"), NULL, e) ||
        !box_call(b, a, "POST", S("/writes"), S("{\"on\":true}"), NULL, e) ||
        !box_call(b, a, "POST", S("/clock"), S("{}"), &clock, e))
        return false;
    b->now_ms = json_i64(yyjson_obj_get(clock, "now_ms"), 0);
    return true;
}

bool box_advance(struct box *b, int64_t ms, struct err *e)
{
    struct arena a;
    arena_init(&a, MIB);
    struct str body = str_fmt(&a, "{\"advance_ms\":%lld}", (long long)ms);
    bool ok = box_call(b, &a, "POST", S("/clock"), body, NULL, e);
    arena_release(&a);
    b->now_ms += ms;
    return ok;
}
