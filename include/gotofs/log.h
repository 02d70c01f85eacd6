/* SPDX-License-Identifier: MIT */
/*
 * log (floor 1): one line to stderr, or to syslog/journald.
 *
 * Only edges log (threads' main loops, cmd, fs); functions that return an
 * error do not.  No secret is ever passed here.  Any thread.
 */
#ifndef GOTOFS_LOG_H
#define GOTOFS_LOG_H

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

enum log_target { LOG_TO_STDERR, LOG_TO_SYSLOG };

/* Default: stderr, LOG_LEVEL_WARN.  On a stderr that leads to systemd's journal
 * (JOURNAL_STREAM) lines carry the <N> priority prefix of sd-daemon(3). */
void log_open(enum log_target target, enum log_level level);

void log_line(enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) log_line(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...) log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
