/* SPDX-License-Identifier: MIT */
/* replay FOLDER: every file there through the fuzz target, whole and cut at
 * each of its bytes.  A folder without a file is a failure. */
#include <dirent.h>
#include <string.h>

#include "fuzz.h"

#define REPLAY_BYTES_MAX 65536

/* A copy of the exact size, so that the sanitizer sees a read behind it. */
static void
replay_bytes(const uint8_t *bytes, size_t len)
{
	uint8_t *exact = malloc(len ? len : 1);

	FUZZ_CHECK(exact);
	memcpy(exact, bytes, len);
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
}

static void
replay_file(const char *folder, const char *name)
{
	static uint8_t bytes[REPLAY_BYTES_MAX];
	char path[4096];
	size_t len, cut;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "rb");
	FUZZ_CHECK(f);
	len = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	for (cut = len > 1000 ? len : 0; cut <= len; cut++)
		replay_bytes(bytes, cut);
}

int
main(int argc, char **argv)
{
	struct dirent *entry;
	int files_n = 0;
	DIR *dir;

	FUZZ_CHECK(argc == 2);
	dir = opendir(argv[1]);
	FUZZ_CHECK(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		replay_file(argv[1], entry->d_name);
		files_n++;
	}
	closedir(dir);
	FUZZ_CHECK(files_n > 0);
	return 0;
}
