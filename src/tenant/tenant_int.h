/* SPDX-License-Identifier: MIT */
/*
 * tenant_int: what the files of this room share.  Private to src/tenant.
 *
 * Theory.  A *person* is one account (or one that is to be created); his
 * record is the mirror's, and a list of *changes* lies over it.  What the
 * tree shows of him is a function of the two: person_settle() compares it with
 * the nodes that there are and adds or removes the difference.  Everything
 * that alters a person (a pull, a verdict, an accepted change) ends there.
 *
 * Locks, in this order:
 *   t->turn   a mutex: whoever changes anything holds it, from the check to
 *             the end, over the disk commit.  Its holder alone may modify, so
 *             he may read without t->tree_lock.
 *   the store's writer (tenant_batch), while something is made durable
 *   t->tree_lock  a rwlock: taken for writing only around the memory updates,
 *             for reading by readers.  Over a commit it is held only where
 *             memory already shows what the commit makes true (push_end).
 * tenant_begin() .. tenant_end() takes the turn; tenant_mutate() the rwlock.
 * What is collected meanwhile goes out in tenant_end(): events before the turn
 * is given back, verdicts after.
 */
#ifndef GOTOFS_TENANT_INT_H
#define GOTOFS_TENANT_INT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "activity_model_int.h"
#include "container_name_int.h"
#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/goto.h"
#include "gotofs/map.h"
#include "gotofs/record.h"
#include "gotofs/stage.h"
#include "gotofs/store.h"
#include "gotofs/tenant.h"
#include "guard_int.h"
#include "reclaim_int.h"
#include "reports_int.h"

/* ---- the tree (tree.c) ---- */

enum node_kind {
	NODE_DIR,	   /* a fixed one: root, users, licenses, .gotofs ... */
	NODE_LICENSE_DIR,  /* obj.license */
	NODE_GROUP_DIR,	   /* obj.group */
	NODE_LOCAL_DIR,	   /* a scratch directory */
	NODE_RECLAIM_DIR,  /* obj.license, in reclaim/ */
	NODE_APPROVED_DIR, /* obj.license, in that */
	NODE_ERROR_DIR,	   /* a folder of errors/ */
	NODE_USER,	   /* obj.person; without one: a name just created */
	NODE_LICENSE_LINK, /* obj.person, in a license directory */
	NODE_GROUP_LINK,   /* obj.person, in a group directory */
	NODE_LOCAL_FILE,   /* a scratch file: local->content */
	NODE_LOCAL_LINK,   /* a scratch link: local->target */
	NODE_HELP,
	NODE_STATUS,
	NODE_JOURNAL,
	NODE_PLAN,	     /* of a dry run */
	NODE_RECORD,	     /* obj.person, .gotofs/records/ */
	NODE_LICENSE_RECORD, /* obj.license, .gotofs/licenses/ */
	NODE_ERROR,	     /* local->content */
	NODE_TRASH,	     /* record: its version; .gotofs/trash/ */
	NODE_PENDING,	     /* local->content; .gotofs/pending/ */
	NODE_CTL,
	NODE_ACTIVITY,	/* obj.person, in the folder of a product */
	NODE_RULES,	/* reclaim/rules.json; local: what an open reader had */
	NODE_CANDIDATE, /* obj.person; record: as of when (reclaim.c) */
	NODE_REPORT,	/* local->content; reports/ */
};

struct person;
struct snapshot;
struct tenant_license;
struct tenant_group;
struct change;

/* Changes that wait for the same thing (change_ready.c). */
struct change_list {
	struct change *first, *last; /* through in_next */
	long n;
};

/* The bytes of a node that is not the mirror's. */
struct local {
	struct buf content;
	char *target;	  /* of a link */
	bool doomed;	  /* a placeholder: not listed, disappears by itself */
	bool placeholder; /* of tar, where a link will be (DESIGN 4.1) */
	bool is_new;	  /* NODE_USER: nobody has this address yet */
	bool timed;	  /* its mtime was chosen after its last byte (keep) */
	int64_t until_ms; /* CLOCK_BOOTTIME at which a placeholder goes */
	int64_t failed;	  /* a record in errors/: which change, or the next one
			     there was to be; 0: of the last run */
};

/* Who writes to a user file, and what. */
struct writing {
	struct writing *next; /* t->writings */
	struct node *node;
	struct stage stage;
	struct change *change;	  /* in flight for this document, or NULL */
	struct tenant_caller who; /* the last writer */
	int64_t at_ms;
	int64_t kept;	/* what he wrote, in keep; 0: nothing */
	pid_t kept_pid; /* and who he was */
	int64_t kept_ms;
};

struct node {
	struct map_link by_id;	 /* its hash is the id */
	struct map_link by_name; /* hash of parent id and name */
	uint64_t cookie;	 /* place among the siblings */
	struct node *parent;	 /* NULL: detached (unlinked, still known) */
	char *name;		 /* own copy unless name_borrowed */
	union {
		struct person *person;
		struct tenant_license *license;
		struct tenant_group *group;
		struct dir *unused;
	} obj;
	struct dir *dir;     /* directories */
	struct local *local; /* NULL mostly */
	struct writing *writing;
	int64_t record; /* detached user files, the trash: that version; a
			   journal: the offset at which it begins */
	int64_t mtime_ns;
	_Atomic uint32_t lookups;
	uint32_t size; /* detached user files: of that version */
	uint8_t kind;
	uint8_t fixed; /* number of a fixed node, else 0 */
	bool name_borrowed;
};

struct dir {
	struct node **child; /* in order of cookie; holes are NULL */
	size_t n, cap, holes;
};

#define NODE_ID(node) ((node)->by_id.hash)

enum {
	FIXED_ROOT = 1,
	FIXED_USERS,
	FIXED_LICENSES,
	FIXED_GROUPS,
	FIXED_CONTROL,
	FIXED_HELP,
	FIXED_STATUS,
	FIXED_JOURNAL,
	FIXED_RECORDS,
	FIXED_LICENSE_RECORDS,
	FIXED_ERRORS,
	FIXED_PLAN,
	FIXED_TRASH,
	FIXED_PENDING,
	FIXED_CTL,
	FIXED_ACTIVITY,
	FIXED_PRODUCT, /* and so many more: of each product */
	FIXED_PRODUCT_LAST = FIXED_PRODUCT + PRODUCT_N - 1,
	FIXED_RECLAIM,
	FIXED_RULES,
	FIXED_REPORTS,
	FIXED_POSITION_CSV,
	FIXED_POSITION_JSON,
	FIXED_USERS_CSV,
	FIXED_INDEX_HTML,
	FIXED_SNAPSHOTS,
	FIXED_N
};

/* What a number in st_ino is a view of: see tree.c. */
enum {
	INO_ACCOUNT = 0,
	INO_RECORD = 1,
	INO_GROUP_LINK = 2,
	INO_LOCAL = 3,
	INO_LICENSE = 4,
	INO_GROUP = 5,
	INO_LICENSE_RECORD = 6,
	INO_FIXED = 7,
	INO_TRASH = 8,
	INO_PENDING = 9,   /* and the change's number */
	INO_ACTIVITY = 10, /* and the person's number * 8 + the product */
	INO_RECLAIM = 11,
	INO_APPROVED = 12,
	INO_SEAT = 16,		 /* and the license's number */
	INO_CANDIDATE = 1 << 28, /* likewise */
};

/* ---- what the tenant holds (person.c, license.c, team.c) ---- */

/* Which writable fields a text names, and what they are: keep_agree.c. */
struct keep_fields {
	unsigned set; /* USER_SET_* */
	uint64_t hash;
};
struct kept;

struct seat {
	struct tenant_license *license;
	int64_t since_ns;
	uint8_t usage;	   /* enum seat_usage: as it was last judged */
	bool is_candidate; /* likewise */
};

struct person {
	struct map_link by_key;	 /* when key is known */
	struct map_link by_name; /* name now */
	char *key;		 /* NULL: to be created */
	char *name;		 /* file name: the effective one */
	int64_t number;		 /* inode number, 0 until known */
	int64_t record;		 /* version in the store; 0: none */
	uint64_t hash;		 /* of the mirror's record and links */
	int64_t changed_ns;	 /* made-up mtime of the content */
	int64_t mirror_ns;	 /* with a pending text: that of the record */
	uint32_t size;		 /* of the record's text */
	uint32_t pull;		 /* the last pull that saw him */
	unsigned flags;		 /* PERSON_* of the mirror */
	struct seat *seat;
	unsigned seats_n;
	struct tenant_group *group; /* the mirror's group, or NULL */
	int64_t group_since_ns;
	struct node *file;
	struct change *changes; /* by id, through person_next */
	char *pending_text;	/* what it will read as; NULL: the record */
	uint32_t pending_bytes;
	struct kept *kept;	 /* what was written, over both: keep_int.h */
	int64_t touched_ms;	 /* boot: last pushed */
	int64_t pulled_ms;	 /* boot: when the pull asked for him */
	bool pinned;		 /* an operation is using him */
	int64_t hidden_until_ms; /* his name was taken to a scratch name */
	struct activity_entry *activity; /* what is known of his use */
	uint8_t activities_n;
	uint8_t activity_shown; /* products of which he has a file */
	uint32_t judged;	/* reclaim.round when his seats were */
};
#define PERSON_SUPER 1u /* SUPER_USER in adminRoles */
#define PERSON_ME 2u	/* the token's own account */

struct tenant_license {
	char *key;
	char *description;
	char *name;  /* slug */
	char *title; /* the same without the end of the key; NULL: it is it */
	int64_t number, record;
	uint64_t hash;
	int64_t changed_ns;
	uint32_t size;
	unsigned products;     /* product_bits() of the record */
	unsigned products_was; /* before reclaim_begin */
	/* likewise; name_was NULL: both are the same */
	char *name_was, *title_was;
	long seats;	/* -1: unknown */
	long holders_n; /* in the mirror */
	/* of the changes under way (change_count.c) */
	long changes_n; /* that name it */
	long pending_n; /* seats that they free, less those that they take */
	long held_n;	/* seats that held removals would free */
	long freeing_n; /* removals that are queued or sent */
	long sending_n; /* assignments on their way */
	struct change_list blocked; /* until a seat is free */
	struct node *dir, *record_node;
	struct node *reclaim, *approved; /* its folders in reclaim/ */
	long candidates_n;		 /* in the first of them */
	/* of holders_n, as they were last judged: person_seat_judged */
	long usage_n[SEAT_USAGES_N];
	long reclaimable_n;
	struct guard_count removals; /* of its seats */
	struct guard_count reclaims; /* of them by reclaiming */
	bool seen;		     /* by the pull that is being published */
};

struct tenant_group { /* a group */
	char *key;    /* NULL: to be created */
	char *label;  /* the tenant's name */
	char *name;   /* file name */
	struct tenant_group *parent;
	int64_t number, record;
	uint64_t hash;
	int64_t changed_ns;
	uint32_t size;
	struct node *dir;   /* NULL: hidden */
	int64_t touched_ms; /* boot: last pushed */
	/* of the changes under way (change_count.c) */
	long changes_n;	    /* that name it */
	long going_n;	    /* of people, queued or sent */
	long sending_n;	    /* on their way */
	struct change *own; /* without a person, through group_next */
	struct change_list
	    blocked; /* until it has a key, or its end is known */
	bool seen;
	bool gone; /* deleted; kept while a change points here */
};

/* ---- changes (change.c) ---- */

enum verb { /* values are stored: never renumber */
	VERB_GROUP_CREATE = 1,
	VERB_GROUP_RENAME = 2,
	VERB_CREATE = 3,
	VERB_UPDATE = 4,
	VERB_MOVE = 5,
	VERB_ASSIGN = 6,
	VERB_UNASSIGN = 7,
	VERB_TAKE_OUT = 8,
	VERB_REMOVE = 9,
	VERB_GROUP_DELETE = 10,
	VERB_N
};
/* The numbers are also the order in which they are sent (DESIGN 4.3). */

enum state {		   /* values are stored: never renumber */
	STATE_HELD = 1,	   /* a removal within its settle time */
	STATE_WAITING = 2, /* a link to somebody who does not exist yet */
	STATE_QUEUED = 3,
	STATE_SENDING = 4,
};

struct change {
	struct map_link by_id;	    /* once it is accepted */
	struct map_link by_left;    /* if leaves: tenant.left */
	struct change *prev, *next; /* all, by id */
	struct change *person_next; /* of one person, by id */
	struct change *group_next;  /* tenant_group.own, by id */
	struct change_list *in;	    /* what it waits for, or NULL */
	struct change *in_prev, *in_next;
	struct change *waited_prev, *waited_next; /* tenant.waited */
	int64_t id;
	enum verb verb;
	enum state state;
	bool reserved; /* its number was given by its own transaction */
	bool begun;    /* its call may have reached the tenant */
	bool bare;     /* a create that was refused with its links */
	bool folded;   /* a link on its way with its person's creation */
	bool let_go;   /* a removal that the last run had released */
	bool unknown;  /* a call went out before a crash or a lost answer */
	bool leaves;   /* a new address or name: old_name is given up */
	struct person *person;
	struct tenant_license *license;
	struct tenant_group *group;
	struct user want; /* create, update: fields */
	unsigned set;	  /* USER_SET_* */
	char *path;	  /* "users/bob@example.com.json" */
	char *note;	  /* for the journal; NULL mostly */
	char *text;	  /* refused text goes to errors/; may be NULL */
	char *new_name;	  /* group rename: the tenant's name */
	char *old_name;	  /* update of the address, group rename: to revert */
	struct restore *restore; /* a creation out of the trash (trash_int.h) */
	bool restored;		 /* a link that came with one */
	bool reclaim;		 /* an unassignment out of reclaim/ */
	int64_t moved; /* an unassignment by mv: the assignment's id without
			  which he keeps this seat; 0 */
	uid_t uid;
	pid_t pid;
	char *command;
	int64_t created_ms; /* wall */
	int64_t created_boot_ms;
	int64_t not_before_ms; /* boot: try again after */
	int tries;
	int away_tries; /* of these, by 502, 503 or 504 */
	int unread_n; /* a reclaim: answers that did not tell what became of its
			 call */
	struct tenant_waiter *waiters;
	bool was_waited;   /* its verdict was given to somebody */
	int64_t apply;	   /* of this `gotofs apply`; 0: of none */
	bool promised;	   /* somebody was told, or left in the belief, that it
			      goes on: it is not withdrawn */
	bool ahead;	   /* a removal that an assignment needs the seat of */
	bool weighs;	   /* a removal: on its collections (guard_int.h) */
	int64_t allowance; /* or on this allowance; 0: none */
	struct guard_sent *sent; /* what its end will be, until then */
};

struct event {
	struct event *next;
	uint64_t node;
	char *name; /* NULL: the inode */
};

/* A new name that goes by itself when nothing is written to it. */
struct watched {
	struct watched *next;
	uint64_t node;
};

/* A person whose file was renamed to a scratch name. */
struct hidden {
	struct hidden *next;
	char *name;
};

/* A person who was removed: a listing may name him for a while. */
struct removed {
	struct removed *next;
	int64_t at_ms; /* boot */
	char key[];
};

struct failure { /* of something that nobody waited for */
	struct failure *next;
	int64_t apply; /* which one is told of it; 0: the next sync */
	char *path;
	char *line;
};

struct attr_entry {
	struct map_link by_ino;
	struct store_attr attr;
	bool dirty;
};

#define TENANT_WORKERS_MAX 16

/* What of a listing may be hard to believe (pull_doubt.c). */
enum pull_doubt {
	PULL_DOUBT_USERS,
	PULL_DOUBT_LICENSES,
	PULL_DOUBT_GROUPS,
	PULL_DOUBT_N
};

struct tenant {
	/* settings, constant after tenant_open */
	struct tenant_conf conf;
	char *profile, *state_dir, *socket, *mountpoint;
	char *live_dir; /* a dry run's: of the account itself */
	bool dry_run;	/* nothing is ever sent (plan_int.h) */
	char **protect;
	char *mail_subject, *mail_text;

	struct store *store;
	struct goto_client *api;
	struct tenant_events events;

	pthread_mutex_t turn;
	pthread_rwlock_t tree_lock;
	bool mutating;

	/* the tree: tree_lock */
	struct map nodes; /* by id */
	struct map names; /* by parent and name */
	uint64_t last_node, last_cookie;
	uint32_t
	    generation;	    /* of the store: handle.c, as the next ones; turn */
	struct map handles; /* by st_ino */
	bool handles_dirty;
	uint64_t *fresh; /* node ids */
	size_t fresh_n;
	struct node *fixed[FIXED_N];
	long scratch_n;	       /* files, links, folders: scratch.c */
	int64_t scratch_bytes; /* of the files */
	struct map attrs;      /* by st_ino */
	bool attrs_dirty;
	bool loading;	    /* building up: no times move, nobody is told */
	struct kept *kept;  /* all of them; turn, as the next ones */
	int64_t *kept_gone; /* rows to be deleted */
	size_t kept_gone_n, kept_gone_cap;
	bool kept_dirty;

	struct map persons_by_key, persons_by_name;
	size_t persons_n;
	struct tenant_license **license;
	size_t licenses_n;
	struct tenant_group **group;
	size_t groups_n;
	long supers_n; /* with SUPER_USER in the mirror */
	char *me_key;
	bool me_asked; /* turn: of /me, by this daemon, with this token */
	bool
	    me_is_ours; /* turn: his default account is this one, as /me says */
	/* boot: since when this is said; 0: it is not */
	int64_t pull_doubt_ms[PULL_DOUBT_N];

	/* turn */
	struct change *first, *last;
	struct map changes_by_id;
	struct map left; /* new addresses and names, by those they leave */
	long changes_n, held_n;
	struct change *waited;	    /* those with waiters, the newest first */
	long queued_n[VERB_N];	    /* of them all */
	struct change_list held;    /* in their settle time */
	struct change_list waiting; /* for a person; the longest first */
	struct change_list later;   /* not before their time */
	/* what may be sent now; urgent: somebody waits for its verdict */
	struct change_list ready[VERB_N], urgent[VERB_N];
	int64_t settle_at_ms; /* boot; 0: nothing is held */
	struct writing *writings;
	struct watched *watched;
	struct hidden *hidden;
	struct hidden *unrestored;     /* whose links are to go (trash_end.c) */
	struct ctl_refresh *refreshes; /* who waits for a pull (ctl.c) */
	bool ctl_read_only;	       /* by `echo ro > .gotofs/ctl` */
	struct removed *removed;
	struct guard guard;
	struct reclaim reclaim; /* what readers see of it: tree_lock */
	struct failure *failures;
	long failures_n, failures_lost;
	unsigned long refused_n; /* before anything was accepted */
	long errors_n;		 /* records in errors/; their text; the last */
	int64_t errors_bytes, errors_last;
	long errors_forgotten_n; /* since the start: report_make_room */
	long done_n;		 /* verdicts since the start */
	/* push: creates gather until then; up to this id they do not; looked
	 * at when there are as many */
	int64_t gather_at_ms, gathered_id;
	long gather_n;
	int creates_n; /* calls on their way; when the last of them began */
	int64_t create_began_ms;
	bool draining; /* everything ends: what can goes now */
	/* push: nobody answers; since, until when nothing is sent, how often in
	 * a row, and calls that find out */
	int64_t away_ms, away_until_ms;
	int away_n, probes_n;
	pthread_cond_t changed; /* with turn: verdicts, pulls */
	pthread_cond_t work;	/* with turn: something may be sent */
	struct event *events_first, **events_tail;
	struct tenant_waiter *verdicts; /* to be told, through next */
	uint64_t quiet_dir; /* no event for this name: the kernel knows */
	const char *quiet_name;
	const struct node *still; /* a directory that will list the same */

	/* threads */
	pthread_t worker[TENANT_WORKERS_MAX];
	int workers_n;
	double rate_per_s; /* of calls, at most */
	pthread_t timer, puller;
	bool timer_runs, puller_runs;
	_Atomic int64_t timer_boot_ms; /* its last turn */
	bool stopping;		       /* turn */
	int sending_n;
	char **known_fields; /* names that the tenant ever sent; sorted */
	size_t known_fields_n;
	bool known_fields_new; /* to be stored */

	/* the pull: turn */
	uint32_t pull_number;
	long pulls_wanted, pulls_done;
	long pulls_sure; /* the last in which nobody was left out */
	bool pull_is_unsure;
	int64_t pull_done_began_boot_ms; /* of pulls_done */
	int pull_result;
	struct err pull_err;
	int64_t pull_began_boot_ms, pull_ok_ms, pull_tried_ms;
	int64_t pull_again_boot_ms; /* one that is wanted then; 0: none */
	/* a listing that began before may be behind what the last run sent */
	int64_t pull_sure_boot_ms;
	bool pulling;
	tenant_progress_fn progress;
	void *progress_ctx;
	int64_t started_ms;
	bool token_refused;
	int64_t revive_boot_ms; /* a new token is not looked for before */
	int revivals_n;		/* since one worked */
	bool bound;		/* turn: the folder is this account's */
	char *account;		/* turn: which one, once it is known */
	struct err unbound;	/* turn: why it is not; code 0: nobody knows */
	int bind_tries;		/* turn: how often that could not be asked */
	int64_t apply;	      /* turn: the one that accepts now; 0: none does */
	struct err apply_met; /* what it would undo that is no part of it */
	bool apply_left;      /* rows of one that was taken back: plan_undo.c */
	int64_t applied;      /* turn: the last one that accepted all */
	bool pull_left_out;   /* turn: somebody, because of his changes */
	bool applying; /* a dry run: its plan is being sent, see plan_int.h */

	struct activities
	    activity; /* tree_lock; more in activity_model_int.h */

	/* status.json as it was last asked for */
	pthread_mutex_t status_lock;
	char *status_text;
	size_t status_bytes;
	/* .gotofs/plan likewise, of when so much had been mutated */
	pthread_mutex_t plan_lock;
	char *plan_text;
	size_t plan_bytes;
	unsigned long plan_mutations;
	unsigned long mutations; /* tree_lock */

	struct snapshot **snapshot; /* by seq; tree_lock (snapshot_int.h) */
	size_t snapshots_n;
	pthread_mutex_t manifest_lock; /* while one of theirs is measured */

	struct reports reports;
	char *prices_file;		  /* constant; NULL: none */
	struct reports_price_list prices; /* tree_lock */
};

/* ---- tenant.c ---- */
void tenant_begin(struct tenant *t);
void tenant_mutate(struct tenant *t); /* idempotent within a turn */
void tenant_end(struct tenant *t);
/* With the turn: operations that this thread begins from now on are part of it
 * (and nobody's in the kernel). */
void tenant_nest(struct tenant *t, bool on);
bool tenant_is_nested(const struct tenant *t);
void tenant_read_lock(struct tenant *t);
void tenant_read_unlock(struct tenant *t);
void tenant_pause(struct tenant *t);
/* store_begin, in the order of the locks: the store's writer, then the tree.
 * Mutate (again) after it. */
int tenant_batch(struct tenant *t, struct store_batch **ret, struct err *err);
/* With the turn, and nothing collected; ms at most. */
void tenant_wait(struct tenant *t, int64_t ms);
void tenant_wake(struct tenant *t); /* with the turn */
/* As both, for those who send. */
void tenant_wait_work(struct tenant *t, int64_t ms);
void tenant_wake_work(struct tenant *t);
/* May anything be written now? 0, or -EROFS with the reason. */
int tenant_check_writable(struct tenant *t, struct err *err);
/* Still?  A new login, which a look at its file tells, ends it.  With the turn.
 */
bool tenant_token_is_refused(struct tenant *t);

/* ---- event.c ---- */
void event_entry(struct tenant *t, const struct node *dir, const char *name);
void event_inode(struct tenant *t, const struct node *node);
void event_verdict(struct tenant *t, struct tenant_waiter *w, int result);
/* With the turn: whoever has it next, and sees that something has ended, finds
 * queued what the kernel is to be told of it. */
void event_send(struct tenant *t);
void event_tell(struct tenant_waiter *verdicts); /* without */

/* ---- scratch.c ---- */
#define SCRATCH_MAX_N 1000000
#define SCRATCH_MAX_BYTES (INT64_C(512) << 20)
/* n adds to (1) or takes from (-1) what there is, if it is a scratch file, link
 * or folder: around whatever alters its kind or its content. */
void scratch_count(struct tenant *t, const struct node *n, int sign);
/* May there be one more? -ENOSPC */
int scratch_check_new(const struct tenant *t, struct err *err);
/* Its content has so many bytes from now on; mutating. -ENOSPC, -ENOMEM */
int scratch_resize(
    struct tenant *t, struct node *n, size_t bytes, struct err *err);

/* ---- tree.c ---- */
int tree_init(struct tenant *t, struct err *err);
void tree_done(struct tenant *t);
struct node *tree_get(struct tenant *t, uint64_t id);
struct node *tree_child(
    const struct tenant *t, const struct node *dir, const char *name);
/* A node under dir; obj is set by the caller. borrow: name outlives it. NULL:
 * no memory. Posts the event. */
struct node *tree_add(struct tenant *t, struct node *dir, const char *name,
    bool borrow, enum node_kind kind);
/* Out of its directory; freed when the kernel has forgotten it. */
void tree_remove(struct tenant *t, struct node *n);
void tree_set_kind(struct tenant *t, struct node *n, enum node_kind kind);
/* Into another place, keeping the node. -ENOMEM. */
int tree_move(struct tenant *t, struct node *n, struct node *dir,
    const char *name, bool borrow);
struct local *tree_local(struct node *n); /* made on demand; NULL: memory */
bool tree_is_listed(const struct node *n);
/* The directory's made-up mtime moves. */
void tree_touch(struct tenant *t, struct node *n);
uint64_t tree_ino(const struct node *n);
bool tree_is_dir(const struct node *n);
/* "licenses/x/bob.json" of a name under dir, on the heap. */
char *tree_path(const struct node *dir, const char *name);
/* All children, holes skipped: i from 0. NULL: end. */
struct node *tree_next_child(const struct node *dir, size_t *i);
/* To remove them all: the last first, because a removal may close ranks. */
struct node *tree_last_child(const struct node *dir);
/* The place of the first child beyond this cookie. */
size_t tree_seek(const struct node *dir, uint64_t cookie);
/* A node that is there only while the kernel knows it (known_int.h): no event,
 * not in its folder's list. */
struct node *tree_add_known(struct tenant *t, struct node *dir,
    const char *name, enum node_kind kind, uint64_t ino);
struct node *tree_add_record(struct tenant *t, struct person *p);
void tree_take(struct tenant *t, struct node *n); /* out of its folder */
void tree_forget_record(struct tenant *t, struct node *n);
/* There only while the kernel knows it. */
bool tree_is_known_only(const struct node *n);
/* n takes the place of a fixed node, which has lost its name. */
void tree_set_fixed(struct tenant *t, struct node *n, uint8_t fixed);
/* A fixed file under a new node, in the place of the old one, which whoever
 * reads it keeps. NULL: no memory, nothing has changed. */
struct node *tree_renew(struct tenant *t, int fixed);
/* journal.jsonl begins at the store's base from now on, under a new node. */
void tree_renew_journal(struct tenant *t);

/* ---- attr.c ---- */
struct store_attr *attr_get(struct tenant *t, uint64_t ino);
struct store_attr *attr_make(struct tenant *t, uint64_t ino);
void attr_set_mtime(struct tenant *t, const struct node *n, int64_t mtime_ns);
/* The content was written to: mtime and ctime are now, and later than before */
void attr_set_ctime(struct tenant *t, const struct node *n);
bool attr_has_mtime(const struct store_attr *a, const struct node *n);
void attr_touch(struct tenant *t, const struct node *n);
void attr_forget(struct tenant *t, uint64_t ino);
void attr_set_number(struct tenant *t, struct person *p, int64_t number);
int attr_load(struct tenant *t, struct err *err);
void attr_flush(struct tenant *t); /* with the turn, not mutating */
void attr_done(struct tenant *t);

/* ---- person.c ---- */
struct person *person_by_key(struct tenant *t, const char *key);
struct person *person_by_name(struct tenant *t, const char *name);
struct person *person_new(struct tenant *t, const char *key, const char *name);
void person_free(struct tenant *t, struct person *p);
void person_forget_if_empty(struct tenant *t, struct person *p);
int person_set_key(struct tenant *t, struct person *p, const char *key);
void person_set_flags(struct tenant *t, struct person *p, unsigned flags);
char *person_free_name(
    struct tenant *t, struct person *p, const char *key, const char *email);
int person_set_name(struct tenant *t, struct person *p, const char *name);
/* The same with a name on the heap, which is his from then on: whoever has one
 * needs no memory. */
int person_take_name(struct tenant *t, struct person *p, char *own);
void person_record_moved(struct tenant *t, struct person *p, bool is_new);
void person_drop_links(struct tenant *t, struct person *p, const char *name);
void person_unlink(struct tenant *t, struct person *p, struct node *dir);
struct seat *person_seat(
    const struct person *p, const struct tenant_license *l);
int person_seat_add(
    struct person *p, struct tenant_license *l, int64_t since_ns);
void person_seat_remove(struct person *p, struct tenant_license *l);
/* A new one is unknown until then. */
void person_seat_judged(struct seat *seat, const struct judgement *j);
/* with the changes laid over the mirror */
bool person_exists(const struct person *p);
bool person_holds(const struct person *p, const struct tenant_license *l);
struct tenant_group *person_group(const struct person *p);
/* Make the tree show what he is now.  Links in containers that neither the
 * mirror nor a change names any more: person_unlink() first. */
void person_settle(struct tenant *t, struct person *p);
int64_t person_since(const struct change *c);
int64_t person_link_since(const struct person *p, const struct node *dir);
void person_settle_license(
    struct tenant *t, struct person *p, struct tenant_license *l);
/* What his file reads as: pending text, or the record. */
int person_text(struct tenant *t, const struct person *p, struct buf *out);
int person_record(
    const struct tenant *t, const struct person *p, struct buf *out);
/* The name of a file, as another key would have it beside that one, on the
 * heap. NULL: it is one of those already (or was cut); no memory. */
char *person_longer_name(const char *name, const char *key);
/* The tenant's address of him, on the heap: as his file's name tells it, else
 * (twins, long ones) as his record does.  Empty: the tenant has none of him. */
int person_email(const struct tenant *t, const struct person *p, char **ret);
/* As his record does: one that is being changed is not in it yet. */
int person_record_email(
    const struct tenant *t, const struct person *p, char **ret);
void person_set_pending(struct tenant *t, struct person *p, char *text);

/* ---- container.c: licenses and groups ---- */
struct tenant_license *license_by_key(struct tenant *t, const char *key);
struct tenant_license *license_new(
    struct tenant *t, const char *key, const char *description, int64_t number);
void license_drop(struct tenant *t, struct tenant_license *l);
int license_name_all(struct tenant *t);
long license_free_now(const struct tenant *t, const struct tenant_license *l);
long license_free_with_held(
    const struct tenant *t, const struct tenant_license *l);
struct tenant_group *group_by_key(struct tenant *t, const char *key);
struct tenant_group *group_by_number(struct tenant *t, int64_t number);
struct tenant_group *group_new(struct tenant *t, const char *key,
    const char *label, struct tenant_group *parent, int64_t number);
int group_show(struct tenant *t, struct tenant_group *g);
void group_hide(struct tenant *t, struct tenant_group *g);
void group_drop(struct tenant *t, struct tenant_group *g);
int group_name_all(struct tenant *t);
void group_settle(struct tenant *t, const struct tenant_group *g);
bool group_is_above(
    const struct tenant_group *g, const struct tenant_group *of);

/* ---- load.c ---- */
int load_all(struct tenant *t, struct err *err);

/* ---- bind.c, load.c, recover.c ---- */
/* -EMEDIUMTYPE: the state folder is another account's, or another API's, and
 * the sentence says what to do.  account NULL: not known yet; only the API is
 * compared.  Else t->bound from now on.  With the turn, before any mutation. */
int bind_check(struct tenant *t, const char *account, struct err *err);
/* Note it, with the listing that is published. */
int bind_store(struct tenant *t, struct store_batch *b, struct err *err);
int load_license_text(
    struct tenant_license *l, const char *text, size_t n, struct err *err);
int load_changes(struct tenant *t, struct err *err);
/* recover.c: a removal that nobody means any more: too old, and cancelled. */
bool recover_is_old(const struct tenant *t, const struct change *c);
int recover_cancel(struct tenant *t, struct change *c, struct err *err);
uint64_t load_user_hash(const char *text, size_t n, char *const *license_keys,
    const char *group_key);
void load_known_field(struct tenant *t, const char *name);
bool load_is_known(void *tenant, const char *name);
void load_learn_rest(struct tenant *t, const char *rest);

/* ---- change.c, change_count.c, change_end.c, change_hold.c, change_ready.c,
 * revert.c ---- */
struct change *change_new(
    enum verb verb, const char *path, const struct tenant_caller *who);
void change_free(struct change *c);
/* Journal the intent, link it in, queue it. With the turn; takes c over, also
 * on failure. Leaves the rwlock taken for writing on success. */
int change_accept(
    struct tenant *t, struct change *c, enum state state, struct err *err);
/* A removal: held, if the guard lets it.  As change_accept; -EDQUOT: it does
 * not, and that has been reported. */
int change_hold(struct tenant *t, const struct tenant_caller *who,
    struct change *c, struct err *err);
/* As change_accept for several in one transaction. */
int change_accept_all(struct tenant *t, struct change **c, size_t n,
    enum state state, struct err *err);
/* Take it back: nothing is sent. Journals "cancelled". */
int change_cancel(
    struct tenant *t, struct change *c, const char *why, struct err *err);
/* Its half in memory; in the store it is gone already. Frees it. */
void change_end_cancelled(struct tenant *t, struct change *c);
struct change *change_by_id(struct tenant *t, int64_t id);
struct change *change_find(
    const struct person *p, enum verb verb, const struct tenant_license *l);
struct change *change_find_group(
    const struct tenant *t, enum verb verb, const struct tenant_group *g);
void change_link(struct tenant *t, struct change *c);
/* A new address or name, linked: it leaves this name, which it owns. */
void change_leave_name(struct tenant *t, struct change *c, char *name);
void change_queue(struct tenant *t, struct change *c);
void change_unqueue(struct tenant *t, struct change *c);
/* Was it let go, and cannot be sent now after all? */
bool change_must_wait(struct tenant *t, const struct change *c);
void change_requeue(struct tenant *t, const struct person *p, enum verb verb);
void change_unlink(struct tenant *t, struct change *c);
/* In memory alone: its state, and the list that it belongs to. */
void change_set(struct tenant *t, struct change *c, enum state state);
void change_tally(struct tenant *t, const struct change *c, int by);
void change_set_folded(struct tenant *t, struct change *c, bool folded);
void change_hurry(struct tenant *t, struct change *c);
/* change_count.c: what his changes add to (1) or take from (-1) the counts of
 * licenses and groups: around whatever alters them or his seats. */
void change_count(const struct person *p, int sign);
void change_count_own(struct change *c, int sign);
int change_set_state(
    struct tenant *t, struct change *c, enum state state, struct err *err);
/* Of an unassignment by mv, when the assignment does not come to be. */
#define CHANGE_KEPT "the license that it was to be moved to was refused"
/* c, an unassignment, hangs on this assignment (change.moved) from now on. */
int change_set_moved(
    struct tenant *t, struct change *c, int64_t moved, struct err *err);
/* Of several in one transaction. */
int change_set_state_all(struct tenant *t, struct change **c, size_t n,
    enum state state, struct err *err);
void change_hold_more(struct tenant *t); /* the settle window starts anew */
/* Ends the held removals below prefix that the guard refuses by now: before
 * any of them is sent. Others may have ended with them. */
void change_judge_held(struct tenant *t, const char *prefix);
void change_release_held(struct tenant *t, const char *prefix);
bool change_has_placeholder(const struct tenant *t, const struct change *c);
bool change_is_left_for(const struct change *c);
/* A link of the same kind, which no other of its license comes before. */
bool change_may_join(const struct change *c, const struct change *first);
#define CHANGE_GATHER_MAX_MS 5000 /* creates, until no other has come */
#define CHANGE_WAITING_MS 600000  /* for a person who is still to come */
void change_tick(struct tenant *t, int64_t now_ms);
/* It is over: result 0 or a negative errno with why.  Journalled first, and
 * when that fails nothing has changed and it is not over.  Frees it. */
int change_finish(struct tenant *t, struct change *c, int result,
    const struct err *why, struct err *err);
/* One of those that end together; before, after: for the journal, or NULL. */
struct change_ending {
	struct change *change;
	char *before, *after;
};
/* Several with one verdict, in the batch that has what the tenant answered (it
 * is committed or rolled back), or NULL. */
int change_finish_all(struct tenant *t, const struct change_ending *e, size_t n,
    int result, const struct err *why, struct store_batch *b, struct err *err);
bool change_is_unsent(const struct change *c);
/* A removal that is behind what makes it again. */
bool change_is_undone(const struct change *c);
/* Something of his is on its way: what a pull says of him may be old. (In a dry
 * run nothing ever is.) */
bool change_is_under_way(const struct tenant *t, const struct person *p);
bool change_is_cancellable(const struct change *c);
int change_wait(struct tenant *t, struct change *c, struct tenant_waiter *w);
bool change_path_is_below(const char *path, const char *prefix);
bool change_is_below(const struct change *c, const char *prefix);
char *change_args(const struct change *c);
const char *change_verb_name(enum verb verb);
/* The same of a change: "reclaim" for an unassignment out of reclaim/. */
const char *change_name(const struct change *c);
const char *change_errno_name(int code);

void change_release_waiters(struct tenant *t);
void change_requeue_arrived(struct tenant *t, struct person *p);
void change_requeue_waiting(struct tenant *t);
void change_requeue_all(struct tenant *t);
/* They were one all along: what waits for one waits for the other. */
void change_pass_on(struct tenant *t, struct person *from, struct person *to);
/* person_take_name, and the links that were waiting for this name are his. */
int change_take_name(struct tenant *t, struct person *p, char *own);
/* revert.c: what was shown goes back; what his file reads as now (but: not
 * counting this one). */
void change_revert(struct tenant *t, struct change *c);
void change_reread(
    struct tenant *t, struct person *p, const struct change *but);
/* He was not removed: what was to create him anew changes him instead, or is
 * over when it changes nothing. */
void change_stays(struct tenant *t, struct person *p);

/* ---- link.c ---- */
int link_make_room_again(struct tenant *t, struct err *err);

/* ---- report.c, report_errors.c: what a person is told ---- */
/* A refusal before anything was accepted: journal line and errors/ record.
 * Returns code. */
int report_refusal(struct tenant *t, const struct tenant_caller *who,
    const char *verb, const char *path, int code, const char *text,
    size_t text_n, const char *why);
int report_refusal_again(struct tenant *t, const struct tenant_caller *who,
    const char *verb, const char *path, int code, const char *why);
/* The same, where the record says more than the journal. */
int report_refusal_long(struct tenant *t, const struct tenant_caller *who,
    const char *verb, const char *path, int code, const char *why,
    const char *record_why);
/* failed: the change; 0: what was refused before it was one, just now */
int report_put_error(struct tenant *t, struct store_batch *b, const char *path,
    int64_t failed, const char *text);
/* The record of its path is of something that came after it. */
bool report_is_later(struct tenant *t, const struct change *c);
int report_error_text(const char *path, int code, const char *why,
    const char *text, size_t text_n, char **ret);
void report_clear(struct tenant *t, struct store_batch *b, const char *path);
void report_clear_node(struct tenant *t, const struct node *n);
void report_clear_path(struct tenant *t, const char *path);
/* A line of the journal for what is no change of the tenant's. */
void report_line(struct tenant *t, const struct tenant_caller *who,
    const char *verb, const char *path, int result, const char *why);
/* Such a line into the batch of what it tells; who asked and when are filled
 * in. */
int report_put_line(struct store_batch *b, const struct tenant_caller *who,
    struct store_journal_entry e, struct err *err);
int report_acknowledge_all(struct tenant *t, struct err *err);
void report_command(pid_t pid, char *out, size_t n);
int report_load(struct tenant *t, struct err *err);
int report_acknowledge(struct tenant *t, struct node *n);
/* A folder of errors/ that was watched: need it be no longer?  Frees it. */
bool report_folder_is_over(struct tenant *t, struct node *n, int64_t now_ms);
/* For the next sync; apply: for that `gotofs apply`. */
void report_failure(
    struct tenant *t, const char *path, const char *why, int64_t apply);
/* Of those below prefix that apply (0: sync) is told of: no longer remembered,
 * added to *ret. */
int report_take_failures(struct tenant *t, const char *prefix, int64_t apply,
    char ***ret, long *ret_n);
int report_journal(struct tenant *t, struct store_batch *b,
    const struct change *c, int result, const struct err *why,
    const char *before, const char *after, struct err *err);

/* ---- handle.c: node ids by which a later run finds the same object ---- */
int handle_open(struct tenant *t, struct err *err);
void handle_done(struct tenant *t);
/* A node that was just added, before it has children or is told of: it gets
 * the id that goes with its st_ino, if nobody has it. */
void handle_name(struct tenant *t, struct node *n);
/* n, which had this st_ino, is or will be something else: nobody is found under
 * its id by that number any more. */
void handle_leave(struct tenant *t, const struct node *n, uint64_t ino);
/* Writes down who has which, where st_ino does not tell. */
void handle_flush(struct tenant *t);
/* A file that the kernel has forgotten, and that had no other reason to be
 * there (a record, who used what), made anew. -ENOENT */
int handle_find_known(struct tenant *t, uint64_t id, struct node **ret);

/* ---- control.c ---- */
void control_close_gathering(struct tenant *t);

/* ---- apply.c ---- */
struct apply_links {
	char *const *license_keys;
	const char *group_key, *group_label;
};
int apply_fields(struct user *u, const struct user *want, unsigned set);
/* want, links NULL: as they are. */
int apply_text(const char *text, size_t n, const struct user *want,
    unsigned set, const struct apply_links *links, char **ret, struct err *err);

/* ---- write_document.c, write.c, write_time.c ---- */
/* The change of his fields that is on its way, or NULL. */
struct change *write_in_flight(const struct person *p);
int write_document(struct tenant *t, const struct tenant_caller *who,
    struct node *n, const char *text, size_t len, struct change **ret_change,
    struct err *err);
void write_finished(struct tenant *t, struct change *c, int result);
void write_tick(struct tenant *t, int64_t now_boot_ms);
void write_free(struct tenant *t, struct node *n);
bool write_by(const struct node *n, pid_t pid, int64_t now_boot_ms);

int write_truncate(struct tenant *t, const struct tenant_caller *who,
    struct node *n, off_t size);

/* ---- dir.c, dir_time.c, person.c, report.c ---- */
void dir_done(struct tenant *t);
void report_done(struct tenant *t);
void person_gone(struct tenant *t, struct person *p);
void dir_tick(struct tenant *t, int64_t now_ms);
void dir_touched(struct node *n);

/* ---- read.c, status.c, help.c ---- */
/* Of a license or group, with all its people: what is kept can be read. */
#define RECORD_BYTES_MAX (64 * STAGE_BYTES_MAX)
void read_attr(struct tenant *t, const struct node *n, struct tenant_attr *ret);
/* At most n of the bytes from offset, appended. */
int read_slice(
    const char *data, size_t len, off_t offset, size_t n, struct buf *out);
off_t status_refresh(struct tenant *t); /* its size; makes it anew */
int status_read(struct tenant *t, off_t offset, size_t n, struct buf *out);
extern const char help_text[];

/* ---- guard.c: more in guard_int.h ---- */
int guard_check_roles(struct tenant *t, const struct person *p,
    const struct user *want, unsigned set, struct err *err);

/* ---- push.c, pull.c, timer.c, push_end.c, rotate.c ---- */
/* A pull that begins from now on; over when pull_is_over. */
long pull_want(struct tenant *t);
/* It has seen all that was before the question: nobody was left out because he
 * had just been pushed, or it began when that was long enough ago. */
bool pull_is_over(const struct tenant *t, long pull, int64_t asked_boot_ms);
int pull_now(struct tenant *t, struct err *err); /* waits for its end */
void pull_note_removed(struct tenant *t, const char *key);
bool pull_was_removed(
    const struct tenant *t, const char *key, int64_t since_ms);
void pull_forget_removed(struct tenant *t, int64_t before_ms);
bool push_has_work(const struct tenant *t);
/* How long to wait after so many tries. */
int64_t push_backoff_ms(int tries);
void *push_main(void *tenant);
void *pull_main(void *tenant);
void *timer_main(void *tenant);
/* rotate.c; without the turn. again_ms: the caller's, 0 at first */
void rotate_tick(struct tenant *t, int64_t *again_ms);

#endif
