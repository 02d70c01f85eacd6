/* SPDX-License-Identifier: MIT */
/*
 * pull_list: a complete, verified listing, or none (DESIGN 1, P3).
 *
 * Licenses and groups first, because users are matched with them; then users,
 * in pages.  A page whose total differs from the first one's, a key that comes
 * twice, or an end before the total is reached means that the listing moved
 * while it was read: all is read again.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/clock.h"
#include "gotofs/document.h"
#include "gotofs/text.h"
#include "pull_int.h"

/* ---- who holds what, as licenses and groups say ---- */

static int
pull_add_holders(
    struct pull *p, char *const *user_keys, const char *container, bool group)
{
	for (; user_keys && *user_keys; user_keys++) {
		struct holder *h = &p->holder[p->holders_n++];

		h->user_key = *user_keys;
		h->container_key = container;
		h->group = group;
		if (map_add(&p->holders, &h->by_user,
			map_hash_str(*user_keys, 0)) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int
pull_index_holders(struct pull *p, struct err *err)
{
	size_t i, n = 0;
	int r = 0;

	for (i = 0; i < p->licenses.n; i++)
		n += strv_n(p->licenses.v[i].user_keys) +
		     strv_n(p->licenses.v[i].invited_user_keys);
	for (i = 0; i < p->groups.n; i++)
		n += strv_n(p->groups.v[i].user_keys);
	p->holder = calloc(n + 1, sizeof(*p->holder));
	if (!p->holder)
		return err_nomem(err);
	for (i = 0; r == 0 && i < p->licenses.n; i++) {
		struct license *l = &p->licenses.v[i];

		r = pull_add_holders(p, l->user_keys, l->key, false);
		if (r == 0)
			r = pull_add_holders(
			    p, l->invited_user_keys, l->key, false);
	}
	for (i = 0; r == 0 && i < p->groups.n; i++)
		r = pull_add_holders(
		    p, p->groups.v[i].user_keys, p->groups.v[i].key, true);
	return r < 0 ? err_nomem(err) : 0;
}

/* What the user's record omits is asked of the lists (goto-api.md 3.4, B/C:
 * empties are omitted; 8.3: decide by licenseKeys and the license's userKeys).
 */
static int
pull_fill_links(struct pull *p, struct user *u)
{
	struct map_link *l = map_first(&p->holders, map_hash_str(u->key, 0));
	bool licenses = !u->license_keys, group = !u->group_key;
	int r = 0;

	for (; r == 0 && l; l = map_next(l)) {
		struct holder *h = map_entry(l, struct holder, by_user);

		if (strcmp(h->user_key, u->key) != 0)
			continue;
		if (h->group && group && !u->group_key) {
			u->group_key = text_dup(h->container_key);
			r = u->group_key ? 0 : -ENOMEM;
		} else if (!h->group && licenses &&
			   !strv_has(u->license_keys, h->container_key)) {
			r = strv_add(&u->license_keys, h->container_key);
		}
	}
	return r;
}

/* ---- users ---- */

int64_t
pull_grace_ms(const struct pull *p)
{
	return p->began_boot_ms - p->t->conf.grace_ms;
}

static bool
pull_is_busy(const struct pull *p, const struct person *who)
{
	return change_is_under_way(p->t, who) ||
	       (who->touched_ms && who->touched_ms > pull_grace_ms(p));
}

int
pull_take_user(struct pull *p, struct user *u, struct store_incoming *in,
    char **ret_text, bool *ret_differs, struct err *err)
{
	struct person *who = person_by_key(p->t, u->key);
	AUTO(buf_done) struct buf text = BUF_MAX(STAGE_BYTES_MAX);
	int r = pull_fill_links(p, u);

	if (r == 0)
		r = document_render_user(u, &text);
	if (r < 0)
		return err_set(err, r, "user %s cannot be stored", u->key);
	load_learn_rest(p->t, u->rest);
	*in = (struct store_incoming){
	    .record = {.kind = STORE_USER,
		.key = u->key,
		.name = u->email ? u->email : "",
		.flags = user_is_super(u) ? PERSON_SUPER : 0,
		.changed_ns = clock_wall_ns(),
		.text_bytes = text.len},
	    .license_keys = u->license_keys,
	    .group_key = u->group_key,
	};
	in->record.hash =
	    load_user_hash(text.data, text.len, u->license_keys, u->group_key);
	if (who && who->changed_ns >= in->record.changed_ns)
		in->record.changed_ns = who->changed_ns + 1;
	*ret_differs = !who || !who->record || who->hash != in->record.hash;
	*ret_text = buf_take(&text);
	in->record.text = *ret_text;
	return *ret_text ? 0 : err_nomem(err);
}

struct fresh {
	struct map_link by_key;
	char key[];
};

/* Was this key in this pull before? */
static int
pull_see(struct pull *p, const char *key)
{
	struct person *who = person_by_key(p->t, key);
	uint64_t hash = map_hash_str(key, 0);
	struct map_link *l;
	struct fresh *f;

	p->saw_me = p->saw_me || text_equal(key, p->t->me_key);
	if (who) {
		bool twice = who->pull == p->number;

		who->pull = p->number;
		return twice ? PULL_AGAIN : 0;
	}
	for (l = map_first(&p->fresh, hash); l; l = map_next(l))
		if (strcmp(map_entry(l, struct fresh, by_key)->key, key) == 0)
			return PULL_AGAIN;
	f = malloc(sizeof(*f) + strlen(key) + 1);
	if (!f || map_add(&p->fresh, &f->by_key, hash) < 0) {
		free(f);
		return -ENOMEM;
	}
	memcpy(f->key, key, strlen(key) + 1);
	return 0;
}

static int
pull_note_busy(struct pull *p, const char *key)
{
	if (p->reread_n >= PULL_REREAD_MAX) {
		p->again_later = true;
		return 0;
	}
	return strv_add_n(&p->reread, &p->reread_n, key);
}

static int
pull_judge_page(struct pull *p, struct user_list *page,
    struct store_incoming *in, char **text, size_t *ret_n, struct err *err)
{
	size_t i, n = 0;
	int r = 0;

	for (i = 0; r == 0 && i < page->n; i++) {
		struct user *u = &page->v[i];
		struct person *who;
		bool differs;

		if (!u->key)
			return err_set(err, -EPROTO, "a user without a key");
		who = person_by_key(p->t, u->key);
		p->names_licenses = p->names_licenses || u->license_keys;
		p->names_groups = p->names_groups || u->group_key;
		r = pull_see(p, u->key);
		if (r == 0 && who && pull_is_busy(p, who)) {
			r = pull_note_busy(p, u->key);
			continue;
		}
		if (r == 0 && !who &&
		    pull_was_removed(p->t, u->key, pull_grace_ms(p)))
			continue;
		if (who)
			who->pulled_ms = p->asked_ms;
		if (r == 0)
			r = pull_take_user(
			    p, u, &in[n], &text[n], &differs, err);
		if (r != 0)
			break;
		if (differs)
			n++;
		else
			free(text[n]);
	}
	*ret_n = n;
	return r;
}

static int
pull_page(struct pull *p, struct user_list *page, struct err *err)
{
	struct store_incoming *in = calloc(page->n + 1, sizeof(*in));
	char **text = calloc(page->n + 1, sizeof(*text));
	size_t n = 0;
	int r = in && text ? 0 : err_nomem(err);

	if (r == 0) {
		tenant_begin(p->t);
		r = pull_judge_page(p, page, in, text, &n, err);
		tenant_end(p->t);
	}
	if (r == 0 && n > 0)
		r = store_incoming_add(p->t->store, in, n, err);
	p->incoming_n += (long)n;
	while (n > 0)
		free(text[--n]);
	free(text);
	free(in);
	return r;
}

static int
pull_users(struct pull *p, struct err *err)
{
	long offset = 0, total = -1, next;
	int r = 0;

	p->seen_n = 0;
	p->total = -1;
	p->saw_me = p->names_licenses = p->names_groups = false;
	while (r == 0 && (p->total < 0 || p->seen_n < p->total)) {
		AUTO(user_list_done) struct user_list page = {NULL, 0};

		p->asked_ms = clock_boot_ms();
		r = goto_users_page(p->t->api, p->prio, offset, PULL_PAGE,
		    &page, &next, &total, err);
		if (r < 0)
			break;
		if (p->total < 0)
			p->total = total;
		if (total != p->total || (page.n == 0 && p->seen_n < total))
			return PULL_AGAIN;
		p->seen_n += (long)page.n;
		offset = next > offset ? next : p->seen_n;
		r = pull_page(p, &page, err);
		if (p->t->progress)
			p->t->progress(
			    p->t->progress_ctx, "users", p->seen_n, p->total);
	}
	return r == 0 && p->seen_n != p->total ? PULL_AGAIN : r;
}

int
pull_list(struct pull *p, struct err *err)
{
	int r = store_incoming_clear(p->t->store, err);

	if (r == 0)
		r = goto_licenses(p->t->api, p->prio, &p->licenses, err);
	if (r == 0)
		r = goto_groups(p->t->api, p->prio, &p->groups, err);
	if (r == 0)
		r = pull_index_holders(p, err);
	if (r == 0)
		r = pull_users(p, err);
	return r == 0 ? pull_doubt(p, err) : r;
}

void
pull_list_done(struct pull *p)
{
	struct map_link *l, *next;

	for (l = map_walk(&p->fresh, NULL); l; l = next) {
		next = map_walk(&p->fresh, l);
		free(map_entry(l, struct fresh, by_key));
	}
	map_done(&p->fresh);
	map_done(&p->holders);
	free(p->holder);
	p->holder = NULL;
	p->holders_n = 0;
	license_list_done(&p->licenses);
	group_list_done(&p->groups);
	strv_free(p->reread);
	p->reread = NULL;
	p->reread_n = 0;
}
