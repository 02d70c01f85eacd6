/* SPDX-License-Identifier: MIT */
/* The account as a whole: lock, start and end, keys, roles. See tenant.h. */
#include "tenant.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "mem.h"
#include "switches.h"

struct tenant tenant;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void
tenant_lock(void)
{
	pthread_mutex_lock(&lock);
}

void
tenant_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

void
tenant_wake(void)
{
	pthread_cond_broadcast(&changed);
}

void
tenant_sleep(int64_t ms)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_cond_timedwait(&changed, &lock, &until);
}

void
tenant_init(void)
{
	tenant = (struct tenant){.era = 1};
	tenant.key = mem_dup("9000000000000000001");
	tenant.name = mem_dup("Example Org");
	tenant.rolesets = cJSON_CreateArray();
	tenant.templates = cJSON_CreateArray();
	tenant.attributes = cJSON_CreateArray();
}

static void
group_free(struct group *g)
{
	for (struct group *next; g; g = next) {
		next = g->past;
		free(g->key);
		free(g->name);
		free(g);
	}
}

void
tenant_done(void)
{
	for (size_t i = 0; i < tenant.users_n; i++)
		user_free(tenant.users[i]);
	for (size_t i = 0; i < tenant.groups_n; i++)
		group_free(tenant.groups[i]);
	for (size_t i = 0; i < tenant.licenses_n; i++) {
		free(tenant.licenses[i].key);
		free(tenant.licenses[i].description);
		free(tenant.licenses[i].products);
	}
	free(tenant.users);
	free(tenant.groups);
	free(tenant.key);
	free(tenant.name);
	map_done(&tenant.by_key);
	map_done(&tenant.by_email);
	cJSON_Delete(tenant.rolesets);
	cJSON_Delete(tenant.templates);
	cJSON_Delete(tenant.attributes);
	tenant = (struct tenant){0};
}

/* 19 digits as recorded (3.4 B), but every 97th has 26 like one in the
 * documentation (3.6 A). Spread by a permutation, so that the order of keys is
 * not the order of creation. */
char *
tenant_key_new(int kind)
{
	uint64_t serial = ++tenant.serial;
	uint64_t spread = serial * 0x9e3779b97f4a7c15u;
	char key[32];

	spread = (spread ^ spread >> 31) % 1000003;
	snprintf(key, sizeof key, "%s%d%06llu%011llu",
	    serial % 97 ? "4" : "10000000", kind, (unsigned long long)spread,
	    (unsigned long long)serial);
	return mem_dup(key);
}

cJSON *
tenant_key_json(const char *key)
{
	if (switch_is(SW_KEYS, "number"))
		return cJSON_CreateRaw(key);
	return cJSON_CreateString(key);
}

/* goto-api.md 3.8 (A/B). */
static const char *const roles[] = {"SUPER_USER", "MANAGE_USERS", "ADD_USERS",
    "MANAGE_SEATS", "MANAGE_SETTINGS", "MANAGE_GROUPS", "RUN_REPORTS",
    "MANAGE_ACCOUNT", "MANAGE_SETTINGS_PROFILES", "MANAGE_DEVICE_GROUPS",
    "MANAGE_EMERGENCY_SERVICES", "VIEW_INVOICES", "VIEW_AND_PAY_INVOICES",
    "VIEW_CALL_RECORDINGS"};

const char *
role_name(int bit)
{
	int n = sizeof roles / sizeof *roles;

	return bit >= 0 && bit < n ? roles[bit] : NULL;
}

int
role_find(const char *name)
{
	for (int i = 0; role_name(i); i++) {
		if (!strcmp(role_name(i), name))
			return i;
	}
	return -1;
}
