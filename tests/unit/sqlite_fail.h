/* SPDX-License-Identifier: MIT */
/*
 * sqlite_fail (tests): lets SQLite allocate where alloc_fail.h sees it, so
 * that a sweep fails its allocations as well as ours.
 */
#ifndef GOTOFS_TESTS_SQLITE_FAIL_H
#define GOTOFS_TESTS_SQLITE_FAIL_H

/* Before the first connection of the process. */
void sqlite_fail_install(void);

#endif
