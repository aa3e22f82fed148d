/* files: those that a person names, or tandem.yaml does. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/app.h"

bool file_failed(const char *what, const char *path, int why, struct err *e)
{
    static const struct {
        int why;
        const char *hint;
    } ways[] = {
        {ENOENT, "look at the name and its folder; without a / in front it is looked for in the"
                 " folder where the command is run"},
        {ENOTDIR, "look at the name: a part of it is a file, and no folder"},
        {EACCES, "give the user who runs tandem the right to it, and to its folder"},
        {EISDIR, "name a file, not a folder"},
        {EFBIG, "name a smaller file"},
        {EINVAL, "name a file that lies on a disk, not a pipe or a device"},
        {ENOSPC, "make room on the disk, or name a file on another one"},
        {EROFS, "name a file on a disk that may be written to"},
    };
    err_set(e, ERR_CONFIG, "file", "cannot %s %s: %s", what, path,
            why == EINVAL ? "it is no ordinary file" : strerror(why));
    err_subject(e, str_from(path));
    for (size_t i = 0; i < LEN(ways); i++)
        if (ways[i].why == why)
            err_hint(e, "%s", ways[i].hint);
    return false;
}

/* 0, or why it is not one to be read. */
static int unfit(int fd, size_t max, size_t *size)
{
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        return errno;
    *size = (size_t)st.st_size;
    return S_ISDIR(st.st_mode) ? EISDIR : !S_ISREG(st.st_mode) ? EINVAL : *size > max ? EFBIG : 0;
}

bool file_read(struct arena *a, const char *path, size_t max, struct str *out, struct err *e)
{
    size_t size = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), why = unfit(fd, max, &size);
    char *p = why ? NULL : arena_bytes(a, size);
    ssize_t n = why ? 0 : read(fd, p, size);
    if (n < 0)
        why = errno;
    if (fd >= 0)
        close(fd);
    if (why)
        return file_failed("read", path, why, e);
    *out = (struct str){p, (size_t)n};
    return true;
}

static bool there_already(const char *path, struct err *e)
{
    err_set(e, ERR_REFUSED, "exists", "%s is there already; nothing was written", path);
    err_subject(e, str_from(path));
    return err_hint(e, "name a file that is not there yet, or replace this one: --overwrite");
}

bool file_free(const struct app *app, const char *path, struct err *e)
{
    return app->o.overwrite || access(path, F_OK) != 0 || there_already(path, e);
}

/* The rights of the file that is replaced, if it is an ordinary one; -1 with errno. */
static int rights(const char *path, mode_t *mode)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return errno == ENOENT ? 0 : -1;
    *mode &= st.st_mode;
    errno = EINVAL;
    return S_ISREG(st.st_mode) ? 0 : -1;
}

bool file_begin(const struct app *app, const char *path, unsigned mode, struct new_file *out,
                struct err *e)
{
    mode_t allowed = (mode_t)mode;
    *out = (struct new_file){.path = path, .replaces = app->o.overwrite};
    const char *name = strrchr(path, '/');
    int folder = name ? (int)(name + 1 - path) : 0;
    int length = snprintf(out->part, sizeof(out->part), "%.*s.tandem-%ld.part", folder, path,
                          (long)getpid());
    if (length < 0 || (size_t)length >= sizeof(out->part))
        return file_failed("write", path, ENAMETOOLONG, e);
    if (!file_free(app, path, e))
        return false;
    int fd = out->replaces && rights(path, &allowed) != 0
                 ? -1
                 : open(out->part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, allowed);
    out->f = fd < 0 ? NULL : fdopen(fd, "w");
    return out->f || file_failed("write", path, errno, e);
}

/* What is there stays, where it is not to be replaced. */
static bool put_in_place(const struct new_file *n)
{
    unsigned flags = n->replaces ? 0 : RENAME_NOREPLACE;
    if (renameat2(AT_FDCWD, n->part, AT_FDCWD, n->path, flags) == 0)
        return true;
    /* a file system that does not know the flag */
    return errno == EINVAL && flags && link(n->part, n->path) == 0 && unlink(n->part) == 0;
}

bool file_end(struct new_file *n, bool ok, struct err *e)
{
    errno = 0;
    bool whole = fflush(n->f) == 0 && !ferror(n->f) && fsync(fileno(n->f)) == 0;
    int why = errno ? errno : EIO; /* of a line before: its errno is long gone */
    if (fclose(n->f) == 0 && whole && ok) {
        if (put_in_place(n))
            return true;
        why = errno;
    }
    unlink(n->part); /* half of it is none */
    return ok &&
           (why == EEXIST ? there_already(n->path, e) : file_failed("write", n->path, why, e));
}

bool file_write(const struct app *app, const char *path, struct str text, struct err *e)
{
    struct new_file n;
    if (!file_begin(app, path, 0666, &n, e))
        return false;
    fwrite(text.p, 1, text.n, n.f);
    return file_end(&n, true, e);
}
