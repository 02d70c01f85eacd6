/* SPDX-License-Identifier: MIT */
/*
 * reclaim: which seats reclaim/ shows (DESIGN 5).
 *
 * A candidate's node is there exactly while its seat is judged one, or while
 * the change that takes it back is on its way (then in approved/).  A node
 * remembers of when its evidence is (record), and with that its text follows
 * from what is known: it is printed for its size when something moves, and
 * again when it is read.
 *
 * Who changes a seat calls reclaim_settle (through person_settle), who changes
 * what is known of a use reclaim_moved.  What time alone changes is found by a
 * sweep over everybody, in parts, and only when a judgement may have turned:
 * each says until when it holds.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gotofs/clock.h"
#include "gotofs/json.h"
#include "gotofs/text.h"
#include "tenant_int.h"

#define RECLAIM_SWEEP_MS 5000  /* from one sweep to the next, at least */
#define RECLAIM_SWEEP_N 5000   /* people at once, */
#define RECLAIM_SWEEP_RULES 16 /* and half of them with so many exemptions */
#define RECLAIM_FIRST_META "first_listing"

/* ---- the facts ---- */

static void
reclaim_facts_of_products(const struct tenant *t, const struct person *p,
    unsigned products, struct seat_facts *f)
{
	int i;

	f->products = products;
	memset(f->activity, 0, sizeof(f->activity));
	for (i = 0; i < PRODUCT_N; i++)
		if (products & PRODUCT_BIT(i))
			activity_get(t, p, (enum product)i, &f->activity[i]);
}

/* What is known of the use of a seat: all that most of them need. */
static void
reclaim_facts_of_use(const struct tenant *t, const struct person *p,
    const struct tenant_license *l, struct seat_facts *f)
{
	const struct seat *seat = person_seat(p, l);

	*f = (struct seat_facts){
	    .email = "",
	    .license = l->name,
	    .title = l->title,
	    .since_ms = seat ? seat->since_ns / CLOCK_NS_PER_MS : 0,
	    .doubtful = activity_doubtful(t),
	};
	f->seen_to_come = f->since_ms > t->reclaim.first_ms;
	reclaim_facts_of_products(t, p, activity_products(l), f);
}

/* Whose it is: of the few that are not used. */
static int
reclaim_facts_of_person(const struct tenant *t, const struct person *p,
    struct seat_facts *f, char **ret_email)
{
	struct err err = ERR_NONE;
	int r = person_email(t, p, ret_email);

	if (r < 0)
		return r;
	f->email = *ret_email;
	f->protected = guard_check_remove(t, p, &err) < 0;
	return 0;
}

int
reclaim_facts(const struct tenant *t, const struct person *p,
    const struct tenant_license *l, struct seat_facts *f, char **ret_email)
{
	reclaim_facts_of_use(t, p, l, f);
	return reclaim_facts_of_person(t, p, f, ret_email);
}

/* Who has no address, or one that nobody can read now, is left in peace (it may
 * be exempt), and everybody under rules that nobody understands.  *ret_email
 * stays NULL where the use alone decides. */
static int
reclaim_judge_facts(const struct tenant *t, const struct person *p,
    const struct tenant_license *l, int64_t now_ms, struct seat_facts *f,
    char **ret_email, struct judgement *ret)
{
	int r = 0;

	reclaim_facts_of_use(t, p, l, f);
	if (!t->reclaim.broken) {
		reclaim_judge(&t->reclaim.rules, f, now_ms, ret);
		if (ret->usage == SEAT_ACTIVE || ret->usage == SEAT_UNKNOWN)
			return 0;
		r = reclaim_facts_of_person(t, p, f, ret_email);
	}
	if (r == 0 && !t->reclaim.broken && *f->email) {
		reclaim_judge(&t->reclaim.rules, f, now_ms, ret);
		return 0;
	}
	*ret = (struct judgement){.usage = SEAT_UNKNOWN,
	    .product = -1,
	    .unknown_why = t->reclaim.broken
			       ? "reclaim/rules.json is not understood"
			   : r < 0 ? "the address cannot be read now"
				   : RECLAIM_NO_ADDRESS,
	    .next_ms = now_ms + ACTIVITY_DAY_MS};
	ret->limits = reclaim_rules_limits(
	    &t->reclaim.rules, l->name, l->title, &ret->override);
	return r;
}

void
reclaim_judge_seat(const struct tenant *t, const struct person *p,
    const struct tenant_license *l, int64_t now_ms, struct judgement *ret)
{
	AUTO(text_done) char *email = NULL;
	struct seat_facts f;

	reclaim_judge_facts(t, p, l, now_ms, &f, &email, ret);
}

/* ---- nodes ---- */

static void
reclaim_remove_node(struct tenant *t, struct tenant_license *l, struct node *n)
{
	l->candidates_n -= n->parent == l->reclaim;
	tree_remove(t, n);
}

/* He reads as what holds now makes it. */
static bool
reclaim_is_judged(const struct tenant *t, const struct person *p)
{
	return !t->reclaim.moved || p->judged == t->reclaim.round;
}

/* What it reads as now; known: it was there before. */
static void
reclaim_dress(struct tenant *t, struct node *n, const struct seat_facts *f,
    const struct judgement *j, bool known)
{
	AUTO(buf_done) struct buf text = BUF_MAX(RECLAIM_TEXT_BYTES);

	n->record = reclaim_as_of(f, j);
	n->mtime_ns = reclaim_mtime_ms(f) * CLOCK_NS_PER_MS;
	if (reclaim_print(&t->reclaim.rules, f, n->record, &text) == 0)
		n->size = (uint32_t)text.len;
	if (known)
		event_inode(t, n);
}

/* Where it belongs: l->reclaim, l->approved or nowhere. */
static struct node *
reclaim_place(
    const struct person *p, struct tenant_license *l, const struct judgement *j)
{
	if (reclaim_change(p, l))
		return l->approved;
	return j->verdict == SEAT_CANDIDATE && person_seat(p, l) &&
		       person_holds(p, l) && person_exists(p)
		   ? l->reclaim
		   : NULL;
}

static struct node *
reclaim_find(const struct tenant *t, const struct person *p,
    const struct tenant_license *l)
{
	struct node *n = tree_child(t, l->reclaim, p->name);

	return n ? n : tree_child(t, l->approved, p->name);
}

/* into its folder, as it is if it was in the other one. */
static struct node *
reclaim_put(struct tenant *t, struct person *p, struct tenant_license *l,
    struct node *n, struct node *dir)
{
	if (n && n->parent == dir)
		return n;
	if (!n) {
		n = tree_add(t, dir, p->name, true, NODE_CANDIDATE);
		if (n) {
			n->obj.person = p;
			handle_name(t, n);
		}
	} else {
		l->candidates_n -= n->parent == l->reclaim;
		if (tree_move(t, n, dir, p->name, true) < 0)
			return NULL;
	}
	if (n)
		l->candidates_n += dir == l->reclaim;
	return n;
}

static void
reclaim_show(
    struct tenant *t, struct person *p, struct tenant_license *l, bool moved)
{
	AUTO(text_done) char *email = NULL;
	struct seat *seat = person_seat(p, l);
	struct node *n, *dir, *was;
	struct seat_facts f;
	struct judgement j;
	int r;

	if (!t->reclaim.ready || !l->reclaim || !l->approved)
		return;
	n = was = reclaim_find(t, p, l);
	if (!seat && !n)
		return;
	r = reclaim_judge_facts(t, p, l, clock_wall_ms(), &f, &email, &j);
	if (seat)
		person_seat_judged(seat, &j);
	if (j.next_ms < t->reclaim.next_ms)
		t->reclaim.next_ms = j.next_ms;
	dir = reclaim_place(p, l, &j);
	if (n && !dir)
		reclaim_remove_node(t, l, n);
	n = dir ? reclaim_put(t, p, l, n, dir) : NULL;
	if (n && r == 0 && !email)
		r = reclaim_facts_of_person(t, p, &f, &email);
	if (n && r == 0 && (!was || moved || dir == l->approved))
		reclaim_dress(t, n, &f, &j, was != NULL);
}

/* All that there is of him. */
static void
reclaim_show_person(struct tenant *t, struct person *p, bool moved)
{
	const struct change *c;
	unsigned i;

	p->judged = t->reclaim.round;
	t->reclaim.any = true;
	for (i = 0; i < p->seats_n; i++)
		reclaim_show(t, p, p->seat[i].license, moved);
	for (c = p->changes; c; c = c->person_next)
		if (c->reclaim && !person_seat(p, c->license))
			reclaim_show(t, p, c->license, moved);
}

void
reclaim_settle(struct tenant *t, struct person *p, struct tenant_license *l)
{
	if (!reclaim_is_judged(t, p))
		reclaim_show_person(t, p, true);
	reclaim_show(t, p, l, false);
}

void
reclaim_moved(struct tenant *t, struct person *p)
{
	reports_use_moved(t);
	reclaim_show_person(t, p, true);
}

/* He has lost this name. */
void
reclaim_drop_nodes(struct tenant *t, const struct person *p, const char *name)
{
	size_t i, k;

	for (i = 0; name && i < t->licenses_n; i++) {
		struct tenant_license *l = t->license[i];
		struct node *dir[2] = {l->reclaim, l->approved};

		for (k = 0; k < 2; k++) {
			struct node *n =
			    dir[k] ? tree_child(t, dir[k], name) : NULL;

			if (n && n->kind == NODE_CANDIDATE &&
			    n->obj.person == p)
				reclaim_remove_node(t, l, n);
		}
	}
}

/* The rules are part of what it says. */
int64_t
reclaim_ctime_ms(const struct tenant *t, const struct node *n)
{
	const struct reclaim *r = &t->reclaim;
	bool was =
	    n->parent && n->obj.person && !reclaim_is_judged(t, n->obj.person);
	int64_t written_ms = was ? r->was_written_ms : r->written_ms;

	return n->record > written_ms ? n->record : written_ms;
}

int
reclaim_text(struct tenant *t, const struct node *n, struct buf *out)
{
	AUTO(text_done) char *email = NULL;
	const struct reclaim *reclaim = &t->reclaim;
	const struct reclaim_rules *rules = &reclaim->rules;
	const struct tenant_license *l;
	struct seat_facts f;
	int r;

	if (!n->parent || !n->obj.person)
		return -ESTALE;
	l = n->parent->obj.license;
	reclaim_facts_of_use(t, n->obj.person, l, &f);
	if (!reclaim_is_judged(t, n->obj.person)) {
		rules = reclaim->was_rules ? &reclaim->was : rules;
		reclaim_facts_of_products(
		    t, n->obj.person, l->products_was, &f);
		if (l->name_was) {
			f.license = l->name_was;
			f.title = l->title_was;
		}
	}
	r = reclaim_facts_of_person(t, n->obj.person, &f, &email);
	return r < 0 ? r : reclaim_print(rules, &f, n->record, out);
}

/* ---- time ---- */

void
reclaim_judge_soon(struct tenant *t)
{
	t->reclaim.next_ms = 0;
}

bool
reclaim_is_busy(const struct tenant *t)
{
	return t->reclaim.sweeping || t->reclaim.away_until_ms;
}

static void
reclaim_sweep_person(struct tenant *t, struct person *p)
{
	activity_settle_moved(t, p);
	if (!t->reclaim.moved)
		reclaim_show_person(t, p, false);
	else if (!reclaim_is_judged(t, p))
		reclaim_show_person(t, p, true);
}

/* Those who have no file at present; then nothing reads as before any more. */
static void
reclaim_sweep_end(struct tenant *t)
{
	struct reclaim *r = &t->reclaim;
	const struct change *c;
	const struct hidden *h;
	struct person *p;

	for (c = t->first; c; c = c->next)
		if (c->person)
			reclaim_sweep_person(t, c->person);
	for (h = t->hidden; h; h = h->next)
		if ((p = person_by_name(t, h->name)))
			reclaim_sweep_person(t, p);
	activity_moved_end(t);
	r->sweeping = r->moved = false;
	if (r->was_rules)
		reclaim_rules_done(&r->was);
	r->was_rules = false;
}

/* Some more of them: each is held against each exemption. */
static void
reclaim_sweep(struct tenant *t)
{
	const struct node *users = t->fixed[FIXED_USERS], *n;
	size_t exemptions_n = t->reclaim.rules.exemptions_n;
	size_t some =
	    RECLAIM_SWEEP_N / (1 + exemptions_n / RECLAIM_SWEEP_RULES);
	size_t i = tree_seek(users, t->reclaim.cookie), k;

	tenant_mutate(t);
	for (k = 0; k < some; k++) {
		n = tree_next_child(users, &i);
		if (!n) {
			reclaim_sweep_end(t);
			return;
		}
		t->reclaim.cookie = n->cookie;
		if (n->kind == NODE_USER && n->obj.person)
			reclaim_sweep_person(t, n->obj.person);
	}
}

static void
reclaim_sweep_begin(struct tenant *t)
{
	t->reclaim.sweeping = true;
	t->reclaim.swept_ms = clock_boot_ms();
	t->reclaim.cookie = 0;
	t->reclaim.next_ms = INT64_MAX; /* who is judged says another */
}

/* Whoever is in the middle of one goes through with it first: two states are
 * kept, not three. */
void
reclaim_begin(struct tenant *t)
{
	struct reclaim *r = &t->reclaim;
	size_t i;

	reports_moved(t);
	if (r->moved && !r->any)
		return; /* it has hardly begun */
	while (r->moved)
		reclaim_sweep(t);
	reclaim_sweep_begin(t);
	r->moved = true;
	r->any = false;
	r->round++;
	r->was_written_ms = r->written_ms;
	for (i = 0; i < t->licenses_n; i++) {
		struct tenant_license *l = t->license[i];

		l->products_was = l->products;
		free(l->name_was);
		l->name_was = text_dup(l->name);
		free(l->title_was);
		l->title_was = text_dup(l->title);
	}
	tenant_wake(t);
}

void
reclaim_finish(struct tenant *t)
{
	while (t->reclaim.moved) {
		reclaim_sweep(t);
		tenant_pause(t);
	}
}

void
reclaim_tick(struct tenant *t, int64_t now_boot_ms)
{
	struct reclaim *r = &t->reclaim;

	reclaim_rules_tick(t, now_boot_ms);
	activity_doubt_tick(t, now_boot_ms);
	if (!r->sweeping && r->ready && clock_wall_ms() >= r->next_ms &&
	    now_boot_ms - r->swept_ms >= RECLAIM_SWEEP_MS)
		reclaim_sweep_begin(t);
	if (r->sweeping)
		reclaim_sweep(t);
}

void
reclaim_licenses_moved(struct tenant *t)
{
	struct reclaim *r = &t->reclaim;

	if (!r->ready || !reclaim_find_astray(t, &r->rules, false))
		return;
	reclaim_begin(t);
	reclaim_find_astray(t, &r->rules, true);
	while (
	    r->moved) /* nobody reads as before: it has no rules of its own */
		reclaim_sweep(t);
}

/* ---- life ---- */

/* When the mirror began: a seat that it has known since then may be of any age.
 */
int
reclaim_store_first(struct tenant *t, struct store_batch *b, struct err *err)
{
	AUTO(text_done) char *text = NULL;
	int64_t now = clock_wall_ms();
	int r;

	t->reclaim.first_next_ms = t->reclaim.first_ms;
	if (t->reclaim.first_ms)
		return 0;
	text = text_printf("%lld", (long long)now);
	if (!text)
		return err_nomem(err);
	r = store_meta_set(b, RECLAIM_FIRST_META, text, err);
	if (r == 0)
		t->reclaim.first_next_ms = now;
	return r;
}

void
reclaim_stored_first(struct tenant *t)
{
	t->reclaim.first_ms = t->reclaim.first_next_ms;
}

/* A mirror of an older gotofs knows no better than "by now". */
static int
reclaim_load_first(struct tenant *t, struct err *err)
{
	AUTO(text_done) char *text = NULL;
	struct store_batch *b = NULL;
	int r = store_meta_get(t->store, RECLAIM_FIRST_META, &text, err);

	if (r == 0)
		t->reclaim.first_ms = strtoll(text, NULL, 10);
	if (r != -ENOENT || store_generation(t->store) == 0)
		return r == -ENOENT ? 0 : r;
	r = tenant_batch(t, &b, err);
	if (r == 0)
		r = reclaim_store_first(t, b, err);
	r = store_end(b, r, err);
	tenant_mutate(t);
	if (r == 0)
		reclaim_stored_first(t);
	return r;
}

/* People, seats, changes and what is known of their use are there. */
int
reclaim_load(struct tenant *t, struct err *err)
{
	int r = reclaim_rules_load(t, err);

	if (r == 0)
		r = reclaim_load_first(t, err);
	if (r < 0)
		return r;
	t->reclaim.ready = !t->reclaim.broken;
	activity_doubt(t);
	reclaim_begin(t);
	while (t->reclaim.moved)
		reclaim_sweep(t);
	return 0;
}

void
reclaim_done(struct tenant *t)
{
	reclaim_rules_done(&t->reclaim.rules);
	reclaim_rules_done(&t->reclaim.was);
	free(t->reclaim.text);
	t->reclaim.text = NULL;
}

int
reclaim_status(const struct tenant *t, struct json *j)
{
	struct json *m = json_new_object();
	AUTO(strv_done) char **warnings = NULL;
	long candidates_n = 0, approved_n = 0;
	size_t i;
	int r = json_set(j, "reclaim", m);

	for (i = 0; i < t->licenses_n; i++) {
		const struct node *dir = t->license[i]->approved;

		candidates_n += t->license[i]->candidates_n;
		approved_n += dir ? (long)(dir->dir->n - dir->dir->holes) : 0;
	}
	if (r == 0)
		r = json_set_int(m, "candidates", candidates_n);
	if (r == 0)
		r = json_set_int(m, "approved", approved_n);
	if (r == 0)
		r = json_set_str(
		    m, "rules", t->reclaim.written ? "written" : "default");
	if (r == 0)
		r = reclaim_warnings(t, &warnings);
	return r < 0 ? r : json_set_strv(m, "warnings", warnings);
}
