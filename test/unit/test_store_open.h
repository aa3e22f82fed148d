/* The new store of test_store.h, open for writing while a test runs. */
#pragma once

#include "test_store.h"

static struct store *st;
static struct err e;

static int set_up(void **state)
{
    int bad = folder_up(state);
    st = bad ? NULL : open_it(STORE_WRITE);
    return bad;
}

static int tear_down(void **state)
{
    st->ops->close(st);
    return folder_down(state);
}

/* In a transaction of its own. */
#define WRITE(call)                                                                                \
    do {                                                                                           \
        assert_true(st->ops->begin(st, STORE_NORMAL, &e));                                         \
        if (!(call))                                                                               \
            fail_msg("%s", e.msg);                                                                 \
        assert_true(st->ops->commit(st, &e));                                                      \
    } while (0)
