#!/bin/bash
# SPDX-License-Identifier: MIT
# reclaim/rules.json: the default when absent, kept as it was written, checked
# by every write, replaced by whatever way a tool has; and never a call.

. "$(dirname "$0")/functions.sh"
. "$(dirname "$0")/functions_write.sh"
start_sandbox
mount_tenant settle=0.5
rules=$mnt/reclaim/rules.json
cp "$rules" default.json
calls_clear

# holds INACTIVE_DAYS: they are in force, and the file says so
holds() {
	field "$rules" .inactive_days "$1"
	no_error_record reclaim/rules.json
}

step "absent: the default, in its canonical form"
expect_out '{"inactive_days":60,"new_seat_grace_days":30,"max_data_age_hours":48,"licenses":{},"exemptions":[]}' \
	jq -c . "$rules"
expect_out "$(jq . "$rules")" cat "$rules"
is "600 $(stat -c %s default.json)" "$(stat -c '%a %s' "$rules")"
expect_out default jq -r .reclaim.rules "$mnt/.gotofs/status.json"
expect_out rules.json find "$mnt/reclaim" -maxdepth 1 -type f -printf '%f\n'
expect_out "$(ls "$mnt/licenses")" bash -c "ls -p '$mnt/reclaim' | grep / | tr -d /"
expect_out approved ls "$mnt/reclaim/gotomeeting-business"

step "kept as it was written, bytes and time; a line of the journal"
printf '{ "inactive_days": 45,\n\t"exemptions": [ {"pattern":"*@board.example.com", "reason":"the board"} ] }\n\n' >odd.json
touch -d '2026-01-02 03:04:05.678 UTC' odd.json
expect cp -p odd.json "$rules"
expect cmp odd.json "$rules"
is "$(stat -c %y odd.json)" "$(stat -c %y "$rules")"
holds 45
is "cp rules reclaim/rules.json 60 45 ok" "$(journal_last '"\(.command) \(.verb) \(.object) \(.before.inactive_days) \(.after.inactive_days) \(.result)"')"
expect_out written jq -r .reclaim.rules "$mnt/.gotofs/status.json"
seq=$(journal_last .seq)
expect cp -p odd.json "$rules"
is "$seq" "$(journal_last .seq)"

step "and over a remount"
unmount_tenant
mount_tenant settle=0.5
expect cmp odd.json "$rules"
is "$(stat -c %y odd.json)" "$(stat -c %y "$rules")"

step "what is wrong is refused where it is written, and named"
# wrong SAYS TEXT
wrong() {
	refuse "Invalid argument" 1 cp /dev/stdin "$rules" <<<"$2"
	error_record reclaim/rules.json "$1"
	expect cmp odd.json "$rules"
	is "rules reclaim/rules.json EINVAL" "$(journal_last '"\(.verb) \(.object) \(.result)"')"
}
wrong "inactiveDays is unknown; allowed are inactive_days, new_seat_grace_days" '{"inactiveDays":60}'
wrong "inactive_days is to be a whole number from 1 to 3650" '{"inactive_days":"60"}'
wrong "licenses.gotowebinar-pro.days is unknown" '{"licenses":{"gotowebinar-pro":{"days":9}}}'
wrong 'exemptions\[0\].reason is required' '{"exemptions":[{"pattern":"kim@example.com"}]}'
wrong 'exemptions\[0\].until is to be a day' \
	'{"exemptions":[{"pattern":"k@example.com","reason":"r","until":"2026-02-30"}]}'
wrong "inactive_days is 77, and activity is looked at for 90 days: it is to be at most 76 here; a longer window in \[activity\] of the profile" '{"inactive_days":77}'
wrong "slow\*: inactive_days is 80" '{"licenses":{"slow*":{"inactive_days":80}}}'
refuse "Invalid argument" 1 cp /dev/stdin "$rules" <<<'[]'
refuse "Invalid argument" 1 cp /dev/stdin "$rules" <<<'{"inactive_days":}'
refuse "Bad message" 1 bash -c "cd '$mnt/reclaim' && echo '{\"a\":1}' >.r && mv .r rules.json"
error_record reclaim/rules.json "a is unknown"
expect rm "$mnt/reclaim/.r"
expect cmp odd.json "$rules"
expect cp /dev/stdin "$rules" <<<'{"inactive_days":76}'
holds 76

step "whatever way a tool has to write it"
n=50
# by CMD...: the command makes it $n days
by() {
	expect "$@"
	holds $n
	n=$((n - 1))
}
text() {
	echo "{\"inactive_days\":$n}"
}
by cp /dev/stdin "$rules" < <(text)
by cp --remove-destination <(text) "$rules"
by tee "$rules" < <(text)
by dd of="$rules" conv=fsync status=none < <(text)
by bash -c "exec >'$rules'; echo '{'; echo '\"inactive_days\":$n'; echo '}'"
by sed -i "s/[0-9][0-9]/$n/" "$rules"
by sed -i.bak "s/[0-9][0-9]/$n/" "$rules"
is $((n + 2)) "$(jq .inactive_days "$rules.bak")"
expect rm "$rules.bak"
text >new.json && by install -m 600 new.json "$rules"
text >new.json && by install -p -m 600 new.json "$rules"
text >new.json && by mv new.json "$rules"
text >"$mnt/reclaim/.new" && by mv "$mnt/reclaim/.new" "$rules"
mkdir from && text >from/rules.json && by rsync -aI from/ "$mnt/reclaim/"
text >from/rules.json && by rsync -aI --inplace from/ "$mnt/reclaim/"
text >from/rules.json && by tar -C "$mnt/reclaim" -xf <(tar -C from -c rules.json)
text >from/rules.json && by tar -C "$mnt/reclaim" --overwrite -xf <(tar -C from -c rules.json)
jq ".inactive_days=$n" "$rules" >new.json && by cp new.json "$rules"
by vim -es -u NONE -c "%s/[0-9][0-9]/$n/" -c "set backup backupdir=. writebackup backupcopy=no" \
	-c wq "$rules"
rm -f "$rules~"
by vim -es -u NONE -c "%s/[0-9][0-9]/$n/" -c "set backupcopy=yes" -c wq "$rules"
expect_out rules.json find "$mnt/reclaim" -maxdepth 1 -type f -printf "%f\n"

step "git in a worktree of it"
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
expect git init -q repo
git() { command git --git-dir="$WORK/repo/.git" --work-tree="$mnt/reclaim" "$@"; }
expect git add rules.json
expect git commit -qm one
kept=$(jq .inactive_days "$rules")
expect cp /dev/stdin "$rules" <<<'{"inactive_days":11}'
expect git commit -qam two
expect git checkout -q HEAD~1 -- rules.json
holds "$kept"
expect git reset -q --hard
holds 11

step "emptied, and nothing follows: the rules stay"
: >"$rules"
await 30 test -e "$mnt/.gotofs/errors/reclaim/rules.json.txt"
error_record reclaim/rules.json "the rules stay as they were"
field "$rules" .inactive_days 11

step "renamed or removed, it comes back: rsync --delete takes nobody's exemption"
expect mv "$rules" "$mnt/reclaim/old"
await 30 test -e "$rules"
field "$rules" .inactive_days 11
expect rm "$mnt/reclaim/old"
mkdir lists
expect rsync -a --delete lists/ "$mnt/reclaim/" --exclude '*/'
test ! -e "$rules" || fail "it is there"
await 30 test -e "$rules"
field "$rules" .inactive_days 11
error_record reclaim/rules.json "the rules cannot be removed"
is "rules reclaim/rules.json EROFS" "$(journal_last '"\(.verb) \(.object) \(.result)"')"
echo '{}' >"$rules"
field "$rules" 'length' 0
is "rules reclaim/rules.json 11 ok" "$(journal_last '"\(.verb) \(.object) \(.before.inactive_days) \(.result)"')"
cp "$rules" empty.json

step "nothing else is written there"
refuse "Operation not permitted" 1 cp odd.json "$mnt/reclaim/more.json"
refuse "Operation not permitted" 1 mkdir "$mnt/reclaim/folder"
refuse "Operation not permitted" 1 mv "$rules" "$mnt/reclaim/gotomeeting-business/"
refuse "Operation not permitted" 1 mv "$rules" "$mnt/users/"
refuse "Read-only file system" 1 rmdir "$mnt/reclaim/gotomeeting-business/approved"
expect cmp empty.json "$rules"

step "read-only: not even the rules"
echo ro >"$mnt/.gotofs/ctl"
refuse "Read-only file system" 1 cp odd.json "$rules"
echo rw >"$mnt/.gotofs/ctl"
expect "$gotofs" journal verify "$mnt"
expect_calls
