/* SPDX-License-Identifier: MIT */
/*
 * A hash map from text to a pointer. It keeps copies of its keys and does not
 * own its values. Not locked: the state lock covers it.
 */
#ifndef SANDBOX_MAP_H
#define SANDBOX_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map_entry;

struct map {
	struct map_entry **slots;
	size_t n;
	size_t slots_n;
};

#define MAP_NONE                                                               \
	{                                                                      \
		0                                                              \
	}

/* FNV-1a of a text: the same at each start. */
uint64_t map_hash(const char *key);

void *map_get(const struct map *m, const char *key);
void map_put(struct map *m, const char *key, void *value);
void map_del(struct map *m, const char *key);
void map_done(struct map *m);

#endif
