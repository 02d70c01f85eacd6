/* SPDX-License-Identifier: MIT */
#include "gotofs/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gotofs/err.h"
#include "gotofs/log.h"

static int daemon_ready_fd = -1;
static pid_t daemon_child;

static const int daemon_forwarded[] = {SIGINT, SIGTERM, SIGHUP};
#define DAEMON_FORWARDED_N                                                     \
	(sizeof(daemon_forwarded) / sizeof(daemon_forwarded[0]))

/* The terminal has told the whole group, the child too. */
static void
daemon_forward(int sig, siginfo_t *info, void *context)
{
	if (info->si_code != SI_KERNEL)
		kill(daemon_child, sig);
}

/* Who stops the waiting parent means the child. */
static void
daemon_forward_all(void)
{
	struct sigaction action = {
	    .sa_sigaction = daemon_forward, .sa_flags = SA_SIGINFO};
	size_t i;

	sigemptyset(&action.sa_mask);
	for (i = 0; i < DAEMON_FORWARDED_N; i++)
		sigaction(daemon_forwarded[i], &action, NULL);
}

/* The parent: wait for the byte, or for the child's end. */
static _Noreturn void
daemon_wait(int fd, pid_t child)
{
	unsigned char status = 1;
	ssize_t n;
	int wstatus;

	do
		n = read(fd, &status, 1);
	while (n < 0 && errno == EINTR);
	if (n == 1)
		_exit(status);
	while (waitpid(child, &wstatus, 0) < 0)
		if (errno != EINTR)
			_exit(1);
	if (WIFEXITED(wstatus) && WEXITSTATUS(wstatus) != 0)
		_exit(WEXITSTATUS(wstatus)); /* it has said why */
	log_error("the daemon ended before it was ready: %s",
	    WIFSIGNALED(wstatus) ? strsignal(WTERMSIG(wstatus))
				 : "nobody knows why");
	_exit(1);
}

int
daemon_fork(struct err *err)
{
	sigset_t all, old;
	int fd[2];
	pid_t child;

	if (pipe2(fd, O_CLOEXEC) < 0)
		return err_set(err, -errno, "pipe: %s", strerror(errno));
	/* none may come between fork and the handlers */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	child = fork();
	if (child > 0) {
		daemon_child = child;
		daemon_forward_all();
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (child < 0) {
		err_set(err, -errno, "fork: %s", strerror(errno));
		close(fd[0]);
		close(fd[1]);
		return err->code;
	}
	if (child > 0) {
		close(fd[1]);
		daemon_wait(fd[0], child);
	}
	close(fd[0]);
	daemon_ready_fd = fd[1];
	return 0;
}

void
daemon_ready(int exit_status)
{
	unsigned char status = (unsigned char)exit_status;
	int null;

	if (daemon_ready_fd < 0)
		return;
	setsid();
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		if (null > STDERR_FILENO)
			close(null);
	}
	if (write(daemon_ready_fd, &status, 1) < 0)
		status = 0; /* the parent is gone: nobody waits */
	close(daemon_ready_fd);
	daemon_ready_fd = -1;
}
