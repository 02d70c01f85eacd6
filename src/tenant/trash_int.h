/* SPDX-License-Identifier: MIT */
/*
 * trash: .gotofs/trash/, who was removed, and how he comes back.  Private to
 * src/tenant; with the turn, unless it says otherwise.
 *
 * An entry is a row of the store that names the last version of a record.
 * While a change restores it, the row is hidden; it goes with the change's
 * good verdict and is shown again with a bad one, in the same transaction.
 */
#ifndef GOTOFS_TRASH_INT_H
#define GOTOFS_TRASH_INT_H

#include "tenant_int.h"

struct json;

#define TRASH_KEEP_MS (INT64_C(90) * 24 * 3600 * 1000)

/* Of a creation that restores somebody; change.restore. */
struct restore {
	int64_t record; /* the version that he was: names the entry */
	char *from;	/* when, and by whom he was removed */
	char *left;	/* what could not be asked for; NULL: nothing */
	char *differs;	/* what the tenant did not give back; NULL: nothing */
	bool has_new_key;
};
void trash_restore_free(struct restore *r);

/* ---- trash.c: what is there ---- */

/* He goes, by this change or (NULL) elsewhere: into the batch that drops him,
 * before his seats and group are gone from memory. */
int trash_put(struct store_batch *b, const struct person *p,
    const struct change *c, struct err *err);
/* The node of a name, made for the kernel. -ENOENT, -ENOMEM, -EIO. */
int trash_lookup(struct tenant *t, const char *name, struct node **ret);
/* Without any lock. */
int trash_list(
    struct tenant *t, uint64_t cookie, tenant_dirent_fn fn, void *ctx);

/* An entry, out of the store. */
struct trash_entry {
	int64_t number, record, removed_ms, uid;
	uint32_t size;
	char *key, *group_key, *group_label, *command;
	char **license_keys; /* strv */
};
#define TRASH_ENTRY_NONE                                                       \
	{                                                                      \
		0                                                              \
	}
void trash_entry_done(struct trash_entry *e);
int trash_find(struct tenant *t, const char *name, struct trash_entry *ret,
    struct err *err);

/* ---- trash_restore.c: the way back ---- */

/* n, an entry, becomes the file name in users/: one creation with the licenses
 * that have a free seat and the group, accepted as a whole. -EEXIST, -EBADMSG
 * (another name than his), -ENOENT. */
int trash_restore(struct tenant *t, const struct tenant_caller *who,
    struct node *n, const char *name, struct err *err);

/* ---- trash_end.c: its end ---- */

/* Somebody was created and reads like this: he is not in the trash (any more);
 * who was restored is compared with what he was. */
int trash_arrived(struct tenant *t, struct store_batch *b, struct change *c,
    const char *text, struct err *err);
/* Into the batch that ends it; *ret_text: the errors/ record of what is not as
 * it was, or NULL. */
int trash_store_end(struct store_batch *b, struct change *c, int result,
    char **ret_text, struct err *err);
bool trash_has_left(const struct change *c);
/* It did not come to be: the links that came with it are cancelled, as soon as
 * none of them is on its way. */
void trash_refused(struct tenant *t, const struct change *c);
void trash_tick(struct tenant *t);
/* To and from the queue in the store. */
int trash_save(const struct restore *r, struct json *args);
int trash_load(struct change *c, const struct json *args);

#endif
