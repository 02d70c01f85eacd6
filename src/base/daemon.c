/* SPDX-License-Identifier: MIT */
#include "gotofs/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gotofs/err.h"

static int daemon_ready_fd = -1;

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
	if (waitpid(child, &wstatus, 0) == child && WIFEXITED(wstatus) &&
	    WEXITSTATUS(wstatus) != 0)
		_exit(WEXITSTATUS(wstatus));
	_exit(1);
}

int
daemon_fork(struct err *err)
{
	int fd[2];
	pid_t child;

	if (pipe2(fd, O_CLOEXEC) < 0)
		return err_set(err, -errno, "pipe: %s", strerror(errno));
	child = fork();
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
	setsid();
	return 0;
}

void
daemon_ready(int exit_status)
{
	unsigned char status = (unsigned char)exit_status;
	int null;

	if (daemon_ready_fd < 0)
		return;
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
