/* SPDX-License-Identifier: MIT */
#include "gotofs/store_journal.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "gotofs/err.h"
#include "gotofs/json.h"

/* What a line says of its place. */
struct chain_link {
	int64_t seq;
	char prev[CRYPTO_SHA256_HEX_BYTES];
};

static bool
chain_is_hash(const char *s)
{
	return s && (*s == '\0' || (strlen(s) == CRYPTO_SHA256_HEX_BYTES - 1 &&
				       strspn(s, "0123456789abcdef") ==
					   CRYPTO_SHA256_HEX_BYTES - 1));
}

static int
chain_read(const char *line, size_t n, struct chain_link *ret, struct err *err)
{
	AUTO(json_done) struct json *j = NULL;
	const char *prev;
	int r = json_parse(line, n, &j, err);

	if (r == -ENOMEM)
		return r;
	prev = r == 0 ? json_get_str(j, "prev") : NULL;
	ret->seq = r == 0 ? json_get_int(j, "seq", 0) : 0;
	if (ret->seq <= 0 || !chain_is_hash(prev))
		return err_set(err, -EBADMSG, "this is no journal line");
	memcpy(ret->prev, prev, strlen(prev) + 1);
	return 0;
}

static int
chain_check_first(const struct chain_link *l, struct err *err)
{
	if ((l->seq == 1) == (l->prev[0] == '\0'))
		return 0;
	return err_set(err, -EBADMSG,
	    l->seq == 1 ? "the first line of all (seq 1) names one before it"
			: "seq %lld names no line before it",
	    (long long)l->seq);
}

static int
chain_check(
    const struct journal_chain *c, const struct chain_link *l, struct err *err)
{
	if (c->lines_n == 0)
		return chain_check_first(l, err);
	if (l->seq != c->seq + 1)
		return err_set(err, -EBADMSG,
		    "seq %lld comes after seq %lld: lines are missing or out "
		    "of place",
		    (long long)l->seq, (long long)c->seq);
	if (strcmp(l->prev, c->hash) != 0)
		return err_set(err, -EBADMSG,
		    "the line with seq %lld was changed: the next one has "
		    "written down another SHA-256 of it",
		    (long long)c->seq);
	return 0;
}

int
journal_chain_add(
    struct journal_chain *c, const char *line, size_t n, struct err *err)
{
	uint8_t sum[CRYPTO_SHA256_BYTES];
	struct chain_link l;
	int r = chain_read(line, n, &l, err);

	if (r == 0)
		r = chain_check(c, &l, err);
	if (r < 0)
		return r;
	r = crypto_sha256(line, n, sum);
	if (r < 0)
		return err_set(err, r, "cannot hash a line");
	if (c->lines_n++ == 0)
		c->first_seq = l.seq;
	c->seq = l.seq;
	crypto_hex(sum, sizeof(sum), c->hash);
	return 0;
}
