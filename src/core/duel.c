#include "core/duel.h"

static bool hold(struct duel *d, int64_t now_ms)
{
    d->at_ms = now_ms + (d->holds == 0 ? MS_HOUR : MS_DAY);
    d->holds++;
    d->tried = false;
    return false;
}

bool duel_lets_write(struct duel *d, unsigned writes, int64_t now_ms)
{
    if (d->holds == 0)
        return writes < DUEL_WRITES || hold(d, now_ms);
    if (!d->tried) {
        if (now_ms < d->at_ms)
            return false;
        d->tried = true;
        d->at_ms = now_ms;
        return true;
    }
    if (now_ms < d->at_ms + DUEL_WINDOW_MS)
        return hold(d, now_ms); /* the try was answered */
    *d = (struct duel){.account = d->account, .map = d->map};
    return true;
}
