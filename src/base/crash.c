/* SPDX-License-Identifier: MIT */
#include "gotofs/crash.h"

#include <assert.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CRASH_NAME_BYTES 64

/* Every point there is, in the order in which a change comes by. */
static const char *const crash_points[] = {
    /* a change is accepted */
    "accept-before-commit",
    "accept-after-commit",
    /* a refusal is written down */
    "refuse-before-commit",
    "refuse-after-commit",
    /* held removals are let go */
    "release-before-commit",
    "release-after-commit",
    /* a change is taken back */
    "cancel-before-commit",
    "cancel-after-commit",
    /* activity is read again, before a seat is reclaimed */
    "reclaim-before-read",
    "reclaim-after-read",
    /* it is sent */
    "send-before-mark",
    "send-after-mark",
    "send-after-call",
    /* its verdict */
    "verdict-before-commit",
    "verdict-after-commit",
    "verdict-before-reply",
    /* GoTo has given another token */
    "token-before-save",
    "token-after-save",
    /* the plan of a dry run was accepted */
    "apply-before-seal",
    "apply-after-seal",
    /* a pull is published */
    "pull-before-commit",
    "pull-after-commit",
    /* a snapshot is made, dropped or renamed */
    "snapshot-before-commit",
    "snapshot-after-commit",
    /* the queue of the last run is taken over */
    "recover-before-send",
    /* the journal is rotated */
    "rotate-before-commit",
    "rotate-after-commit",
};
#define CRASH_POINTS_N (sizeof(crash_points) / sizeof(crash_points[0]))

static pthread_once_t crash_once = PTHREAD_ONCE_INIT;
static const char *crash_at; /* the variable's value, NULL: none */
static atomic_int crash_seen;

static void
crash_read_environment(void)
{
	const char *at = getenv("GOTOFS_CRASH_AT");

	crash_at = at && *at ? at : NULL;
}

static bool
crash_is_known(const char *name)
{
	size_t i;

	for (i = 0; i < CRASH_POINTS_N; i++)
		if (strcmp(crash_points[i], name) == 0)
			return true;
	return false;
}

/* The name that the file says; "" without one. */
static void
crash_read_file(const char *path, char ret[CRASH_NAME_BYTES])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, ret, CRASH_NAME_BYTES - 1);

	if (fd >= 0)
		close(fd);
	ret[n > 0 ? n : 0] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
}

static bool
crash_is_due(const char *name)
{
	const char *colon = strchr(crash_at, ':');
	size_t n = colon ? (size_t)(colon - crash_at) : strlen(crash_at);
	char armed[CRASH_NAME_BYTES];

	if (*crash_at == '@') {
		crash_read_file(crash_at + 1, armed);
		return strcmp(armed, name) == 0;
	}
	if (strncmp(name, crash_at, n) != 0 || name[n] != '\0')
		return false;
	return atomic_fetch_add(&crash_seen, 1) + 1 ==
	       (colon ? strtol(colon + 1, NULL, 10) : 1);
}

void
crash_point(const char *name)
{
	pthread_once(&crash_once, crash_read_environment);
	if (!crash_at)
		return;
	assert(crash_is_known(name));
	if (crash_is_due(name))
		kill(getpid(), SIGKILL);
}
