/* SPDX-License-Identifier: MIT */
#include "gotofs/map.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAP_SIZE_FIRST 64

void
map_done(struct map *m)
{
	free(m->table);
	memset(m, 0, sizeof(*m));
}

/* A table that cannot grow only gets slower. */
static void
map_grow(struct map *m)
{
	size_t size = m->size ? m->size * 2 : MAP_SIZE_FIRST, i;
	struct map_link **table = calloc(size, sizeof(struct map_link *));

	if (!table)
		return;
	for (i = 0; i < m->size; i++) {
		struct map_link *l = m->table[i], *next;

		for (; l; l = next) {
			next = l->next;
			l->next = table[l->hash & (size - 1)];
			table[l->hash & (size - 1)] = l;
		}
	}
	free(m->table);
	m->table = table;
	m->size = size;
}

int
map_add(struct map *m, struct map_link *l, uint64_t hash)
{
	struct map_link **slot;

	if (m->n >= m->size)
		map_grow(m);
	if (!m->table)
		return -ENOMEM;
	l->hash = hash;
	slot = &m->table[hash & (m->size - 1)];
	l->next = *slot;
	*slot = l;
	m->n++;
	return 0;
}

void
map_remove(struct map *m, struct map_link *l)
{
	struct map_link **p = &m->table[l->hash & (m->size - 1)];

	while (*p != l) {
		assert(*p);
		p = &(*p)->next;
	}
	*p = l->next;
	l->next = NULL;
	m->n--;
}

static struct map_link *
map_same_hash(struct map_link *l, uint64_t hash)
{
	while (l && l->hash != hash)
		l = l->next;
	return l;
}

struct map_link *
map_first(const struct map *m, uint64_t hash)
{
	return m->size ? map_same_hash(m->table[hash & (m->size - 1)], hash)
		       : NULL;
}

struct map_link *
map_next(const struct map_link *l)
{
	return map_same_hash(l->next, l->hash);
}

struct map_link *
map_walk(const struct map *m, struct map_link *l)
{
	size_t i = 0;

	if (l && l->next)
		return l->next;
	if (l)
		i = (l->hash & (m->size - 1)) + 1;
	for (; i < m->size; i++)
		if (m->table[i])
			return m->table[i];
	return NULL;
}

uint64_t
map_hash_u64(uint64_t v)
{
	/* the finalizer of MurmurHash3 */
	v ^= v >> 33;
	v *= UINT64_C(0xff51afd7ed558ccd);
	v ^= v >> 33;
	v *= UINT64_C(0xc4ceb9fe1a85ec53);
	return v ^ v >> 33;
}

uint64_t
map_hash_bytes(const void *data, size_t len, uint64_t seed)
{
	const unsigned char *p = data;
	uint64_t h = UINT64_C(14695981039346656037) ^ seed; /* FNV-1a */

	while (len-- > 0)
		h = (h ^ *p++) * UINT64_C(1099511628211);
	return map_hash_u64(h);
}

uint64_t
map_hash_str(const char *s, uint64_t seed)
{
	return map_hash_bytes(s, strlen(s), seed);
}
