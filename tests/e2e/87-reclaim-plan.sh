#!/bin/bash
# SPDX-License-Identifier: MIT
# Reclaiming in a dry run: approved, planned, applied; and what the account
# knows by then decides.

. "$(dirname "$0")/functions.sh"
. "$(dirname "$0")/functions_write.sh"
. "$(dirname "$0")/functions_plan.sh"
. "$(dirname "$0")/functions_reclaim.sh"
# applied_calls [ROUTE=N]...: these, and the pull that apply begins with
applied_calls() {
	expect_calls "$@" "GET /groups=1" "GET /licenses=1" "GET /me=1" "GET /users=1"
}
start_sandbox
reclaim_mount settle=30
mapfile -t all < <(find "$business" -maxdepth 1 -name '*.json' -printf '%f\n' | sort)
all=("${all[@]%.json}")
mount_plan
# planned: there is something to do; see said
planned() {
	"$gotofs" plan "$plan" >"$WORK/out" 2>"$WORK/err"
	is 2 $?
}
dry=$plan/reclaim/gotomeeting-business

step "the same candidates, and mv works"
candidates >found
expect_out "$(cat found)" bash -c "cd '$plan/reclaim' && find . -mindepth 2 -maxdepth 2 -name '*.json' -printf '%P\n' | sort"
expect mv "$dry/${all[0]}.json" "$dry/${all[1]}.json" "$dry/${all[2]}.json" "$dry/approved/"
expect mv "$dry/approved/${all[2]}.json" "$dry/"
await 30 test ! -e "$plan/licenses/gotomeeting-business/${all[0]}.json"
planned
said "- licenses/gotomeeting-business/${all[0]}.json"
said "0 to add, 0 to change, 2 to remove"
said "guard: within the limits"
expect_calls

step "rules are no part of a plan: refused, also by name, and the same text is no change"
what_if='{"exemptions":[{"pattern":"*","reason":"what if"}]}'
refuse "Read-only file system" 1 cp /dev/stdin "$plan/reclaim/rules.json" <<<"$what_if"
grep -q "a plan has no rules" "$plan/.gotofs/errors/reclaim/rules.json.txt" || fail "not told"
echo "$what_if" >"$plan/reclaim/rules.json.new" || fail "no scratch file"
refuse "Read-only file system" 1 mv "$plan/reclaim/rules.json.new" "$plan/reclaim/rules.json"
expect rm "$plan/reclaim/rules.json.new"
test -e "$dry/${all[2]}.json" || fail "they are in force"
cat "$reclaim/rules.json" >same.json
expect cp same.json "$plan/reclaim/rules.json"
cmp same.json "$plan/reclaim/rules.json" || fail "it reads otherwise"

step "applied: approved in the account, read again, taken"
asked=$(questions "${all[0]}")
mutate "{\"op\":\"add-use\",\"email\":\"${all[1]}\",\"product\":\"gotomeeting\"}"
refuse "1 change was refused" 1 "$gotofs" apply "$plan"
said "reclaim/gotomeeting-business/${all[1]}.json: nothing was sent, he keeps the seat"
applied_calls "$read_again=$((asked + 1))" "$take=1"
has_no_seat "${all[0]}"
has_seat "${all[1]}"
is_none "${all[0]}"
is_none "${all[1]}"
unmount_plan

step "exempt in the account by then"
mount_plan
expect mv "$dry/${all[2]}.json" "$dry/approved/"
expect cp /dev/stdin "$reclaim/rules.json" <<<"{\"exemptions\":[{\"pattern\":\"${all[2]}\",\"reason\":\"on leave\"}]}"
refuse "refused" 1 "$gotofs" apply "$plan"
said "exempt by reclaim/rules.json: on leave"
applied_calls
has_seat "${all[2]}"
expect cp /dev/stdin "$reclaim/rules.json" <<<'{}'
unmount_plan

step "beyond the limit: told by the plan, refused as a whole"
mount_plan
connect=$plan/reclaim/gotoconnect-standard
mapfile -t many < <(find "$connect" -maxdepth 1 -name '*.json' | sort)
limit=$(($(find "$mnt/licenses/gotoconnect-standard" -name '*.json' | wc -l) / 4))
test ${#many[@]} -gt "$limit" || fail "only ${#many[@]} candidates"
expect "$gotofs" reclaim --all "$plan" gotoconnect-standard
planned
said "guard: beyond the limit: reclaim/gotoconnect-standard: ${#many[@]} removals, at most $limit"
refuse "reclaim/gotoconnect-standard" 1 "$gotofs" apply "$plan"
expect "$gotofs" discard "$plan"
await 30 test -e "${many[0]}"
is "" "$(calls | grep -E 'DELETE|G2M|activity')"
unmount_plan
