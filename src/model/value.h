/* value: one field of one record, in the side's own canonical form.
 *
 * The drivers in crm/ make canonical values when they read (value_canonical), so that equal means
 * equal bytes: text trimmed, LF, NFC; decimals without exponent or trailing zeros; dates as
 * 2026-11-23; datetimes as ms digits; several values sorted and joined by ';'; a checkbox is
 * "true" or blank (S5.1). Unknown (hidden, deleted field, key absent) is never blank (S6.8). */
#pragma once

#include "base/arena.h"
#include "base/str.h"
#include "model/field_check.h"
#include "model/side.h"

enum value_state { VALUE_UNKNOWN, VALUE_BLANK, VALUE_TEXT };

struct value {
    enum value_state state;
    struct str text; /* VALUE_TEXT only; at least one byte */
};

#define VALUE_NOT_KNOWN ((struct value){VALUE_UNKNOWN, STR_NONE})
#define VALUE_EMPTY     ((struct value){VALUE_BLANK, STR_NONE})

enum field_type {
    FIELD_TEXT,     /* one line: string, combobox, encrypted string */
    FIELD_TEXTAREA, /* several lines */
    FIELD_NUMBER,   /* int, double, currency, percent */
    FIELD_BOOL,
    FIELD_DATE,
    FIELD_DATETIME,
    FIELD_PICKLIST,
    FIELD_MULTI, /* several of a list; a set */
    FIELD_URL,
    FIELD_PHONE,
    FIELD_EMAIL,
    FIELD_REFERENCE, /* an id of the same system */
    FIELD_OWNER,     /* a user (Salesforce) or an owner (HubSpot) */
    FIELD_OTHER,     /* compound, binary, json: cannot be mapped */
    FIELD_TYPE_COUNT
};

const char *field_type_name(enum field_type t);

struct field_option {
    struct str value, label;
    bool active;
};

/* What a service's metadata tells of one field (SF 7, H9.2). */
struct field {
    struct str name, label;
    struct str
        wire_type; /* the service's own word, for messages: "picklist", "enumeration/select" */
    enum field_type type;
    uint32_t length;        /* characters; 0 = no limit told */
    uint32_t least_length;  /* characters, where there are any; 0 = no such rule */
    struct str least, most; /* numbers: decimals; none = no such rule (H9.12) */
    int precision, scale;   /* numbers; -1 = not told */
    bool readable, createable, updateable, required;
    bool calculated, unique, external_id,
        restricted;                /* restricted: only active options are taken */
    bool aggregatable, filterable; /* Salesforce: may stand in COUNT(), in a WHERE (SF 7) */
    struct field_option *option;
    size_t options;
    struct field_check *check; /* an administrator's further rules */
    size_t checks;
};

/* Salesforce's kinds of account (SF 7); HubSpot has none. */
struct record_type {
    struct str id, name, label; /* name: the developer's */
    bool active, available;     /* available: our user may choose it */
    bool person;                /* its accounts are person accounts (SF 14.2) */
    bool standard;              /* our user's default one */
};

struct schema {
    struct field *field; /* sorted by name, bytewise */
    size_t count;
    struct record_type *record_type; /* without the master, which stands for none */
    size_t record_types;
};

/* Salesforce field names are compared without case (SF 3), HubSpot's are lower case anyway. */
const struct field *schema_find(const struct schema *s, struct str name); /* NULL = absent */

/* By developer name, label (both without case) or id (15 or 18 characters); the developer name goes
 * before the label. NULL = absent. */
const struct record_type *schema_record_type(const struct schema *s, struct str text);

/* wire is the text the service gave; none (JSON null) and "" become blank. Text that does not fit
 * the type (a number that is none) is kept as text: it is what the service holds. */
struct value value_canonical(struct arena *a, enum field_type type, struct str wire);
bool value_eq(const struct value *a, const struct value *b); /* state and bytes */
static inline bool value_blank(const struct value *v)
{
    return v->state == VALUE_BLANK;
}
static inline bool value_known(const struct value *v)
{
    return v->state != VALUE_UNKNOWN;
}
struct value value_text(struct str s); /* "" or none gives blank; bytes borrowed */
struct value value_dup(struct arena *a, struct value v);
