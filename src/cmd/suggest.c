/* SPDX-License-Identifier: MIT */
#include "suggest.h"

#include <stddef.h>
#include <string.h>

#define SUGGEST_BYTES_MAX 32

static size_t
suggest_min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Levenshtein's distance, one row at a time. */
static size_t
suggest_distance(const char *a, const char *b)
{
	size_t row[SUGGEST_BYTES_MAX + 1], n = strlen(b), i, j;

	for (j = 0; j <= n; j++)
		row[j] = j;
	for (i = 0; a[i]; i++) {
		size_t corner = row[0];

		row[0] = i + 1;
		for (j = 0; j < n; j++) {
			size_t swap = corner + (a[i] != b[j]);

			corner = row[j + 1];
			row[j + 1] =
			    suggest_min(swap, suggest_min(row[j], corner) + 1);
		}
	}
	return row[n];
}

const char *
suggest_nearest(const char *word, const char *const *words)
{
	const char *best = NULL;
	size_t best_n = 3;

	if (strlen(word) > SUGGEST_BYTES_MAX)
		return NULL;
	for (; *words; words++) {
		size_t n;

		if (strlen(*words) > SUGGEST_BYTES_MAX)
			continue;
		n = suggest_distance(word, *words);
		if (n < best_n && 3 * n <= strlen(*words) + 2) {
			best = *words;
			best_n = n;
		}
	}
	return best;
}
