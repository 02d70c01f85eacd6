/* SPDX-License-Identifier: MIT */
/* The account as a seed gives it. See data.h. */
#include "data.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "mem.h"
#include "tenant.h"

/* splitmix64 */
static uint64_t state;

static uint64_t
chance(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static int
chance_below(int n)
{
	return (int)(chance() % (uint64_t)n);
}

static void
groups_fill(void)
{
	for (size_t i = 0; i < data_groups_n; i++) {
		const char *parent = data_groups[i].parent;

		group_new(
		    data_groups[i].name, parent ? group_by_name(parent) : NULL);
	}
}

static void
licenses_fill(void)
{
	for (size_t i = 0; i < data_licenses_n; i++)
		license_new(
		    data_licenses[i].description, data_licenses[i].products);
}

/* Seats once the holders are known. */
static void
seats_fill(void)
{
	for (size_t i = 0; i < data_licenses_n; i++) {
		const struct data_license *d = &data_licenses[i];
		struct license *l = &tenant.licenses[i];
		long some = (long)tenant.users_n / 100 * -d->free;

		l->seats = l->used + (d->free < 0 ? 25 + some : d->free);
		l->enabled = d->enabled;
		l->external = d->external;
	}
}

static uint64_t
license_bit_named(const char *description)
{
	for (size_t i = 0; description && i < tenant.licenses_n; i++) {
		if (!strcmp(tenant.licenses[i].description, description))
			return (uint64_t)1 << i;
	}
	return 0;
}

static uint32_t
roles_named(const char *names)
{
	AUTO(mem_auto_free) char *copy = mem_dup(names ? names : "");
	char *save = NULL;
	uint32_t roles = 0;

	for (char *r = strtok_r(copy, " ", &save); r;
	     r = strtok_r(NULL, " ", &save))
		roles |= 1u << role_find(r);
	return roles;
}

static int64_t
invited_when(void)
{
	return 1700000000000 - (int64_t)(chance() % 100000000) * 1000;
}

static void
person_fixed(const struct data_person *d)
{
	struct user *u = user_new(NULL, d->email);

	u->first_name = mem_dup(d->first_name);
	u->last_name = mem_dup(d->last_name);
	u->locale = mem_dup("en_US");
	u->time_zone = mem_dup("America/New_York");
	u->password_created = strcmp(d->status, "INVITED") != 0;
	u->group = d->group ? group_by_name(d->group) : NULL;
	u->licenses = license_bit_named(d->license);
	u->roles = roles_named(d->roles);
	u->invited_ms = invited_when();
	u->invite_count = 1;
	mem_set(&u->status, d->status);
	user_change_end(u);
}

static const struct data_script *
script_pick(void)
{
	int total = 0, at;

	for (size_t i = 0; i < data_scripts_n; i++)
		total += data_scripts[i].weight;
	at = chance_below(total);
	for (size_t i = 0;; i++) {
		at -= data_scripts[i].weight;
		if (at < 0)
			return &data_scripts[i];
	}
}

static struct group *
group_pick(void)
{
	int total = 30, at;

	for (size_t i = 0; i < data_groups_n; i++)
		total += data_groups[i].weight;
	at = chance_below(total);
	for (size_t i = 0; i < data_groups_n; i++) {
		at -= data_groups[i].weight;
		if (at < 0)
			return tenant.groups[i];
	}
	return NULL;
}

static uint64_t
licenses_pick(void)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < data_licenses_n; i++) {
		if (chance_below(100) < data_licenses[i].percent)
			bits |= (uint64_t)1 << i;
	}
	return bits;
}

static void
ascii_add(struct buf *out, const struct data_name *name)
{
	for (const char *s = name->ascii ? name->ascii : name->native; *s;
	     s++) {
		char c = (char)tolower((unsigned char)*s);

		buf_add(out, &c, 1);
	}
}

/* first.last@example.com, sometimes with a tag or capitals; numbered when it
 * is taken. */
static char *
email_make(const struct data_name *first, const struct data_name *last)
{
	struct buf local = BUF_NONE, email = BUF_NONE;
	int luck = chance_below(100);
	const char *domain = "example.com";

	ascii_add(&local, first);
	buf_str(&local, ".");
	ascii_add(&local, last);
	if (luck < 3)
		buf_str(&local, "+goto");
	if (luck >= 3 && luck < 6) {
		local.data[0] = (char)toupper((unsigned char)local.data[0]);
		domain = "Example.COM";
	}
	buf_printf(&email, "%s@%s", local.data, domain);
	if (user_by_email_ever(email.data)) {
		buf_done(&email);
		buf_printf(
		    &email, "%s%zu@%s", local.data, tenant.users_n, domain);
	}
	buf_done(&local);
	return buf_take(&email, NULL);
}

/* Of a hundred with licenses four are invited and three suspended. */
static void
status_pick(struct user *u)
{
	int luck = chance_below(100);

	u->password_created = luck >= 4;
	mem_set(&u->status, !u->licenses ? "SUSPENDED"
			    : luck < 4	 ? "INVITED"
			    : luck < 7	 ? "SUSPENDED"
					 : "ACTIVE");
}

static void
person_random(void)
{
	const struct data_script *s = script_pick();
	const struct data_name *first = &s->first[chance_below(6)];
	const struct data_name *last = &s->last[chance_below(6)];
	AUTO(mem_auto_free) char *email = email_make(first, last);
	struct user *u = user_new(NULL, email);
	int luck = chance_below(1000);

	u->first_name = mem_dup(first->native);
	u->last_name = mem_dup(last->native);
	u->locale = mem_dup(s->locale);
	u->time_zone = mem_dup(s->time_zone);
	u->group = group_pick();
	u->licenses = licenses_pick();
	u->roles = luck < 5    ? ROLE_MANAGE_USERS
		   : luck < 15 ? ROLE_RUN_REPORTS
			       : 0;
	u->invited_ms = invited_when();
	u->invite_count = 1 + (luck % 10 == 0);
	status_pick(u);
	user_change_end(u);
}

static void
lists_fill(void)
{
	cJSON_AddItemToArray(
	    tenant.rolesets, cJSON_Parse("{\"id\":\"4000000000000000071\","
					 "\"name\":\"Help Desk\"}"));
	cJSON_AddItemToArray(tenant.templates,
	    cJSON_Parse("{\"key\":\"4000000000000000072\",\"title\":"
			"\"Welcome\",\"subject\":\"Welcome\","
			"\"text\":\"Hello\"}"));
	cJSON_AddItemToArray(
	    tenant.attributes, cJSON_Parse("{\"id\":\"4000000000000000073\","
					   "\"name\":\"Cost center\"}"));
}

void
data_fill(size_t users_n, uint64_t seed)
{
	state = seed;
	tenant.serial = (seed % 1000) * 1000000;
	lists_fill();
	groups_fill();
	licenses_fill();
	for (size_t i = 0; i < users_n; i++) {
		if (i < data_people_n)
			person_fixed(&data_people[i]);
		else
			person_random();
	}
	seats_fill();
}
