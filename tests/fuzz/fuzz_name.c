/* SPDX-License-Identifier: MIT */
/* No byte of a tenant's makes a bad file name; names come back. */
#include <string.h>

#include "fuzz.h"
#include "gotofs/err.h"
#include "gotofs/name.h"
#include "gotofs/text.h"

static void
check_safe(const char *name)
{
	size_t n, i;

	FUZZ_CHECK(name);
	n = strlen(name);
	FUZZ_CHECK(n > 0 && n <= NAME_BYTES_MAX && *name != '.');
	FUZZ_CHECK(text_is_utf8(name, n));
	for (i = 0; i < n; i++)
		FUZZ_CHECK((unsigned char)name[i] >= 0x20 && name[i] != 0x7f &&
			   name[i] != '/');
}

static void
check_from(char *name)
{
	check_safe(name);
	free(name);
}

/* A name that decodes is the encoding of what it decodes to. */
static void
check_to(int (*to)(const char *, char **),
    char *(*from)(const char *, const char *), const char *name)
{
	AUTO(text_done) char *text = NULL;
	AUTO(text_done) char *again = NULL;

	if (to(name, &text) < 0) {
		FUZZ_CHECK(!text);
		return;
	}
	again = from(text, NULL);
	FUZZ_CHECK(again && strcmp(again, name) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	AUTO(text_done) char *text = strndup((const char *)data, len);
	AUTO(text_done) char *email = NULL;
	AUTO(text_done) char *group = NULL;

	FUZZ_CHECK(text);
	check_from(name_from_email(text, text));
	check_from(name_from_group(text, text));
	check_from(name_from_license(text, NULL));
	check_from(name_from_license(text, text));
	check_to(name_to_email, name_from_email, text);
	check_to(name_to_group, name_from_group, text);
	email = name_from_email(text, NULL);
	check_safe(email);
	check_to(name_to_email, name_from_email, email);
	group = name_from_group(text, NULL);
	check_safe(group);
	FUZZ_CHECK(!text_ends(group, ".json"));
	check_to(name_to_group, name_from_group, group);
	return 0;
}
