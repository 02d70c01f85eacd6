/* SPDX-License-Identifier: MIT */
/* Faults that a test has asked for: which request goes wrong, and how. The
 * tenant is locked. */
#ifndef SANDBOX_FAULT_H
#define SANDBOX_FAULT_H

#include "call.h"

enum fault_kind {
	FAULT_STATUS,	    /* an error status with the API's own body */
	FAULT_HTML,	    /* a proxy's page instead of JSON */
	FAULT_RESET_BEFORE, /* reset, nothing was done */
	FAULT_RESET_AFTER,  /* done, then reset: the outcome is unknown */
	FAULT_TRUNCATE,	    /* half of the answer */
	FAULT_GARBAGE,	    /* 200, bytes that are no JSON */
	FAULT_SLOW,	    /* the right answer, late */
	FAULT_HANG,	    /* no answer until cleared */
	FAULT_EMPTY,	    /* 200, no body */
	FAULT_HOLD,	    /* counted; done and answered when cleared */
	FAULT_KIND_N,
};

struct fault {
	enum fault_kind kind;
	int status;
	long retry_after_s;
	long delay_ms;
	bool apply; /* was the change made before the fault answers? */
	char code[64];
};

/* Add one from its JSON form. -EINVAL with *ret_why for a bad one. */
int fault_add(const cJSON *form, const char **ret_why);

/* The fault to play on this call, if any. */
bool fault_take(const struct call *c, struct fault *ret_fault);

/* Turn the call's answer into what the fault says. */
void fault_shape(struct call *c, const struct fault *f);

cJSON *faults_tree(void);
void faults_clear(void);

/* Moves at each clear: who hangs or is held is released by it. */
unsigned long faults_era(void);

#endif
