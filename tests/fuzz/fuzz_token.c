/* SPDX-License-Identifier: MIT */
/* Any file in place of the sealed token: it is refused with a sentence, or (who
 * had the key wrote it) read and written back as it was. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "gotofs/err.h"
#include "gotofs/text.h"
#include "gotofs/token.h"

static char path[] = TEST_TMP "/gotofs-fuzz-token-XXXXXX";
static const uint8_t key[CRYPTO_KEY_BYTES] = {1, 2, 3};

static void
end(void)
{
	unlink(path);
}

static void
put(const uint8_t *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	FUZZ_CHECK(fd >= 0);
	FUZZ_CHECK(write(fd, data, len) == (ssize_t)len);
	FUZZ_CHECK(close(fd) == 0);
}

static void
check_back(const struct token_place *p, const struct token *t)
{
	AUTO(token_done) struct token back = TOKEN_NONE;

	FUZZ_CHECK(t->text && t->account_key);
	FUZZ_CHECK(token_write(p, t, NULL) == 0);
	FUZZ_CHECK(token_read(p, &back, NULL) == 0);
	FUZZ_CHECK(text_equal(t->text, back.text));
	FUZZ_CHECK(text_equal(t->account_key, back.account_key));
	FUZZ_CHECK(t->is_pat == back.is_pat && t->since_ms == back.since_ms);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct token_place place = {path, "acme", key, NULL};
	AUTO(token_done) struct token t = TOKEN_NONE;
	struct err err = ERR_NONE;
	static int fd = -1;
	int r;

	if (fd < 0) {
		fd = mkstemp(path);
		FUZZ_CHECK(fd >= 0 && atexit(end) == 0);
	}
	put(data, len);
	r = token_read(&place, &t, &err);
	if (r < 0)
		FUZZ_CHECK(err.code == r && *err.msg && !t.text && !t.access);
	else
		check_back(&place, &t);
	return 0;
}
