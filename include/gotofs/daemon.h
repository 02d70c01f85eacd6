/* SPDX-License-Identifier: MIT */
/*
 * daemon (floor 1): go to the background, while the parent waits for the truth.
 *
 * daemon_fork() forks; the parent never returns from it: it passes the
 * child's lines for a person through to stderr, and exits with the status
 * that the child gives to daemon_ready(), or that it ends with; when a signal
 * ends it (the parent says so), with 1.  SIGINT, SIGTERM and SIGHUP to the
 * parent go to the child.  Only before any thread or SQLite connection exists.
 *
 * Until it is ready the child stays in its parent's process group: of a folder
 * that is to be mounted because somebody looked at it (autofs, systemd's
 * automount) the kernel lets nobody near but the group of who mounts.
 */
#ifndef GOTOFS_DAEMON_H
#define GOTOFS_DAEMON_H

struct err;

int daemon_fork(struct err *err);
/* Tell the waiting parent: its exit status.  Begins a session, and detaches
 * stdin, stdout, stderr.
 * Without a parent (foreground) it does nothing. */
void daemon_ready(int exit_status);

#endif
