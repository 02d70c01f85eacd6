/* SPDX-License-Identifier: MIT */
/*
 * tenant (floor 4): what the account means as a tree of files.
 *
 * Holds the whole tree in memory (names, numbers, sizes; texts stay in the
 * store), accepts changes, and owns the threads that pull, push and time.
 * fs turns kernel requests into these calls; cmd starts and stops it.
 *
 * **No function that fs calls here ever waits for the network.**  They may
 * wait for the disk (a commit of the change queue).  Any thread may call.
 * Errors are those of DESIGN 4.5, negative; what a person must know about a
 * refused change is in .gotofs/errors/ and in the journal before the function
 * returns.
 *
 * A *node* is one object of the kernel's: its id is never given to a second
 * object, in this run or a later one; whoever has a number that lasts is found
 * by it after a restart. st_ino is another, persistent number.
 */
#ifndef GOTOFS_TENANT_H
#define GOTOFS_TENANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

struct buf;
struct err;
struct goto_conf;
struct tenant;

#define TENANT_ROOT_NODE UINT64_C(1)

/* ---- settings and life (tenant.c, bind.c, timer.c) ---- */

/* What is asked of the product APIs (DESIGN 5), in the background. */
struct tenant_activity_conf {
	unsigned products; /* PRODUCT_BIT()s; 0: nothing is asked */
	int window_days;   /* how far back at first; 0: 90 */
	int64_t every_ms;  /* how often again; 0: a day */
	double rate_per_s; /* questions, at most; 0: 4 */
};

struct tenant_conf {
	const char *profile;	/* its name, for status.json */
	const char *state_dir;	/* absolute */
	const char *socket;	/* of the control socket, for status.json */
	const char *mountpoint; /* absolute; links into it may be absolute */
	const struct goto_conf *api;
	uid_t uid; /* default owner of everything */
	gid_t gid;
	mode_t umask;	/* takes bits from 0666 / 0777; default 077 */
	bool read_only; /* -o ro */
	bool async;	/* -o async: write() does not wait */
	/* A dry run of the account whose state folder this is: every change is
	 * accepted, nothing is sent (plan_int.h). NULL: the account itself. */
	const char *dry_run_of;
	int64_t settle_ms;    /* 3000; how long a removal is held */
	int64_t refresh_ms;   /* 300000; 0: only on demand */
	int64_t deadline_ms;  /* 10000; how long a write() waits */
	int64_t quiet_ms;     /* 2000; when an incomplete write is dropped */
	int64_t grace_ms;     /* 10000; pulls re-read what was pushed within */
	char *const *protect; /* strv of address patterns (fnmatch) */
	const char *max_removals; /* "10%", "40"; NULL: the default */
	int64_t
	    history_ms; /* how long what no snapshot has is kept; 0: 30 days */
	int64_t journal_max_bytes; /* beyond, half of it moves; 0: never */
	struct tenant_activity_conf activity;
	const char *prices_file; /* of reports/; NULL: none */
	bool prices_wanted;	 /* it should be there */
	bool suppress_email;
	const char *mail_subject;
	const char *mail_text;
};

/* What the tenant tells whoever mounted it; called with the tenant's turn, from
 * threads of the tenant or from within an operation below. They must not
 * block, nor come back to the tenant: queue and return. */
struct tenant_events {
	void *ctx;
	/* (dir, name) now leads elsewhere, appeared or vanished. */
	void (*entry)(void *ctx, uint64_t dir, const char *name);
	/* Attributes and pages of this node are stale. */
	void (*inode)(void *ctx, uint64_t node);
};

/* First-pull progress; called from a thread of the tenant. total -1: unknown.
 */
typedef void (*tenant_progress_fn)(
    void *ctx, const char *what, long done, long total);

/* Is this the state folder of that account (NULL: not known) of that API?  One
 * that does not exist, or does not note whose it is, may be.  Looked at beside
 * the daemon that has it; nothing is changed.  -EMEDIUMTYPE: it is another's,
 * and the sentence says what to do; otherwise as store.h has it. */
int tenant_check_owner(const char *state_dir, const char *api_url,
    const char *account, struct err *err);

/* Opens the store and loads the last complete generation. No thread yet, no
 * network. */
int tenant_open(
    const struct tenant_conf *conf, struct tenant **ret, struct err *err);
/* Once; before tenant_start, or later, when the kernel is to know the tree from
 * then on. */
void tenant_set_events(struct tenant *t, const struct tenant_events *events);
/* Starts the threads.  With a complete generation it returns at once and
 * refreshes behind; without one it waits for the first pull (progress may be
 * NULL) and fails as that fails. */
int tenant_start(
    struct tenant *t, tenant_progress_fn progress, void *ctx, struct err *err);
/* Sends what is queued within deadline_ms, leaves the rest in the journal,
 * ends the threads. */
void tenant_stop(struct tenant *t, int64_t deadline_ms);
void tenant_close(struct tenant *t); /* NULL is fine; after tenant_stop */
/* How long ago the timer has had its last turn, which takes the tenant's locks:
 * about a second while all is well.  Waits for nothing. (timer.c) */
int64_t tenant_idle_ms(const struct tenant *t);

/* ---- control (control.c, activity_fetch.c, pull.c, status.c): for the control
 * socket ---- */

/* status.json's text, unpadded. */
int tenant_status(struct tenant *t, struct buf *out, struct err *err);
/* A pull now; waits for its end. */
int tenant_refresh(struct tenant *t, struct err *err);
/* The same, then everybody's use of the products is asked for anew (DESIGN 5);
 * waits for its end. ret_troubles: strv, "gotowebinar: sentence" for each
 * source that does not tell. -EINVAL: nothing is asked for here. */
int tenant_refresh_activity(struct tenant *t, tenant_progress_fn progress,
    void *ctx, char ***ret_troubles, struct err *err);
struct tenant_sync_report {
	long sent_n;	 /* changes that reached their verdict meanwhile */
	long failed_n;	 /* below the prefix, since the last sync of it */
	char **failures; /* strv: "users/x.json: sentence" */
	long waiting_n;	 /* links below the prefix to people yet to come */
	long awaited_n;	 /* these people */
	char **awaited;	 /* strv: the first of them, "users/x.json" */
};
/* Close the settle windows below folder ("" all, "users", "licenses/x"), send,
 * wait.  done/total through progress (may be NULL). -ETIMEDOUT after
 * timeout_ms (0: never). */
int tenant_sync(struct tenant *t, const char *folder, int64_t timeout_ms,
    tenant_progress_fn progress, void *ctx, struct tenant_sync_report *ret,
    struct err *err);
void tenant_sync_report_done(struct tenant_sync_report *r);

/* ---- a dry run (plan_overlay.c); -EINVAL: this is none ---- */

/* What would be sent, as .gotofs/plan has it, or as JSON; appended to out.
 * ret_n: how many objects differ. */
int tenant_plan(
    struct tenant *t, bool json, struct buf *out, long *ret_n, struct err *err);
/* Empties it: names and texts go back. ret_n: changes that it held. */
int tenant_discard(struct tenant *t, long *ret_n, struct err *err);

/* ---- gotofs apply (plan_apply.c, guard_allow.c, reclaim_approve.c) ---- */

struct tenant_caller;
/* A dry run's changes as text for tenant_apply (ret_n operations); until
 * tenant_export_done nothing else is changed there (-EBUSY).  tenant_discard
 * may come between. */
int tenant_export(
    struct tenant *t, struct buf *out, long *ret_n, struct err *err);
void tenant_export_done(struct tenant *t);
/* All of it is accepted, then sent; waits for the end.  -EDQUOT: the guard
 * refuses the whole; nothing has changed then, as with every other error.
 * What was refused by itself is in the report: sent_n is what was accepted. */
int tenant_apply(struct tenant *t, const struct tenant_caller *who,
    const char *text, size_t len, tenant_progress_fn progress, void *ctx,
    struct tenant_sync_report *ret, struct err *err);
/* gotofs allow: so many removals beyond the limits, for so long (a day at
 * most); it takes the place of the one before, and 0 takes that back.  reason
 * is for the journal. -EINVAL. (guard_allow.c) */
int tenant_allow(struct tenant *t, const struct tenant_caller *who,
    long removals, int64_t for_ms, const char *reason, int64_t *ret_until_ms,
    struct err *err);
/* Why the seat "LICENSE/NAME.json" is not in reclaim/: the sentence, and what a
 * mv into approved/ would fail with. 0: it is. (reclaim_approve.c) */
int tenant_reclaim_why(struct tenant *t, const char *seat, struct err *err);

/* ---- reading (read.c, handle.c, tree.c) ---- */

struct tenant_attr {
	uint64_t node; /* the kernel's node id */
	uint64_t ino;  /* st_ino */
	mode_t mode;   /* type and permissions */
	nlink_t nlink;
	uid_t uid;
	gid_t gid;
	off_t size; /* exact */
	int64_t atime_ns, mtime_ns, ctime_ns;
	bool uncached; /* timeouts must be 0 */
};

/* Counts one lookup of the node on success. -ENOENT. *ret_uncached (may be
 * NULL) tells on -ENOENT whether the absence may be cached. "." is the node
 * itself, a directory or not, and ".." its parent: a file handle came back. */
int tenant_lookup(struct tenant *t, uint64_t dir, const char *name,
    struct tenant_attr *ret, bool *ret_uncached);
void tenant_forget(struct tenant *t, uint64_t node, uint64_t lookups_n);
/* Goes with every node id but the root's, whose is 0: node ids mean the same
 * as long as it is the same. Never 0. */
uint32_t tenant_generation(const struct tenant *t);
int tenant_getattr(struct tenant *t, uint64_t node, struct tenant_attr *ret);
/* Entries after cookie (0: from the beginning; "." and ".." are not among
 * them).  fn returns false when the entry did not fit: it is not counted then.
 * plus: each entry that was taken counts one lookup. fn must not call the
 * tenant. */
typedef bool (*tenant_dirent_fn)(void *ctx, const char *name,
    const struct tenant_attr *attr, uint64_t cookie);
int tenant_readdir(struct tenant *t, uint64_t dir, uint64_t cookie, bool plus,
    tenant_dirent_fn fn, void *ctx);
/* The node id of a directory's parent, for "..". */
uint64_t tenant_parent(struct tenant *t, uint64_t dir);
/* At most n bytes from offset, appended to out. */
int tenant_read(
    struct tenant *t, uint64_t node, off_t offset, size_t n, struct buf *out);
int tenant_readlink(struct tenant *t, uint64_t node, struct buf *out);

struct tenant_statfs {
	bool seats;    /* of a license directory: the two below count seats */
	int64_t files; /* owned */
	int64_t ffree; /* free, never negative */
};
int tenant_statfs(struct tenant *t, uint64_t node, struct tenant_statfs *ret);

/* ---- writing (write.c, dir.c, change_end.c, dir_make.c, dir_remove.c, link.c,
 * rename.c, setattr.c) ---- */

struct tenant_caller {
	uid_t uid;
	gid_t gid;
	pid_t pid;
};

/* A call that waits for a verdict: the caller provides one, zeroed but for
 * done and ctx, and keeps it until done was called (exactly once, from a
 * thread of the tenant, no lock held) or tenant_abandon returned true. */
struct tenant_waiter {
	void (*done)(struct tenant_waiter *w, int result);
	void *ctx;
	/* private */
	struct tenant_waiter *next;
	struct change *change;
	int64_t deadline_boot_ms;
	int result;
};
#define TENANT_WAIT 1 /* the answer comes through the waiter */

/* The caller goes away: the change goes on.  true: done will not be called;
 * false: it was, or is being, called. */
bool tenant_abandon(struct tenant *t, struct tenant_waiter *w);

/* 0: all n bytes are taken. TENANT_WAIT: w will be told. append: O_APPEND.
 * from_mapping: the kernel writes back a shared mapping. */
int tenant_write(struct tenant *t, const struct tenant_caller *who,
    uint64_t node, const char *data, size_t n, off_t offset, bool append,
    bool from_mapping, struct tenant_waiter *w);
int tenant_fsync(struct tenant *t, const struct tenant_caller *who,
    uint64_t node, struct tenant_waiter *w);

enum {
	TENANT_SET_MODE = 1 << 0,
	TENANT_SET_UID = 1 << 1,
	TENANT_SET_GID = 1 << 2,
	TENANT_SET_SIZE = 1 << 3,
	TENANT_SET_ATIME = 1 << 4,
	TENANT_SET_MTIME = 1 << 5,
	TENANT_SET_ATIME_NOW = 1 << 6,
	TENANT_SET_MTIME_NOW = 1 << 7,
};
/* The node's pages must be invalidated before the reply: with its writer's own
 * time a file reads as it was written (DESIGN 4.4). */
#define TENANT_STALE 2
int tenant_setattr(struct tenant *t, const struct tenant_caller *who,
    uint64_t node, const struct tenant_attr *attr, unsigned set,
    struct tenant_attr *ret);

/* Those that give an attr count one lookup of the new node. */
int tenant_mknod(struct tenant *t, const struct tenant_caller *who,
    uint64_t dir, const char *name, mode_t mode, struct tenant_attr *ret);
int tenant_mkdir(struct tenant *t, const struct tenant_caller *who,
    uint64_t dir, const char *name, mode_t mode, struct tenant_attr *ret);
int tenant_symlink(struct tenant *t, const struct tenant_caller *who,
    uint64_t dir, const char *name, const char *target,
    struct tenant_attr *ret);
/* A hard link: always -EPERM, with a record of it. */
int tenant_link(struct tenant *t, const struct tenant_caller *who, uint64_t dir,
    const char *name);
int tenant_unlink(struct tenant *t, const struct tenant_caller *who,
    uint64_t dir, const char *name);
int tenant_rmdir(struct tenant *t, const struct tenant_caller *who,
    uint64_t dir, const char *name);
/* noreplace: RENAME_NOREPLACE. *ret_stale: a node whose pages must be
 * invalidated before the reply (DESIGN 3, the one exception), or 0. */
int tenant_rename(struct tenant *t, const struct tenant_caller *who,
    uint64_t dir, const char *name, uint64_t new_dir, const char *new_name,
    bool noreplace, uint64_t *ret_stale);

#endif
