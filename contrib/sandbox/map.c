/* SPDX-License-Identifier: MIT */
/* A chained hash map over FNV-1a. See map.h. */
#include "map.h"

#include <stdint.h>
#include <string.h>

#include "mem.h"

struct map_entry {
	struct map_entry *next;
	void *value;
	uint64_t hash;
	char key[];
};

uint64_t
map_hash(const char *key)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (; *key; key++)
		h = (h ^ (unsigned char)*key) * 0x100000001b3u;
	return h;
}

/* Where the pointer to key's entry is, or the NULL at its chain's end. */
static struct map_entry **
map_find(const struct map *m, const char *key, uint64_t hash)
{
	struct map_entry **at = &m->slots[hash & (m->slots_n - 1)];

	while (*at && ((*at)->hash != hash || strcmp((*at)->key, key)))
		at = &(*at)->next;
	return at;
}

static void
map_grow(struct map *m)
{
	struct map bigger = {.n = m->n};

	bigger.slots_n = m->slots_n ? m->slots_n * 2 : 64;
	bigger.slots = mem_alloc(bigger.slots_n * sizeof *bigger.slots);
	for (size_t i = 0; i < m->slots_n; i++) {
		for (struct map_entry *e = m->slots[i], *next; e; e = next) {
			size_t slot = e->hash & (bigger.slots_n - 1);

			next = e->next;
			e->next = bigger.slots[slot];
			bigger.slots[slot] = e;
		}
	}
	free(m->slots);
	*m = bigger;
}

void *
map_get(const struct map *m, const char *key)
{
	struct map_entry *e;

	if (!m->slots_n)
		return NULL;
	e = *map_find(m, key, map_hash(key));
	return e ? e->value : NULL;
}

void
map_put(struct map *m, const char *key, void *value)
{
	uint64_t hash = map_hash(key);
	struct map_entry **at;

	if (m->n >= m->slots_n)
		map_grow(m);
	at = map_find(m, key, hash);
	if (!*at) {
		*at = mem_alloc(sizeof **at + strlen(key) + 1);
		(*at)->hash = hash;
		memcpy((*at)->key, key, strlen(key) + 1);
		m->n++;
	}
	(*at)->value = value;
}

void
map_del(struct map *m, const char *key)
{
	struct map_entry **at, *e;

	if (!m->slots_n)
		return;
	at = map_find(m, key, map_hash(key));
	e = *at;
	if (!e)
		return;
	*at = e->next;
	m->n--;
	free(e);
}

void
map_done(struct map *m)
{
	for (size_t i = 0; i < m->slots_n; i++) {
		for (struct map_entry *e = m->slots[i], *next; e; e = next) {
			next = e->next;
			free(e);
		}
	}
	free(m->slots);
	*m = (struct map)MAP_NONE;
}
