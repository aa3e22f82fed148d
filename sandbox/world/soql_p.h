/* Shared by soql_parse.c and soql.c. */
#pragma once

#include "sandbox/world/soql.h"

enum soql_op {
    OP_AND,
    OP_OR,
    OP_NOT,
    OP_EQ,
    OP_NE,
    OP_LT,
    OP_LE,
    OP_GT,
    OP_GE,
    OP_LIKE,
    OP_IN,
    OP_NOT_IN
};
enum soql_literal { LIT_TEXT, LIT_NULL, LIT_DATE, LIT_TIME, LIT_NUMBER, LIT_BOOL };

struct soql_value {
    enum soql_literal kind;
    struct str text;
    int64_t ms;
    double number;
};

struct soql_term {
    enum soql_op op;
    struct soql_term *left, *right;
    struct soql_ref ref;
    struct soql_value *value;
    size_t values;
};
