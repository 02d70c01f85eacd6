/* SPDX-License-Identifier: MIT */
/*
 * sqlite_power (tests): what a power loss leaves of SQLite's files.
 *
 * A shim over SQLite's file system keeps, beside each file that is synced, a
 * copy of it as it was then (<file>.synced): what a disk certainly has.  After
 * the process that wrote was killed, sqlite_power_lose() puts the copies back,
 * or leaves single files as they are (all that was written may be there too).
 */
#ifndef GOTOFS_TESTS_SQLITE_POWER_H
#define GOTOFS_TESTS_SQLITE_POWER_H

/* Before the first connection of the process. */
void sqlite_power_install(void);
/* keep: bit 0 the database, bit 1 its WAL: as written, synced or not. */
void sqlite_power_lose(const char *database, unsigned keep);

#endif
