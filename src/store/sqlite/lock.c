/* lock: who may write, and who serves. Each is a file beside the store, locked by the one whose pid
 * stands in it; the system gives it up for a process that dies. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "store/sqlite/sqlite_p.h"

struct holder { /* as its file says */
    char pid[24];
    bool steps;
};

static void read_holder(int fd, struct holder *out)
{
    char text[48] = "";
    ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
    text[MAX(n, 0)] = '\0';
    size_t digits = strspn(text, "0123456789");
    snprintf(out->pid, sizeof(out->pid), "%.*s", digits ? (int)MIN(digits, 20) : 1,
             digits ? text : "?");
    out->steps = strstr(text, "steps") != NULL;
}

/* *fd >= 0: it is ours. Else true: somebody has it, and *other says who. */
static bool take(const char *store, const char *tail, bool steps, int *fd, struct holder *other,
                 struct err *e)
{
    char path[4096], text[48];
    snprintf(path, sizeof(path), "%s%s", store, tail);
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (*fd < 0)
        return err_set(e, ERR_CONFIG, "lock", "cannot make %s: %s", path, strerror(errno));
    if (flock(*fd, LOCK_EX | LOCK_NB) != 0) {
        read_holder(*fd, other);
        close(*fd);
        *fd = -1;
        return true;
    }
    int n = snprintf(text, sizeof(text), "%ld%s\n", (long)getpid(), steps ? " steps" : "");
    if (ftruncate(*fd, 0) == 0 && pwrite(*fd, text, (size_t)n, 0) == n)
        return true;
    close(*fd);
    *fd = -1;
    return err_set(e, ERR_INTERNAL, "disk_full", "cannot write %s", path);
}

bool store_lock(struct store *store, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    struct holder other;
    assert(s->lock_fd < 0);
    if (!take(s->path, ".lock", s->steps, &s->lock_fd, &other, e))
        return false;
    if (s->lock_fd >= 0)
        return true;
    err_set(e, other.steps ? ERR_WAIT : ERR_REFUSED, "store_locked",
            "another Tandem (process %s%s) writes to %s", other.pid,
            other.steps ? ", for a moment" : "", s->path);
    err_rule(e, "S8.7");
    err_subject(e, str_from(s->path));
    return err_hint(e, "wait for it, or stop it; reading commands work meanwhile");
}

void store_unlock(struct store *store)
{
    struct sqlite_store *s = self_of(store);
    assert(!s->open);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    s->lock_fd = -1;
}

bool store_sqlite_claim(const char *path, int *fd, struct err *e)
{
    struct holder other;
    if (!take(path, ".serve", true, fd, &other, e))
        return false;
    if (*fd >= 0)
        return true;
    err_set(e, ERR_REFUSED, "already_served", "another Tandem (process %s) serves %s already",
            other.pid, path);
    err_rule(e, "S8.7");
    err_subject(e, str_from(path));
    return err_hint(e, "stop that one first; one service is enough for all connections");
}
