/* SPDX-License-Identifier: MIT */
/*
 * map (floor 1): an intrusive hash map; the entries belong to the caller.
 *
 * An entry embeds a struct map_link and knows its own hash; the map never
 * allocates but for its table.  Not locked: whoever owns the map locks it.
 */
#ifndef GOTOFS_MAP_H
#define GOTOFS_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map_link {
	struct map_link *next;
	uint64_t hash;
};

struct map {
	struct map_link **table;
	size_t size; /* a power of two, or 0 */
	size_t n;
};

#define MAP_NONE                                                               \
	{                                                                      \
		NULL, 0, 0                                                     \
	}

#define map_entry(link, type, member)                                          \
	((type *)(void *)((char *)(link)-offsetof(type, member)))

void map_done(struct map *m); /* frees the table, not the entries */
/* -ENOMEM only when the very first table cannot be had. */
int map_add(struct map *m, struct map_link *l, uint64_t hash);
void map_remove(struct map *m, struct map_link *l);
/* The first link with this hash, then the next one: compare and go on. */
struct map_link *map_first(const struct map *m, uint64_t hash);
struct map_link *map_next(const struct map_link *l);
/* Walk everything: start with NULL.  Do not add or remove meanwhile. */
struct map_link *map_walk(const struct map *m, struct map_link *l);

uint64_t map_hash_bytes(const void *data, size_t len, uint64_t seed);
uint64_t map_hash_str(const char *s, uint64_t seed);
uint64_t map_hash_u64(uint64_t v);

#endif
