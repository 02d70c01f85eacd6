/* SPDX-License-Identifier: MIT */
/* The command line, and the files that tell others where the sandbox is. */
#ifndef SANDBOX_OPTIONS_H
#define SANDBOX_OPTIONS_H

#include <stdint.h>

struct options {
	uint16_t port;
	uint64_t users_n;
	uint64_t seed;
	const char *port_file;
	const char *profile;
	const char *pat;
	const char *refresh_token;
	const char *client_id;
	const char *client_secret;
	const char *tls_cert; /* files; NULL: no TLS */
	const char *tls_key;
	const char *tls_ca;	    /* for the profile */
	const char *tls_priorities; /* GnuTLS's */
};

/* 0; 1: --help was given and printed; -EINVAL: said why on stderr. */
int options_parse(struct options *o, int argc, char **argv);

/* All of a small file, as text on the heap. 0 or a negative errno. */
int options_read(const char *path, char **ret_text);

/* Write what was asked for, each file at once. 0 or a negative errno. */
int options_write(const struct options *o, uint16_t port);

#endif
