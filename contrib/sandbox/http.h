/* SPDX-License-Identifier: MIT */
/* The web server: connections in, answers out. The only user of the HTTP
 * library. A thread a connection, so that a hung answer blocks nobody. */
#ifndef SANDBOX_HTTP_H
#define SANDBOX_HTTP_H

#include <stdint.h>

/* Certificates and key, as PEM; cert NULL: no TLS. */
struct http_tls {
	const char *cert;
	const char *key;
	const char *priorities; /* GnuTLS's; NULL: NORMAL */
};

/* Listen on 127.0.0.1; port 0: any. 0 or a negative errno. */
int http_start(uint16_t port, const struct http_tls *tls, uint16_t *ret_port);

/* Release whoever waits, close all connections. */
void http_stop(void);

/* "http://127.0.0.1:PORT", https with TLS */
const char *http_url(void);

#endif
