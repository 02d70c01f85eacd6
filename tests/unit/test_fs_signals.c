/* SPDX-License-Identifier: MIT */
/* Which pending signals end a thread: /proc/TID/status as it looks like. */
#include "../../src/fs/fs_int.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#define BIT(sig) (UINT64_C(1) << ((sig)-1))

static const char status[] = "Name:\tcp\n"
			     "State:\tD (disk sleep)\n"
			     "SigQ:\t1/128000\n"
			     "SigPnd:\t0000000000000100\n"
			     "ShdPnd:\t0000000000004002\n"
			     "SigBlk:\t0000000000010000\n"
			     "SigIgn:\t0000000000001000\n"
			     "SigCgt:\t00000001c0014002\n"
			     "CapInh:\t0000000000000000\n";

static void
test_parse(void **state)
{
	struct fs_signals s;

	assert_int_equal(fs_signals_parse(status, &s), 0);
	assert_int_equal(s.pending, 0x4102);
	assert_int_equal(s.blocked, 0x10000);
	assert_int_equal(s.ignored, 0x1000);
	assert_int_equal(s.caught, 0x1c0014002);
}

static void
test_parse_damaged(void **state)
{
	struct fs_signals s = {.pending = 7};

	assert_int_equal(fs_signals_parse("", &s), -EBADMSG);
	assert_int_equal(
	    fs_signals_parse("\nSigPnd:\t0\nShdPnd:\tnothing\n", &s), -EBADMSG);
	assert_int_equal(s.pending, 7);
}

static void
test_deadly(void **state)
{
	assert_true(
	    fs_signals_kill(&(struct fs_signals){.pending = BIT(SIGTERM)}));
	assert_true(fs_signals_kill(
	    &(struct fs_signals){.pending = BIT(SIGABRT) | BIT(SIGCHLD)}));
	assert_true(fs_signals_kill(&(struct fs_signals){
	    .pending = BIT(SIGKILL), .blocked = UINT64_MAX}));
	assert_true(
	    fs_signals_kill(&(struct fs_signals){.pending = BIT(SIGRTMAX)}));
}

static void
test_harmless(void **state)
{
	const int sigs[] = {SIGCHLD, SIGWINCH, SIGCONT, SIGURG, SIGSTOP,
	    SIGTSTP, SIGTTIN, SIGTTOU};

	for (size_t i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++)
		assert_false(fs_signals_kill(
		    &(struct fs_signals){.pending = BIT(sigs[i])}));
	assert_false(fs_signals_kill(&(struct fs_signals){
	    .pending = BIT(SIGTERM), .caught = BIT(SIGTERM)}));
	assert_false(fs_signals_kill(&(struct fs_signals){
	    .pending = BIT(SIGTERM), .ignored = BIT(SIGTERM)}));
	assert_false(fs_signals_kill(&(struct fs_signals){
	    .pending = BIT(SIGTERM), .blocked = BIT(SIGTERM)}));
	assert_false(fs_signals_kill(&(struct fs_signals){0}));
}

static void
test_threads(void **state)
{
	assert_false(fs_signals_thread_dies(getpid()));
	assert_false(fs_signals_thread_dies(0));
	assert_false(fs_signals_thread_dies(INT32_MAX));
}

static void *
ask_process(void *ret)
{
	*(pid_t *)ret = fs_signals_process(gettid());
	return NULL;
}

static void
test_process(void **state)
{
	pthread_t thread;
	pid_t pid = 0;

	assert_int_equal(pthread_create(&thread, NULL, ask_process, &pid), 0);
	pthread_join(thread, NULL);
	assert_int_equal(pid, getpid());
	assert_int_equal(fs_signals_process(getpid()), getpid());
	assert_int_equal(fs_signals_process(0), 0);
	assert_int_equal(fs_signals_process(INT32_MAX), INT32_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_parse),
	    cmocka_unit_test(test_parse_damaged),
	    cmocka_unit_test(test_deadly),
	    cmocka_unit_test(test_harmless),
	    cmocka_unit_test(test_threads),
	    cmocka_unit_test(test_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
