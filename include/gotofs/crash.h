/* SPDX-License-Identifier: MIT */
/*
 * crash (floor 1): named points at which a test lets the program die.
 *
 * With -Dcrash_points=true (the default of a build that is not a release) and
 * GOTOFS_CRASH_AT in the environment the process raises SIGKILL on itself when
 * it comes to a point:
 *
 *	GOTOFS_CRASH_AT=NAME[:N]   the Nth time (1st), counted from the start
 *	GOTOFS_CRASH_AT=@FILE      at the name that FILE says by then, if there
 *				   is such a file: so that a test can arm a
 *				   daemon that runs, and a restart is unarmed
 *				   once the file is gone
 *
 * Otherwise a point costs a look at a constant, and without the option it is
 * nothing at all.  All names are in one table, crash.c: tests/lint/crash
 * compares it with the sources.  Any thread; nothing blocks.
 */
#ifndef GOTOFS_CRASH_H
#define GOTOFS_CRASH_H

#ifdef GOTOFS_CRASH_POINTS
void crash_point(const char *name);
#else
#define crash_point(name) ((void)0)
#endif

#endif
