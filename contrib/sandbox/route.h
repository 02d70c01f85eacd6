/* SPDX-License-Identifier: MIT */
/*
 * The table of routes: which handler answers which path, under which name the
 * counters, the log and the faults know it, and to which API (and so to which
 * rate limit) it belongs. A later API is a few more rows.
 */
#ifndef SANDBOX_ROUTE_H
#define SANDBOX_ROUTE_H

#include <stdbool.h>

#include "call.h"

enum api {
	API_EDGE,
	API_ADMIN,
	API_MEETING,
	API_WEBINAR,
	API_TRAINING,
	API_CONNECT,
	API_ASSIST,
	API_OAUTH,
	API_CONTROL,
	API_N
};

struct route {
	enum api api;
	const char *method;
	const char *path; /* below the API's prefix; {} is any segment */
	const char *name; /* as counted */
	void (*handle)(struct call *c);
	unsigned rights; /* roles of which the caller needs one, 3.8 */
	bool documented; /* the rights are documented, not assumed */
};

/* The route of a call, with its args filled; never NULL: an unknown path has
 * the route "UNKNOWN". */
const struct route *route_find(struct call *c);

/* All routes, ended by one without a name. */
const struct route *routes(void);
size_t routes_n(void);

const char *api_name(enum api api);

#endif
