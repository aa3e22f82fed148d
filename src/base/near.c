#include "base/near.h"

/* The optimal string alignment distance; three rows of its table are enough. */
static size_t steps_between(struct str a, struct str b)
{
    size_t row[3][NEAR_BYTES_MAX + 1];
    for (size_t k = 0; k <= b.n; k++)
        row[0][k] = k;
    for (size_t i = 1; i <= a.n; i++) {
        size_t *here = row[i % 3], *above = row[(i + 2) % 3], *higher = row[(i + 1) % 3];
        here[0] = i;
        for (size_t k = 1; k <= b.n; k++) {
            char x = char_lower(a.p[i - 1]), y = char_lower(b.p[k - 1]);
            here[k] = MIN(MIN(above[k], here[k - 1]) + 1, above[k - 1] + (x != y));
            if (i > 1 && k > 1 && x == char_lower(b.p[k - 2]) && char_lower(a.p[i - 2]) == y)
                here[k] = MIN(here[k], higher[k - 2] + 1);
        }
    }
    return row[a.n % 3][b.n];
}

struct near near_to(struct str want)
{
    return (struct near){want, STR_NONE, SIZE_MAX};
}

void near_offer(struct near *n, struct str name)
{
    if (!n->want.n || n->want.n > NEAR_BYTES_MAX || name.n > NEAR_BYTES_MAX)
        return;
    size_t steps = steps_between(n->want, name), most = n->want.n < 3 ? 1 : n->want.n / 3;
    if (steps > most || steps >= n->steps || steps >= name.n)
        return;
    n->best = name;
    n->steps = steps;
}

bool near_hint(struct err *e, const struct near *n, const char *way_out)
{
    if (!n->best.p)
        return err_hint(e, "%s", way_out);
    return err_hint(e, "did you mean \"%.*s\"? %s", STR_ARG(n->best), way_out);
}
