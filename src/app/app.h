/* app: people and processes. What every command shares: its options, where things are, how it
 * speaks. Sentences are English and live here and in words.c; below are codes. */
#pragma once

#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/rng.h"
#include "engine/engine.h"
#include "net/oauth.h"
#include "text/json.h"

enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_ERRORS = 2,
    EXIT_REFUSED = 3,
    EXIT_WRONG_USE = 64,
    EXIT_STOPPED = 130
};

/* tandem.yaml, deployment only: one table loads, checks, writes and documents it (config.c). */
struct config {
    struct str store, key_file, ca_file, public_suffix_list;
    struct str salesforce_version, hubspot_version, salesforce_key_field, hubspot_key_property;
    int64_t hubspot_burst, hubspot_search; /* calls per 10 s, per s; 0 = none */
};

struct options { /* of the command line; one table (options.c) */
    const char *config, *connection, *trace_http, *url, *login_url, *client_id, *username, *jwt_key,
        *audience, *client_secret_file, *refresh_token_file, *token_file, *ids, *since, *package,
        *pairs, *native_off, *category, *rule, *values, *constant_salesforce, *constant_hubspot,
        *truncate, *rate, *allow_new_values, *address, *accounts, *from, *past_brake, *filter,
        *record, *list, *save, *mapping, *direction;
    int64_t limit, samples;
    bool json, jsonl, log_json, help, version, yes, all, token_stdin, quiet, beside_native,
        one_connection, made, overwrite;
};

struct app {
    struct arena a; /* for the life of the command */
    struct clock *clock;
    struct log log;
    struct rng rng;
    struct options o;
    struct config config;
    struct str dir; /* of tandem.yaml; its paths are relative to it */
    char **arg;     /* positional, after command and noun */
    int args;
    const char *command; /* "import accounts" */
    int trace_fd;
    bool terminal; /* standard error is one that can take a line back */

    struct store *store;
    struct domains *domains;
    struct oauth *oauth[SIDE_COUNT];
    struct crm *crm[SIDE_COUNT];
    struct engine *engine;
    int64_t progress_us; /* when a line was last written */
    int64_t phase_began_us;
    const char *phase;
    uint64_t phase_from;
    bool progress_open; /* a progress line without its end stands on the terminal */
};

extern stop_flag app_stop; /* set by SIGINT and SIGTERM */

/* Each prints its own result; a false return is printed by main and becomes the exit status. *code
 * is the status of a true one. */
typedef bool command_fn(struct app *app, int *code, struct err *e);
command_fn cmd_adopt;
command_fn cmd_apply;
command_fn cmd_connect_hubspot;
command_fn cmd_connect_salesforce;
command_fn cmd_doctor;
command_fn cmd_errors_clear;
command_fn cmd_errors_export;
command_fn cmd_errors_list;
command_fn cmd_errors_retry;
command_fn cmd_errors_show;
command_fn cmd_explain;
command_fn cmd_filter_check;
command_fn cmd_filter_clear;
command_fn cmd_filter_set;
command_fn cmd_filter_show;
command_fn cmd_hold;
command_fn cmd_import;
command_fn cmd_init;
command_fn cmd_link;
command_fn cmd_links_list;
command_fn cmd_mapping_add;
command_fn cmd_mapping_backfill;
command_fn cmd_associations_backfill;
command_fn cmd_mapping_change;
command_fn cmd_mapping_check;
command_fn cmd_mapping_export;
command_fn cmd_mapping_import;
command_fn cmd_mapping_list;
command_fn cmd_mapping_propose;
command_fn cmd_mapping_remove;
command_fn cmd_mapping_show;
command_fn cmd_plan_backfill;
command_fn cmd_plan_import;
command_fn cmd_plan_resync;
command_fn cmd_plan_sync;
command_fn cmd_release;
command_fn cmd_relink;
command_fn cmd_resync;
command_fn cmd_review_accept;
command_fn cmd_review_list;
command_fn cmd_review_reject;
command_fn cmd_runs;
command_fn cmd_serve;
command_fn cmd_settings_get;
command_fn cmd_settings_list;
command_fn cmd_settings_set;
command_fn cmd_setup;
command_fn cmd_status;
command_fn cmd_sync;
command_fn cmd_takeover;
command_fn cmd_undo;
command_fn cmd_unlink;
command_fn cmd_verify;

struct command {
    const char *name, *noun; /* noun NULL = none */
    command_fn *run;
    const char *arguments; /* "ID", "NAME VALUE" */
    int args_min, args_max;
    const char *options; /* which of the table, by name, blank-separated */
    const char *help;
};
extern const struct command commands[];
extern const size_t command_count;

/* options.c */
MUST_CHECK bool options_parse(int argc, char **argv, struct options *o, char ***rest, int *rests,
                              struct err *e);
MUST_CHECK bool options_check(const struct command *c, int argc, char **argv, struct err *e);
struct str command_words(struct arena *a, const struct command *c); /* "settings set" */
void options_help(const struct command *c);
void options_put(struct app *app, yyjson_mut_doc *d, yyjson_mut_val *list, const struct command *c);
void help_all(void);

/* config.c */
MUST_CHECK bool config_load(struct app *app, struct err *e);
MUST_CHECK bool config_write(const char *path, struct err *e);
void config_help(void);
void config_put(yyjson_mut_doc *d, yyjson_mut_val *list);
const char *app_path(struct app *app, struct str path); /* relative to tandem.yaml */

/* secrets.c: XChaCha20-Poly1305 under the key of the key file or TANDEM_KEY (S17.1) */
MUST_CHECK bool secret_key_make(const char *path, struct err *e);
/* The key of the hashes that stand for people's addresses (S17.5): HASH_KEY_BYTES. */
MUST_CHECK bool secret_people_key(struct app *app, unsigned char *out, struct err *e);
MUST_CHECK bool secret_seal(struct app *app, struct str clear, struct str *sealed, struct err *e);
MUST_CHECK bool secret_open(struct app *app, struct str sealed, struct str *clear, struct err *e);

/* files.c: one that cannot be read or written is ERR_CONFIG (exit 1), one that is there already
 * ERR_REFUSED (exit 3) and left as it is without --overwrite; what stands in it is the command
 * line's (exit 64). Each is told with its name and the way out; the caller adds the promise. */
MUST_CHECK bool file_read(struct arena *a, const char *path, size_t max, struct str *out,
                          struct err *e);
/* Whether it may be written, said before the work for it. */
MUST_CHECK bool file_free(const struct app *app, const char *path, struct err *e);
/* One that is written comes to its place whole, or not at all: until then it is beside it. */
struct new_file {
    FILE *f;
    const char *path;
    bool replaces;
    char part[4096]; /* its name meanwhile */
};
MUST_CHECK bool file_begin(const struct app *app, const char *path, unsigned mode,
                           struct new_file *out, struct err *e);
/* With `ok` false it is dropped, and false comes back without an err. */
MUST_CHECK bool file_end(struct new_file *n, bool ok, struct err *e);
MUST_CHECK bool file_write(const struct app *app, const char *path, struct str text, struct err *e);
/* `what` could not be done ("read", "write"), for this errno: false. */
bool file_failed(const char *what, const char *path, int why, struct err *e);

/* services.c */
const char *app_store_path(struct app *app);
/* Whether the connection of --connection has a store; the one named default is opened to see. */
MUST_CHECK bool app_connection_there(struct app *app, struct err *e);
MUST_CHECK bool app_open_store(struct app *app, enum store_mode mode, struct err *e);
MUST_CHECK bool app_open_crm(struct app *app, enum side side, struct str credentials,
                             struct err *e);
/* Store, both services, engine; online = false leaves the services out. */
MUST_CHECK bool app_open_engine(struct app *app, enum store_mode mode, bool online, struct err *e);
/* The same, whatever installation writes to the connection now (S8.7). */
MUST_CHECK bool app_open_takeover(struct app *app, enum store_mode mode, struct err *e);
void app_close(struct app *app);
MUST_CHECK bool app_installation(struct app *app, struct str *out, struct err *e);

/* output.c */
int print_error(struct app *app, const struct err *e); /* gives the exit status */
yyjson_mut_doc *result_new(struct app *app, yyjson_mut_val **result);
void result_print(struct app *app, yyjson_mut_doc *d); /* {"tandem":1,"command":...,"result":...} */
/* The same around one list that is too long to be kept; the caller prints its objects, with commas
 * between. Without an end, which only an error leaves out, it is no JSON. */
void result_list_begin(struct app *app, const char *key);
void result_list_end(struct app *app);
void put_str(yyjson_mut_doc *d, yyjson_mut_val *o, const char *key, struct str s);
void put_int(yyjson_mut_doc *d, yyjson_mut_val *o, const char *key, int64_t n);
void put_bool(yyjson_mut_doc *d, yyjson_mut_val *o, const char *key, bool b);
void put_time(struct app *app, yyjson_mut_doc *d, yyjson_mut_val *o, const char *key, int64_t ms);
void put_report(struct app *app, yyjson_mut_doc *d, yyjson_mut_val *o, const struct report *r);
void say(struct app *app, const char *fmt, ...) PRINTF_LIKE(2, 3); /* nothing with --json */
void on_progress(void *who, const struct progress *p);
void progress_clear(struct app *app);
/* JSON objects, gathered as text while their chunk lives: adds one; all of them as a list. */
void add_object(struct buf *objects, struct arena *a, yyjson_mut_doc *d);
void put_objects(struct app *app, yyjson_mut_doc *d, yyjson_mut_val *o, const char *key,
                 const struct buf *objects);
/* "account 001... "Acme""; without a name where there is none */
void name_record(struct buf *b, struct arena *a, enum side side, struct str id, struct str name);
/* The same of ids alone, joined by semicolons: with the names as the store has them. */
void name_known(struct app *app, struct buf *b, struct arena *a, enum side side, struct str ids);
struct str value_shown(struct arena *a, struct value v); /* quoted, cut, harmless */
struct str duration_words(struct arena *a, int64_t ms);  /* "1 s", "3 min" */
struct str time_shown(struct arena *a, int64_t ms);      /* "never" for 0 */
/* "1 link", "2 links": the number with what goes with it, a verb maybe ("1 link is", "2 links
 * are"). */
const char *counted(struct app *app, uint64_t n, const char *one, const char *several);

/* package.c: writes the Salesforce package with our key field below `dir` (S8.1). */
MUST_CHECK bool package_write(struct app *app, const char *dir, struct err *e);

/* show_plan.c: gathers what a plan says while its chunks live. */
struct plan_writer;
struct shower {
    struct app *app;
    struct plan_writer *save; /* planfile.h; NULL = not to be saved */
    uint64_t saved;           /* changes in the file */
    struct plan_sink sink;
    uint64_t why[ACTION_COUNT][WHY_COUNT];
    uint64_t creates[SIDE_COUNT], updates[SIDE_COUNT]; /* records to write */
    uint64_t samples[ACTION_COUNT];
    struct buf sample[ACTION_COUNT];
    uint64_t contacts; /* shown (S11.1) */
    struct buf contact;
    struct differing { /* of links taken over: by mapping (S7.9) */
        const struct mapping *map;
        uint64_t n;
    } differing[FIELDS_MAX];
};
void shower_init(struct shower *s, struct app *app);
void shower_release(struct shower *s);
/* The kinds of changes come mixed, and one object holds them by kind: all of them, however many,
 * are for --jsonl. */
MUST_CHECK bool all_streams(const struct app *app, struct err *e);
/* Runs a pass, which only plans, that `s`, from here on initialised, watches; with --save it is
 * saved. On false `s` is released. */
MUST_CHECK bool plan_watch(struct app *app, const struct pass_options *o, struct shower *s,
                           struct report *r, struct err *e);
void say_plan(struct app *app, struct shower *s, const struct report *r);
void say_plan_saved(struct app *app, const struct shower *s);
/* parts of it: the calls and the time, the samples */
void say_cost(struct app *app, const struct shower *s);
void say_samples(struct app *app, struct shower *s);
void say_contacts(struct app *app, const struct report *r, bool planned); /* S11.1 */
void put_plan(struct app *app, yyjson_mut_doc *d, yyjson_mut_val *o, const struct shower *s);
void put_fields(yyjson_mut_doc *d, yyjson_mut_val *o, const struct change *c,
                const struct mappings *m);

/* ids.c: a record's id as a person gave it, or ERR_USAGE. */
MUST_CHECK bool id_given(struct app *app, const char *text, enum side *side, struct str *id,
                         struct err *e);
/* The account ids of --ids, each once and sorted; the accounts of --filter. */
MUST_CHECK bool ids_given(struct app *app, struct pass_options *o, struct err *e);

/* cmd_sync.c: runs */
/* S15.3: what a run did; *code becomes EXIT_ERRORS where records have errors. */
bool say_done(struct app *app, const struct report *r, const char *what, const char *how, int *code,
              struct err *e);
/* The same without the object of --json, which was printed. */
bool say_outcome(struct app *app, const struct report *r, const char *what, const char *how,
                 int *code, struct err *e);
bool run_pass(struct app *app, const struct pass_options *o, const char *what, int *code,
              struct err *e);
bool print_report(struct app *app, const struct report *r); /* with --json; true */
MUST_CHECK bool show_plan(struct app *app, const struct pass_options *o, const char *heading,
                          struct err *e);
/* What was written on each side, and at what cost; the errors, if any (*code). */
void say_written(struct app *app, const struct report *r);
void say_unknown(struct app *app, const struct report *r); /* the ids that no record has (S13.1) */
bool say_failures(struct app *app, const struct report *r, int *code, struct err *e);
/* Asks at a terminal, where there is one; false: no, or nobody is there. */
bool asked(struct app *app, const char *question);
/* Whether a preview found nothing that --yes would do, on a record, a link or in the review queue:
 * says so, and then nobody is to be asked. */
bool nothing_to_write(struct app *app, const struct report *shown);
/* Asks at a terminal; elsewhere --yes is the answer (S13.2). `what` would be done. */
MUST_CHECK bool confirmed(struct app *app, const char *what, const char *rule, struct err *e);

/* cmd_mapfile.c: these mappings, and the settings, as a file that `mapping import` takes. */
MUST_CHECK bool mapfile_write(struct app *app, const struct mappings *m, const char *path,
                              struct err *e);
/* cmd_mapping.c: one of them as JSON */
void put_mapping(yyjson_mut_doc *d, yyjson_mut_val *item, const struct mapping *m);
/* cmd_mapping.c: the mapping of that field or property, or ERR_USAGE. */
MUST_CHECK bool map_find(struct app *app, const char *name, struct mapping **out, struct err *e);
/* cmd_mapping.c: saves and says what came of it (engine_map); *bad: which of `next` was refused.
 * With `code` the backfill of what was touched is shown and offered (S6.4). */
MUST_CHECK bool map_save(struct app *app, const struct mappings *next, const struct doc *settings,
                         size_t count, size_t *bad, int *code, struct err *e);

/* cmd_backfill.c: the backfill of one mapping, as preview (S6.5) or offer. */
struct backfill_view {
    struct shower shower;
    struct report report;
};
MUST_CHECK bool backfill_preview(struct app *app, const struct backfill *b,
                                 struct backfill_view *out, struct err *e);
void backfill_put(yyjson_mut_doc *d, yyjson_mut_val *o, const struct report *r);
void backfill_say(struct app *app, const struct backfill *b, struct backfill_view *v);
MUST_CHECK bool backfill_run(struct app *app, const struct backfill *b, int *code, struct err *e);
/* The whole command, for the mapping of this name; also `resync --mapping`. */
bool backfill_command(struct app *app, const char *name, int *code, struct err *e);

/* cmd_explain.c: what is known of a record, as the sync card tells it */
void say_card(struct app *app, const struct explanation *x);
/* show_people.c: who is around a record */
void put_people(struct app *app, yyjson_mut_doc *d, yyjson_mut_val *o, const struct explanation *x);
void say_people(struct app *app, const struct explanation *x);

/* cmd_show.c: what is noted of records */
struct str remedy_of(const struct error_entry *x); /* as it came, else by its code */
void put_suspension(struct app *app, yyjson_mut_doc *d, yyjson_mut_val *list, enum suspended s,
                    const struct suspension *x); /* says it too */
void say_error_entry(struct app *app, const struct error_entry *x);
void say_review_entry(struct app *app, const struct review_entry *x);
void put_error_entry(struct app *app, yyjson_mut_doc *d, yyjson_mut_val *list,
                     const struct error_entry *x);
void put_review_entry(struct app *app, yyjson_mut_doc *d, yyjson_mut_val *list,
                      const struct review_entry *x);

/* words.c */
const char *word_remedy(struct str code); /* what a person can do about it; else NULL */
const char *word_action(enum action a);
const char *word_planned(enum action a); /* what so many of them would be */
const char *word_why(enum why w);
const char *word_why_code(struct str name); /* of a why_name; else NULL */
const char *word_run(enum run_state s);
const char *word_origin(enum link_origin o);
