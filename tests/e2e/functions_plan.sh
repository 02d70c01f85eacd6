# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: MIT
# A dry run beside the mount, or without one; sourced after functions.sh.

plan=$WORK/plan
plan_log=$WORK/plan.log
plan_pid=
mkdir -p "$plan"

# mount_plan [OPT[,OPT]]
mount_plan() {
	: >"$plan_log"
	"$gotofs" mount -f -o "dry_run,refresh=0,rate=100${1:+,$1}" \
		"$profile" "$plan" 2>"$plan_log" &
	plan_pid=$!
	other_pids="$plan_pid"
	await 120 plan_is_up
	kill -0 "$plan_pid" 2>/dev/null || fail "no mount" "$(cat "$plan_log")"
}

plan_is_up() {
	test -e "$plan/.gotofs/plan" && return
	! kill -0 "$plan_pid" 2>/dev/null
}

unmount_plan() {
	expect "$gotofs" umount "$plan"
	wait "$plan_pid"
	is 0 $?
	other_pids=
	test ! -s "$plan_log" || fail "the dry run logged" "$(cat "$plan_log")"
}

# crash_plan: kill -9
crash_plan() {
	kill -KILL "$plan_pid"
	wait "$plan_pid" 2>/dev/null
	expect "$gotofs" umount "$plan"
	other_pids=
}

# plan_is [LINE]...: these are the lines of the plan, in this order; none:
# there is nothing to do
plan_is() {
	local want
	want=$(printf '%s\n' "$@")
	test $# -gt 0 || want="nothing to do"
	"$gotofs" plan "$plan" >"$WORK/out" 2>"$WORK/err"
	is $(($# > 0 ? 2 : 0)) $?
	is "$want" "$(sed '/^$/,$d' "$WORK/out")"
	cmp "$WORK/out" "$plan/.gotofs/plan" || fail "another text in .gotofs/plan"
}
