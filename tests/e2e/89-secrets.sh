#!/bin/bash
# SPDX-License-Identifier: MIT
# Secrets are in their own files and nowhere else: a run with a login, renewals,
# a refused token, writes, failures, a dry run; then every file, every log and
# all that /proc shows of the processes is searched for each token there was.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"

secret=client-5ecret-0123456789abcdef
pat=per5onal-token-0123456789abcdef
log_allowed='.' # a test about what is in it
start_sandbox --set refresh_percent=0 --client-secret $secret --pat $pat
conf=$XDG_CONFIG_HOME/gotofs
sed '/^pat_file/d' "$conf/sandbox.conf" >"$conf/acme.conf"
users=$mnt/users
ann=ann.lee@example.com
known=$WORK/known # every secret there ever was, a line each
printf '%s\n' $secret $pat "$(printf 'sandbox-client:%s' $secret | base64 -w0)" >"$known"

# note: what the tenant has given out by now
note() {
	sandbox GET tokens | jq -r '.[]' >>"$known"
	sort -u -o "$known" "$known"
}

# descendants PID: itself, and all below it
descendants() {
	local child
	echo "$1"
	for child in $(pgrep -P "$1"); do
		descendants "$child"
	done
}

# look_at_processes: the arguments, variables and open files of the daemon and
# what it started
look_at_processes() {
	local p file
	for p in $(descendants "$daemon_pid"); do
		for file in cmdline environ comm status maps limits; do
			! grep -qaFf "$known" "/proc/$p/$file" 2>/dev/null ||
				fail "a secret in /proc/$p/$file"
		done
		grep -qE '^Max core file size +0 +0 ' "/proc/$p/limits" ||
			fail "process $p may write a core" "$(cat "/proc/$p/limits")"
		# only root may look into it (PR_SET_DUMPABLE)
		is 0 "$(stat -c %u "/proc/$p/environ")"
	done
}

# look_at_mount: what the mount and the commands show
look_at_mount() {
	local file
	{
		"$gotofs" status "$mnt"
		"$gotofs" status --json "$mnt"
		"$gotofs" journal cat "$mnt"
		for file in status.json journal.jsonl HELP plan; do
			cat "$mnt/.gotofs/$file"
		done
		find "$mnt/.gotofs/errors" "$mnt/.gotofs/pending" -type f -exec cat {} +
	} >>"$WORK/shown" 2>&1
}

# look_at_files: all that is left on the disk, but the two files that are meant
# to hold a secret. (The sandbox's own log is none of ours.)
look_at_files() {
	local found
	found=$(grep -rlaFf "$known" "$WORK" --exclude=known --exclude='sandbox.conf.secret' \
		--exclude='sandbox.conf.pat' --exclude=sandbox.log --exclude-dir=mnt)
	test -z "$found" || fail "a secret in: $found"
}

# full_run: writes, failures, a renewal, a refused token
full_run() {
	mount_tenant "$@"
	note
	expect bash -c "echo '{\"lastName\":\"Seen\"}' >'$users/$ann.json'"
	refuse "" 1 bash -c "echo '{\"nothing\":1}' >'$users/$ann.json'"
	fault '{"match":"PUT /users/{}","kind":"status","status":400}'
	refuse "" 1 bash -c "echo '{\"lastName\":\"Refused\"}' >'$users/$ann.json'"
	expect sandbox POST revoke-tokens -d '{}'
	expect bash -c "echo '{\"lastName\":\"Renewed\"}' >'$users/$ann.json'"
	note
	look_at_processes
	look_at_mount
	expect sandbox POST revoke-tokens -d '{"refresh":true,"pat":true}'
	"$gotofs" refresh "$mnt" >>"$WORK/shown" 2>&1
	refuse "Read-only file system" 1 \
		bash -c "echo '{\"lastName\":\"Late\"}' >'$users/$ann.json'"
	look_at_mount
	look_at_processes
	unmount_tenant
	cat "$daemon_log" >>"$WORK/logs"
}

step "the search finds what is there"
note
expect grep -qF $pat "$known"
grep -qaFf "$known" "$conf/sandbox.conf.pat" || fail "not found where it is"

step "a personal access token from its file"
full_run debug
look_at_files

step "a login: browser, code, sealed file"
expect sandbox POST token -d "{\"pat\":\"$pat\"}"
log_in acme
note
look_at_files
profile=acme
full_run debug
look_at_files

step "no process of another user, and no core, sees the memory"
log_in acme
mount_tenant
note
kill -ABRT "$daemon_pid"
wait "$daemon_pid" 2>/dev/null
daemon_pid=
umount -l "$mnt" 2>/dev/null
test -z "$(find "$WORK" / -maxdepth 1 -name 'core*' -newer "$WORK/login" -type f)" ||
	fail "a core file"
look_at_files

step "what was shown, and what there was to find"
! grep -qaFf "$known" "$WORK/shown" "$WORK/logs" || fail "a secret was shown"
test "$(wc -l <"$known")" -ge 8 || fail "too few secrets" "$(wc -l <"$known")"
test -s "$WORK/shown" || fail "nothing was shown"
