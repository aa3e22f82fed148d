/* files: those that a person names, or tandem.yaml does. */
#include <errno.h>
#include <fcntl.h>
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

/* One that is there is emptied, if it is an ordinary one; -1 with errno. */
static int replace(const char *path, mode_t mode)
{
    struct stat st;
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, mode);
    if (fd < 0)
        return -1;
    int why = fstat(fd, &st) != 0 ? errno : S_ISREG(st.st_mode) ? 0 : EINVAL;
    if (!why && (ftruncate(fd, 0) != 0 || ((st.st_mode & 077) & ~mode && fchmod(fd, mode) != 0)))
        why = errno;
    if (!why)
        return fd;
    close(fd);
    errno = why;
    return -1;
}

bool file_create(const struct app *app, const char *path, unsigned mode, FILE **out, struct err *e)
{
    int fd = app->o.overwrite ? replace(path, (mode_t)mode)
                              : open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
    *out = fd < 0 ? NULL : fdopen(fd, "w");
    if (*out)
        return true;
    return errno == EEXIST ? there_already(path, e) : file_failed("write", path, errno, e);
}

bool file_write(const struct app *app, const char *path, struct str text, struct err *e)
{
    FILE *f;
    if (!file_create(app, path, 0666, &f, e))
        return false;
    errno = 0;
    bool ok = fwrite(text.p, 1, text.n, f) == text.n && fflush(f) == 0 && fsync(fileno(f)) == 0;
    int why = errno;
    if (fclose(f) == 0 && ok)
        return true;
    unlink(path); /* half of it is none */
    return file_failed("write", path, ok ? errno : why, e);
}
