/* SPDX-License-Identifier: MIT */
/* A process that comes to its point is gone, and no other. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "gotofs/crash.h"

#define FIRST "rotate-before-commit"
#define SECOND "rotate-after-commit"

/* Does a child with this in its environment survive n times both points? */
static bool
survives(const char *at, int n)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (at)
			setenv("GOTOFS_CRASH_AT", at, 1);
		while (n-- > 0) {
			crash_point(FIRST);
			crash_point(SECOND);
		}
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) ||
		    (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
	return WIFEXITED(status);
}

static void
test_by_name(void **state)
{
	assert_true(survives(NULL, 3));
	assert_true(survives("", 3));
	assert_true(survives("rotate", 3));
	assert_true(survives("elsewhere", 3));
#ifdef GOTOFS_CRASH_POINTS
	assert_false(survives(FIRST, 1));
	assert_false(survives(SECOND, 1));
	assert_false(survives(FIRST ":1", 1));
	assert_false(survives(FIRST ":3", 3));
	assert_true(survives(FIRST ":4", 3));
#endif
}

static void
test_by_file(void **state)
{
	char path[] = TEST_TMP "/gotofs-crash-XXXXXX", at[64];
	int fd = mkstemp(path);

	snprintf(at, sizeof(at), "@%s", path);
	assert_true(survives(at, 2));
	assert_int_equal(
	    write(fd, SECOND "\n", strlen(SECOND) + 1), strlen(SECOND) + 1);
#ifdef GOTOFS_CRASH_POINTS
	assert_false(survives(at, 1));
#endif
	unlink(path);
	assert_true(survives(at, 2));
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_by_name),
	    cmocka_unit_test(test_by_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
