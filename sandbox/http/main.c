/* tandem-sandbox: a Salesforce org and a HubSpot portal on loopback. */
#include <errno.h>
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sandbox/http/sandbox.h"
#include "text/iso8601.h"

static volatile int stop;

static void on_signal(int n)
{
    (void)n;
    stop = 1;
}

static const char usage[] =
    "usage: tandem-sandbox [--salesforce-port N] [--hubspot-port N] [--control-port N] [--seed N]\n"
    "         [--data TYPE=FILE ...] [--map 'column=Field,...'] [--accounts N] [--companies N]\n"
    "         [--contacts N] [--limits real|off] [--jwt-certificate FILE] [--start TIME] "
    "[--frozen] [--gzip "
    "on|off]\n"
    "TYPE is accounts (when none is given), companies, contacts, sf_contacts or leads. Ports "
    "default to 0: any free one.\n"
    "Prints one line of JSON with the addresses, then serves until it is asked to stop.\n"
    "Credentials: HubSpot token " SANDBOX_TOKEN "; Salesforce client " SANDBOX_CLIENT
    ", secret " SANDBOX_SECRET ",\nuser " SANDBOX_USERNAME " (JWT with the certificate given).\n";

static char *read_file(const char *path, size_t *n)
{
    struct buf b;
    char bytes[65536];
    size_t got;
    FILE *f = fopen(path, "rb");
    if (!f) {
        fprintf(stderr, "tandem-sandbox: %s: %s\n", path, strerror(errno));
        exit(1);
    }
    buf_init(&b, 1024 * MIB);
    while ((got = fread(bytes, 1, sizeof(bytes), f)) > 0)
        buf_add(&b, bytes, got);
    fclose(f);
    *n = b.n;
    return b.p ? b.p : strdup("");
}

/* "accounts=FILE", or FILE alone: then it is accounts. */
static void load(struct sandbox *s, const char *arg, const char *map)
{
    const char *eq = strchr(arg, '='), *path = arg;
    enum world_type t = W_ACCOUNT;
    struct str why;
    size_t n;
    if (eq && sandbox_type_named((struct str){arg, (size_t)(eq - arg)}, &t))
        path = eq + 1;
    else if (eq && access(arg, R_OK) != 0) {
        fprintf(stderr, "tandem-sandbox: no such type in --data %s\n%s", arg, usage);
        exit(64);
    }
    char *text = read_file(path, &n);
    if (sandbox_load(s, t, (struct str){text, n}, map, &why) < 0) {
        fprintf(stderr, "tandem-sandbox: %s: %.*s\n", path, STR_ARG(why));
        exit(1);
    }
    free(text);
}

static int64_t number(const char *text, const char *option)
{
    int64_t n;
    if (str_to_i64(str_from(text), &n) && n >= 0)
        return n;
    fprintf(stderr, "tandem-sandbox: --%s takes a whole number, not \"%s\"\n", option, text);
    exit(64);
}

static void generate(struct sandbox *s, enum world_type t, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        world_generate(&s->world, t, s->world.start_ms - 30 * MS_DAY + i % (20 * MS_DAY));
}

struct arguments {
    uint16_t port[3];
    int64_t seed, accounts, companies, contacts;
    bool limits, frozen, plain;
    int64_t start_ms;
    const char *map, *certificate;
    const char *data[16];
    size_t files;
};

static void parse(int argc, char **argv, struct arguments *a)
{
    static const struct option options[] = {{"salesforce-port", required_argument, NULL, 's'},
                                            {"hubspot-port", required_argument, NULL, 'h'},
                                            {"control-port", required_argument, NULL, 'c'},
                                            {"seed", required_argument, NULL, 'e'},
                                            {"data", required_argument, NULL, 'd'},
                                            {"map", required_argument, NULL, 'm'},
                                            {"accounts", required_argument, NULL, 'a'},
                                            {"companies", required_argument, NULL, 'o'},
                                            {"contacts", required_argument, NULL, 'n'},
                                            {"start", required_argument, NULL, 't'},
                                            {"frozen", no_argument, NULL, 'f'},
                                            {"gzip", required_argument, NULL, 'z'},
                                            {"limits", required_argument, NULL, 'l'},
                                            {"jwt-certificate", required_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, '?'},
                                            {NULL, 0, NULL, 0}};
    int c;
    /* long: one case an option */
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
        switch (c) {
        case 's':
            a->port[0] = (uint16_t)number(optarg, "salesforce-port");
            break;
        case 'h':
            a->port[1] = (uint16_t)number(optarg, "hubspot-port");
            break;
        case 'c':
            a->port[2] = (uint16_t)number(optarg, "control-port");
            break;
        case 'e':
            a->seed = number(optarg, "seed");
            break;
        case 'd':
            if (a->files < LEN(a->data))
                a->data[a->files++] = optarg;
            break;
        case 'm':
            a->map = optarg;
            break;
        case 'a':
            a->accounts = number(optarg, "accounts");
            break;
        case 'o':
            a->companies = number(optarg, "companies");
            break;
        case 'n':
            a->contacts = number(optarg, "contacts");
            break;
        case 'l':
            a->limits = strcmp(optarg, "off") != 0;
            break;
        case 't':
            if (!iso_parse_ms(str_from(optarg), &a->start_ms)) {
                fprintf(stderr,
                        "tandem-sandbox: --start takes a time such as 2026-11-23T16:00:00Z\n");
                exit(64);
            }
            break;
        case 'f':
            a->frozen = true;
            break;
        case 'z':
            a->plain = strcmp(optarg, "off") == 0;
            break;
        case 'j':
            a->certificate = optarg;
            break;
        default:
            fputs(usage, optopt ? stderr : stdout);
            exit(optopt ? 64 : 0);
        }
    if (optind < argc) {
        fprintf(stderr, "tandem-sandbox: unexpected \"%s\"\n%s", argv[optind], usage);
        exit(64);
    }
}

int main(int argc, char **argv)
{
    struct arguments args = {.seed = 1, .limits = false};
    static struct sandbox s;
    struct server *server[3];
    static const handler handlers[3] = {sf_handle, hs_handle, control_handle};
    struct sigaction act = {.sa_handler = on_signal};
    parse(argc, argv, &args);
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    signal(SIGPIPE, SIG_IGN);
    /* An answer's memory is given back and taken again at once: not by way of the kernel. */
    mallopt(M_MMAP_THRESHOLD, 4 * MIB);
    mallopt(M_TRIM_THRESHOLD, 32 * MIB);
    s.clock = clock_system();
    s.clock_base_mono_us = s.clock->mono_us(s.clock);
    s.limits = args.limits;
    arena_init(&s.life, 64 * MIB);
    rng_seed(&s.rng, (uint64_t)args.seed);
    s.frozen = args.frozen;
    world_init(&s.world, (uint64_t)args.seed,
               args.start_ms ? args.start_ms : s.clock->wall_ms(s.clock) / 1000 * 1000);
    sf_init(&s);
    hs_init(&s);
    for (size_t i = 0; i < args.files; i++)
        load(&s, args.data[i], args.map);
    generate(&s, W_ACCOUNT, args.accounts);
    generate(&s, W_COMPANY, args.companies);
    generate(&s, W_HS_CONTACT, args.contacts);
    if (args.certificate) {
        size_t n;
        char *pem = read_file(args.certificate, &n);
        s.jwt_certificate = str_dup(&s.life, (struct str){pem, n});
        free(pem);
    }
    for (int i = 0; i < 3; i++) {
        server[i] = server_start(&args.port[i], handlers[i], &s);
        if (!server[i]) {
            fprintf(stderr, "tandem-sandbox: port %u is not free\n", args.port[i]);
            return 1;
        }
        server_gzip(server[i], !args.plain);
    }
    for (int i = 0; i < 2; i++)
        snprintf(s.base_url[i], sizeof(s.base_url[i]), "http://127.0.0.1:%u", args.port[i]);
    printf("{\"salesforce\":\"http://127.0.0.1:%u\",\"hubspot\":\"http://127.0.0.1:%u\","
           "\"control\":\"http://127.0.0.1:%u\",\"seed\":%lld}\n",
           args.port[0], args.port[1], args.port[2], (long long)args.seed);
    fflush(stdout);
    server_loop(server, 3, &stop);
    for (int i = 0; i < 3; i++)
        server_close(server[i]);
    sf_close(&s);
    hs_close(&s);
    sandbox_traffic_free(&s);
    free(s.key);
    arena_release(&s.life);
    world_release(&s.world);
    return 0;
}
