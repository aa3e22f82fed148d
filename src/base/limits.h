/* limits: every ceiling in one place (house habit 11). A vendor's limit names its rule. */
#pragma once

#include "base/base.h"

#define CHUNK_RECORDS 1000 /* what match, decide and plan see at a time */
/* How exactly a service's clock is known: its Date says whole seconds. Of two readings closer than
 * this the later to arrive counts (S8.6). */
#define CLOCK_SLACK_MS       1000
#define FIELDS_MAX           400  /* mapped fields of a connection */
#define FILTER_BYTES_MAX     8000 /* an account filter (S2.3) */
#define FILTER_NODES_MAX     500  /* its comparisons and joins */
#define FILTER_DEPTH_MAX     50   /* its parentheses */
#define FILTER_FIELDS_MAX    20   /* its fields that no mapping reads */
#define HIERARCHY_LEVELS_MAX 500  /* parents over parents that are looked at for a loop (S11.2) */
#define HTTP_BODY_BYTES_MAX  (8 * MIB)
#define HTTP_PARALLEL_MAX    8      /* answers in flight (design, speed) */
#define REVIEWS_MAX          100000 /* that are shown, or answered together */
#define STR_VALUE_BYTES_MAX  (256 * KIB)
#define USED_VALUES_MAX      5000 /* different values of one field that are told apart (S6.3) */

#define HS_BATCH_RECORDS_MAX       100   /* H7: inputs of a batch call */
#define HS_HISTORY_RECORDS_MAX     50    /* H7.10: of a batch read with history */
#define HS_LIST_RECORDS_MAX        100   /* H6.5 */
#define HS_PAIRS_READ_MAX          1000  /* H15.7 */
#define HS_SEARCH_RECORDS_MAX      200   /* H12.1 */
#define HS_SEARCH_WINDOW           9800  /* H13.5: below the 10,000 of H12.1 */
#define SF_COLLECTION_RECORDS_MAX  200   /* SF 8.2 */
#define SF_COMPOSITE_CALLS_MAX     25    /* SF 8.4 */
#define SF_QUERY_PAGE_RECORDS      2000  /* SF 5.1 */
#define SF_BULK_FROM_RECORDS       2000  /* SF 8.5, S16.3 */
#define SF_BULK_PAGE_RECORDS       50000 /* SF 10.2 */
#define SF_COLLECTION_READ_IDS_MAX 2000  /* SF 8.3 */

static_assert(HS_BATCH_RECORDS_MAX <= CHUNK_RECORDS, "a batch must fit in a chunk");
static_assert(SF_COLLECTION_RECORDS_MAX <= CHUNK_RECORDS, "a batch must fit in a chunk");
