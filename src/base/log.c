/* SPDX-License-Identifier: MIT */
#include "gotofs/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

static enum log_target log_target;
static bool log_to_journal; /* stderr leads there */
static enum log_level log_level = LOG_LEVEL_WARN;

static const int log_priority[] = {LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG};

/* JOURNAL_STREAM=DEVICE:INODE of stderr, when systemd started us: who inherits
 * the variable in a terminal or a pipe has another stderr. */
static bool
log_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &dev, &ino) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == dev &&
	       st.st_ino == ino;
}

void
log_open(enum log_target target, enum log_level level)
{
	log_target = target;
	log_level = level;
	log_to_journal = log_is_journal();
	if (target == LOG_TO_SYSLOG)
		openlog("gotofs", LOG_PID, LOG_DAEMON);
}

/* What a tenant or a file said must not make up lines of its own. */
static void
log_one_line(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = ' ';
}

void
log_line(enum log_level level, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	if (level > log_level)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	log_one_line(line);
	if (log_target == LOG_TO_SYSLOG)
		syslog(log_priority[level], "%s", line);
	else if (log_to_journal)
		fprintf(stderr, "<%d>%s\n", log_priority[level], line);
	else
		fprintf(stderr, "gotofs: %s\n", line);
}
