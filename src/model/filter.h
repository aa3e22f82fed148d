/* filter: which accounts may enter (S2.3), as an expression over Salesforce fields.
 *
 *   filter     = and { "or" and }          and = not { "and" not }
 *   not        = "not" not | "(" filter ")" | comparison
 *   comparison = FIELD ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) VALUE
 *              | FIELD [ "not" ] ( "contains" | "starts" | "ends" | "includes" ) VALUE
 *              | FIELD [ "not" ] "in" "(" VALUE { "," VALUE } ")"
 *              | FIELD "is" [ "not" ] "blank"
 *   VALUE      = 'text' ('' is a quote in it) | number | date | true | false
 *
 * Words of the language in any case. Texts are compared without regard to case; ids of 15 and 18
 * characters are one; a date means its whole day, UTC; "includes" asks for one of several chosen
 * values. A blank field is equal to nothing, so `!=` and `not` comparisons hold for it. A field
 * that cannot be read is unknown, never blank (S6.8): what hangs on it is unknown as well.
 *
 * Pure. What a value means is settled by its spelling and, once, by the field's type
 * (filter_check), so that a checked filter means the same without the metadata. */
#pragma once

#include "base/err.h"
#include "model/mapping.h"

enum filter_answer { FILTER_NO, FILTER_YES, FILTER_UNKNOWN };

enum filter_op {
    FILTER_EQ,
    FILTER_LT,
    FILTER_LE,
    FILTER_GT,
    FILTER_GE,
    FILTER_CONTAINS,
    FILTER_STARTS,
    FILTER_ENDS,
    FILTER_INCLUDES,
    FILTER_BLANK
};

enum filter_kind { FILTER_TEXT, FILTER_NUMBER, FILTER_DATE, FILTER_TIME, FILTER_BOOL };

struct filter_value {
    enum filter_kind kind;
    struct str text; /* as in canonical values; a time as ms digits */
    struct str fold; /* TEXT: for comparing */
    size_t column;
};

struct filter_term {
    enum filter_op op;
    bool negated;
    struct str field;
    size_t column; /* of the field, from 1 */
    size_t map;    /* which mapping holds its value; SIZE_MAX = none (filter_bind) */
    struct filter_value *value;
    size_t values; /* EQ: any of them */
};

enum filter_join { FILTER_TERM, FILTER_AND, FILTER_OR, FILTER_NOT };

struct filter_node { /* its operands come before it */
    enum filter_join join;
    size_t left, right; /* nodes; TERM: left is the term */
};

struct filter {
    struct filter_node *node; /* the last one is the whole; none = everything passes */
    size_t nodes;
    struct filter_term *term;
    size_t terms;
};

/* Texts are copied. False: ERR_USAGE that names the column. */
MUST_CHECK bool filter_parse(struct arena *a, struct str text, struct filter *out, struct err *e);
/* Settles fields and values by the metadata: names are spelt as Salesforce does ("RecordType" and
 * "Owner" stand for their ids; an option may be named by its label), values take the field's type.
 * False: ERR_USAGE that names field, column and the way out. */
MUST_CHECK bool filter_check(struct arena *a, struct filter *f, const struct schema *s,
                             struct err *e);
/* The fields it compares, each once; field[] has room for f->terms. */
size_t filter_fields(const struct filter *f, struct str *field);
/* Where the values are from now on; what no mapping holds is unknown. */
void filter_bind(struct filter *f, const struct mappings *m);
/* A checked filter as text that parses to the same. */
struct str filter_print(struct arena *a, const struct filter *f);
/* value: one a mapping, of the account. */
enum filter_answer filter_eval(struct arena *a, const struct filter *f, const struct value *value);
