/* SPDX-License-Identifier: MIT */
/* The command line. See options.h. */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "mem.h"
#include "switches.h"

static const char usage[] =
    "Usage: gotofs-sandbox [OPTION]...\n"
    "A GoTo tenant on 127.0.0.1, for demos, tests and benchmarks.\n"
    "\n"
    "  --port N             listen there; 0 (default): any free port\n"
    "  --port-file FILE     write the port there when ready\n"
    "  --users N            how many people (default 200)\n"
    "  --seed S             of the data (default 1)\n"
    "  --rate N             requests a second, 0: no limit (default 10)\n"
    "  --latency-ms N       wait before each request is handled\n"
    "  --pat TOKEN          the personal access token (sandbox-pat)\n"
    "  --refresh-token T    a refresh token that is valid from the start\n"
    "  --client-id ID       (sandbox-client)\n"
    "  --client-secret S    (sandbox-secret)\n"
    "  --profile FILE       write a profile for gotofs, with FILE.secret\n"
    "                       and FILE.pat beside it\n"
    "  --tls-cert FILE      speak TLS, with these certificates\n"
    "  --tls-key FILE       and their key; both PEM\n"
    "  --tls-ca FILE        the profile's ca_file\n"
    "  --tls-priorities T   of GnuTLS (NORMAL)\n"
    "  --set NAME=VALUE     set a switch; may be repeated\n"
    "  --help               this text\n"
    "\n"
    "Switches: what is only assumed about GoTo, and what tests want to vary.\n"
    "Each with its default, its values and where it comes from (section of\n"
    "goto-api.md and confidence; \"own\": the sandbox's).\n"
    "\n";

enum option_id {
	OPT_PORT = 256,
	OPT_PORT_FILE,
	OPT_USERS,
	OPT_SEED,
	OPT_RATE,
	OPT_LATENCY,
	OPT_PAT,
	OPT_REFRESH,
	OPT_CLIENT_ID,
	OPT_CLIENT_SECRET,
	OPT_PROFILE,
	OPT_TLS_CERT,
	OPT_TLS_KEY,
	OPT_TLS_CA,
	OPT_TLS_PRIORITIES,
	OPT_SET,
	OPT_HELP,
};

static const struct option longs[] = {
    {"port", required_argument, NULL, OPT_PORT},
    {"port-file", required_argument, NULL, OPT_PORT_FILE},
    {"users", required_argument, NULL, OPT_USERS},
    {"seed", required_argument, NULL, OPT_SEED},
    {"rate", required_argument, NULL, OPT_RATE},
    {"latency-ms", required_argument, NULL, OPT_LATENCY},
    {"pat", required_argument, NULL, OPT_PAT},
    {"refresh-token", required_argument, NULL, OPT_REFRESH},
    {"client-id", required_argument, NULL, OPT_CLIENT_ID},
    {"client-secret", required_argument, NULL, OPT_CLIENT_SECRET},
    {"profile", required_argument, NULL, OPT_PROFILE},
    {"tls-cert", required_argument, NULL, OPT_TLS_CERT},
    {"tls-key", required_argument, NULL, OPT_TLS_KEY},
    {"tls-ca", required_argument, NULL, OPT_TLS_CA},
    {"tls-priorities", required_argument, NULL, OPT_TLS_PRIORITIES},
    {"set", required_argument, NULL, OPT_SET},
    {"help", no_argument, NULL, OPT_HELP},
    {0},
};

static int
number_parse(const char *text, uint64_t most, uint64_t *ret_number)
{
	if (mem_number(text, most, ret_number))
		return 0;
	fprintf(stderr, "gotofs-sandbox: bad number: %s\n", text);
	return -EINVAL;
}

static int
port_parse(const char *text, uint16_t *ret_port)
{
	uint64_t n;

	if (number_parse(text, UINT16_MAX, &n))
		return -EINVAL;
	*ret_port = (uint16_t)n;
	return 0;
}

static int
set_report(int result, const char *text)
{
	if (result)
		fprintf(stderr, "gotofs-sandbox: %s: %s\n", text,
		    result == -ENOENT ? "no such switch" : "bad value");
	return result;
}

/* Where an option that is kept as it is goes. */
static const char **
option_place(struct options *o, int id)
{
	switch (id) {
	case OPT_PORT_FILE:
		return &o->port_file;
	case OPT_PAT:
		return &o->pat;
	case OPT_REFRESH:
		return &o->refresh_token;
	case OPT_CLIENT_ID:
		return &o->client_id;
	case OPT_CLIENT_SECRET:
		return &o->client_secret;
	case OPT_TLS_CERT:
		return &o->tls_cert;
	case OPT_TLS_KEY:
		return &o->tls_key;
	case OPT_TLS_CA:
		return &o->tls_ca;
	case OPT_TLS_PRIORITIES:
		return &o->tls_priorities;
	default:
		return &o->profile;
	}
}

static int
option_take(struct options *o, int id, const char *value)
{
	switch (id) {
	case OPT_PORT:
		return port_parse(value, &o->port);
	case OPT_USERS:
		return number_parse(value, 2000000, &o->users_n);
	case OPT_SEED:
		return number_parse(value, UINT64_MAX, &o->seed);
	case OPT_RATE:
		return set_report(switch_set("rate", value), value);
	case OPT_LATENCY:
		return set_report(switch_set("latency_ms", value), value);
	case OPT_SET:
		return set_report(switch_set_pair(value), value);
	}
	*option_place(o, id) = value;
	return 0;
}

int
options_parse(struct options *o, int argc, char **argv)
{
	int id;

	*o = (struct options){.users_n = 200, .seed = 1};
	o->pat = "sandbox-pat";
	o->client_id = "sandbox-client";
	o->client_secret = "sandbox-secret";
	while ((id = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (id == OPT_HELP) {
			fputs(usage, stdout);
			switches_print(stdout);
			return 1;
		}
		if (id == '?' || option_take(o, id, optarg))
			return -EINVAL;
	}
	if (!o->tls_cert != !o->tls_key)
		fprintf(stderr,
		    "gotofs-sandbox: --tls-cert and --tls-key go together\n");
	else if (optind < argc)
		fprintf(stderr, "gotofs-sandbox: unknown argument: %s\n",
		    argv[optind]);
	else
		return 0;
	return -EINVAL;
}
