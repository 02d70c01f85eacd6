# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# For the tests of a daemon that dies at a named point (gotofs/crash.h). A
# case: the daemon is armed, a real tool makes a change, the daemon dies, the
# next mount takes over what it finds, and is armed for the next case. Then,
# always:
#
# * what was accepted is done, and what was not is not; a tool that was told
#   yes had it accepted. (Which it is, the point alone decides: accepted is
#   what was committed);
# * each writing call was made exactly once. Only one that is idempotent (PUT,
#   DELETE) and whose answer was not yet written down when the daemon died may
#   be made twice. A POST never is: it is read back;
# * the journal is whole, and has the change's verdict exactly once;
# * the mirror is the tenant, before and after a refresh: each person's record
#   and file, each license, each group;
# * nothing is pending, and no error is on record.

# shellcheck source=tests/e2e/functions.sh
. "$(dirname "${BASH_SOURCE[0]}")/functions.sh"

armed=$WORK/armed
export GOTOFS_CRASH_AT=@$armed
log_allowed=' waits: '
after_crash=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/after_crash
declare -A verdicts # of each verb so far

# mount_again [OPT[,OPT]]; with a limit that the guard never comes to
mount_again() {
	mount_tenant "max_removals=1000,settle=0.1${1:+,$1}"
}

daemon_is_gone() {
	! kill -0 "$daemon_pid" 2>/dev/null
}

# The daemon dies by itself, and its mount is cleared away.
await_death() {
	await 60 daemon_is_gone
	wait "$daemon_pid" 2>/dev/null
	is 137 $?
	daemon_pid=
	rm "$armed"
	clear_away
}

# crash_at POINT CMD...: $tool_status is what the tool said
crash_at() {
	local tool_pid
	echo "$1" >"$armed"
	shift
	"$@" >"$WORK/tool" 2>&1 &
	tool_pid=$!
	await_death
	wait $tool_pid
	tool_status=$?
}

# start_crash_test: a tenant, its mount, and who looks after each death
start_crash_test() {
	start_sandbox --users 17
	mount_again
	coproc CHECKER { "$after_crash" "$gotofs" "$mnt" "$sandbox_url"; }
}

# all_is_well VERB ROUTE TRUTH: sets calls_n, writes_n, verdicts_n and truth
all_is_well() {
	local result
	printf '%s\t%s\t%s\n' "$@" >&"${CHECKER[1]}"
	read -r result calls_n writes_n verdicts_n truth <&"${CHECKER[0]}"
	test "$result" = ok ||
		fail "$calls_n $writes_n $verdicts_n $truth"
}

# case_at POINT VERB ROUTE TRUTH WANT CMD...: TRUTH (see after_crash) is WANT
# when CMD's change was made, and something else before.
case_at() {
	local point=$1 verb=$2 route=$3 truth_is=$4 want=$5 most=1
	local before=${verdicts[$2]-0}
	shift 5
	step "$verb: $point"
	[[ $route == POST* ]] || case $point in
	send-after-call | verdict-before-commit) most=2 ;;
	esac
	calls_clear
	crash_at "$point" "$@"
	mount_again
	all_is_well "$verb" "$route" "$truth_is"
	is "$calls_n" "$writes_n"
	if test "$point" = accept-before-commit; then
		test $tool_status -ne 0 || fail "the tool was told yes: $*"
		test "$want" != "$truth" || fail "done, though not accepted"
		is "0 $before" "$calls_n $verdicts_n"
		return
	fi
	is "$want" "$truth"
	is $((before + 1)) "$verdicts_n"
	verdicts[$verb]=$verdicts_n
	test "$calls_n" -ge 1 && test "$calls_n" -le $most ||
		fail "$route was called $calls_n times, not 1 to $most"
}
