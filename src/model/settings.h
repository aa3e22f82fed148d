/* settings: what an operator chooses for one connection. One table loads, checks, prints and
 * documents them; the store keeps their texts (DOC_SETTING). */
#pragma once

#include "base/err.h"
#include "base/str.h"

enum match_domain { MATCH_DOMAIN_LINK, MATCH_DOMAIN_REVIEW, MATCH_DOMAIN_OFF };
enum match_near { NEAR_OFF, NEAR_REVIEW };
enum match_several { SEVERAL_REVIEW, SEVERAL_CREATE };
enum on_delete { ON_DELETE_UNLINK, ON_DELETE_DELETE, ON_DELETE_IGNORE };
enum default_object { DEFAULT_CONTACT, DEFAULT_LEAD };
enum owner_unmatched {
    OWNER_UNMATCHED_KEEP,
    OWNER_UNMATCHED_RESET,
    OWNER_UNMATCHED_CLEAR,
    OWNER_UNMATCHED_NAMED, /* `owner_named` says who */
};
enum first_link { FIRST_SALESFORCE, FIRST_HUBSPOT, FIRST_NEWEST, FIRST_REVIEW };

#define OWNER_NAMED_BYTES  256
#define NAMES_BYTES        512
#define SETTING_TEXT_BYTES 128

struct settings {
    bool company_sync;        /* S1.1; turned by engine_switch, never by a plain set */
    int64_t create_settle_ms; /* S7.7 */
    int64_t create_max;       /* S12.3 */
    int64_t brake_change, brake_clear, brake_unlink; /* S12.3: percent of the links */
    enum match_domain match_domain;                  /* S7.2 */
    enum match_near match_near;                      /* S7.4 */
    enum match_several match_several;
    enum first_link first_link;           /* S5.5 */
    enum on_delete on_delete;             /* S9.1 */
    enum default_object default_object;   /* S3.1: what a contact becomes in Salesforce */
    bool name_from_domain;                /* S3.8 */
    enum owner_unmatched owner_unmatched; /* S6.6 */
    char owner_named[OWNER_NAMED_BYTES];  /* an email address; "" unless NAMED */
    bool person_accounts;                 /* S2.4 */
    bool beside_native;                   /* S1.6: link and update, never create */
    int64_t inclusion_list;               /* S3.5: of contacts; 0 = none */
    int64_t company_list;                 /* S3.5: of companies; 0 = none */
    char lifecycle_still[NAMES_BYTES];    /* S10.1: stages that move no company; "" = none named */
    bool associations;                    /* S11.1 */
    bool hierarchy;                       /* S11.2 */
    char record_type[SETTING_TEXT_BYTES]; /* S6.10: of created accounts; "" = the user's default */
    bool hold;                            /* S1.4; turned by hold and release */
    int64_t poll_interval_ms;             /* S4.3 */
    int64_t salesforce_overlap_ms;        /* SF 13 */
    int64_t sweep_age_ms;                 /* S4.1, S4.2 */
    int64_t hubspot_overlap_ms;           /* H13.4 */
};

struct setting {
    const char *name;
    const char *fallback; /* its default, as text */
    const char *rule;     /* "S7.7" */
    const char *help;     /* one sentence */
    const char *values;   /* what may be given: "on|off", "duration (5s, 2m, 1h)" */
};

extern const size_t settings_count;
const struct setting *setting_at(size_t i); /* in the order of their names */

void settings_default(struct settings *s);
/* Is there one of this name? Else ERR_USAGE, with the one that was probably meant. */
MUST_CHECK bool settings_known(struct str name, struct err *e);
/* Sets one from its text; an unknown name or a bad value is ERR_USAGE naming what is allowed. */
MUST_CHECK bool settings_set(struct settings *s, struct str name, struct str text, struct err *e);
struct str settings_get(struct arena *a, const struct settings *s,
                        struct str name); /* none = no such */
/* "90s", "2m", "500ms", "1h", "1d", "0" */
MUST_CHECK bool duration_parse(struct str text, int64_t *ms);
struct str duration_print(struct arena *a, int64_t ms);
