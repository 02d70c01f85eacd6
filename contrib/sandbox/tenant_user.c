/* SPDX-License-Identifier: MIT */
/* Users: finding, changing, what a lagging reader sees. See tenant.h. */
#include <ctype.h>
#include <string.h>

#include "mem.h"
#include "switches.h"
#include "tenant.h"

/* The address as the index has it: unique without regard to case (7.13 D). */
static char *
email_fold(const char *email)
{
	char *copy = mem_dup(email);

	if (switch_is(SW_EMAIL_UNIQUE, "nocase")) {
		for (char *c = copy; *c; c++)
			*c = (char)tolower((unsigned char)*c);
	}
	return copy;
}

struct user *
user_by_email_ever(const char *email)
{
	AUTO(mem_auto_free) char *fold = email_fold(email);

	return map_get(&tenant.by_email, fold);
}

struct user *
user_by_email(const char *email)
{
	struct user *u = user_by_email_ever(email);

	return u && u->alive ? u : NULL;
}

struct user *
user_by_key(const char *key)
{
	struct user *u = map_get(&tenant.by_key, key);

	return u && u->alive ? u : NULL;
}

static int
key_compare(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b);

	if (na != nb)
		return na < nb ? -1 : 1;
	return memcmp(a, b, na);
}

static void
users_insert(struct user *u)
{
	size_t low = 0, high = tenant.users_n;

	if (tenant.users_n == tenant.users_cap) {
		tenant.users_cap = high ? high * 2 : 256;
		tenant.users = mem_grow(
		    tenant.users, tenant.users_cap * sizeof *tenant.users);
	}
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (key_compare(tenant.users[mid]->key, u->key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	memmove(tenant.users + low + 1, tenant.users + low,
	    (tenant.users_n - low) * sizeof *tenant.users);
	tenant.users[low] = u;
	tenant.users_n++;
}

static void
user_seats_add(const struct user *u, int add)
{
	for (size_t i = 0; u->alive && i < tenant.licenses_n; i++) {
		if (u->licenses >> i & 1)
			tenant.licenses[i].used += add;
	}
}

static void
user_index(struct user *u)
{
	AUTO(mem_auto_free) char *fold = email_fold(u->email);
	struct user *other = map_get(&tenant.by_email, fold);

	if (!other || u->alive || !other->alive)
		map_put(&tenant.by_email, fold, u);
}

static void
user_unindex(struct user *u)
{
	AUTO(mem_auto_free) char *fold = email_fold(u->email);

	if (map_get(&tenant.by_email, fold) == u)
		map_del(&tenant.by_email, fold);
}

static struct user *
user_copy(const struct user *u)
{
	struct user *c = mem_alloc(sizeof *c);

	*c = *u;
	c->key = mem_dup(u->key);
	c->email = mem_dup(u->email);
	c->email_before = mem_dup(u->email_before);
	c->first_name = mem_dup(u->first_name);
	c->last_name = mem_dup(u->last_name);
	c->locale = mem_dup(u->locale);
	c->time_zone = mem_dup(u->time_zone);
	c->status = mem_dup(u->status);
	c->extra = cJSON_Duplicate(u->extra, true);
	c->json = NULL;
	return c;
}

void
user_free(struct user *u)
{
	for (struct user *next; u; u = next) {
		next = u->past;
		free(u->key);
		free(u->email);
		free(u->email_before);
		free(u->first_name);
		free(u->last_name);
		free(u->locale);
		free(u->time_zone);
		free(u->status);
		free(u->json);
		cJSON_Delete(u->extra);
		free(u);
	}
}

/* Keep what the user was, until lagging readers may see what he becomes. */
static void
user_past_keep(struct user *u)
{
	int64_t now = clock_ms();

	if (u->past && u->past_until_ms <= now) {
		user_free(u->past);
		u->past = NULL;
	}
	if (!switch_int(SW_STALENESS_MS))
		return;
	u->past = user_copy(u);
	u->past_until_ms = now + switch_int(SW_STALENESS_MS);
}

struct user *
user_view(struct user *u)
{
	int64_t now;

	if (!u->past)
		return u;
	now = clock_ms();
	while (u->past && u->past_until_ms > now)
		u = u->past;
	return u;
}

void
user_change_begin(struct user *u)
{
	user_past_keep(u);
	user_seats_add(u, -1);
	user_unindex(u);
}

void
user_change_end(struct user *u)
{
	user_seats_add(u, 1);
	user_index(u);
	free(u->json);
	u->json = NULL;
}

struct user *
user_new(const char *key, const char *email)
{
	struct user *u = mem_alloc(sizeof *u);

	u->key = key ? mem_dup(key) : tenant_key_new(2);
	u->email = mem_dup(email);
	u->status = mem_dup("SUSPENDED");
	users_insert(u);
	map_put(&tenant.by_key, u->key, u);
	user_past_keep(u);
	u->alive = true;
	return u;
}

/* Losing the last license: SUSPENDED, 7.4 (D for an unassign). */
void
user_licenses_set(struct user *u, uint64_t licenses)
{
	uint64_t before = u->licenses;

	u->licenses = licenses;
	if (!licenses && before && switch_on(SW_SUSPEND))
		mem_set(&u->status, "SUSPENDED");
	if (licenses && !strcmp(u->status, "SUSPENDED")) {
		mem_set(&u->status, u->password_created
					? "ACTIVE"
					: switch_text(SW_NEW_STATUS));
	}
}

void
user_remove(struct user *u)
{
	user_change_begin(u);
	u->alive = false;
	u->licenses = 0;
	u->roles = 0;
	u->group = NULL;
	user_change_end(u);
}

size_t
users_supers_n(void)
{
	size_t n = 0;

	for (size_t i = 0; i < tenant.users_n; i++) {
		const struct user *u = tenant.users[i];

		n += u->alive && u->roles & ROLE_SUPER_USER;
	}
	return n;
}

void
tenant_refresh(void)
{
	tenant.era++;
	map_done(&tenant.by_email);
	for (size_t i = 0; i < tenant.users_n; i++)
		user_index(tenant.users[i]);
}
