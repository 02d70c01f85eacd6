#!/bin/bash
# SPDX-License-Identifier: MIT
# What is held: many are replaced by tools that unlink first, and none is
# removed; after a kill -9 the guard judges again; who is protected.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"

start_sandbox
users=$mnt/users
conf=$XDG_CONFIG_HOME/gotofs/$profile.conf
ann=ann.lee@example.com
dan=dan.fox@example.com
kim=kim.park@example.com
stan=stan.still@example.com
max=max+test@example.com
status() {
	jq -r "$1" "$mnt/.gotofs/status.json"
}
mount_tenant settle=30

step "more than the limit, replaced one by one: tar, install, cp -a, git: no DELETE"
mapfile -t people < <(find "$users" -name '*.json' -printf '%f\n' | grep -v admin@ | sort | head -n 30)
mkdir here
for name in "${people[@]}"; do
	cp "$users/$name" here/
done
calls_clear
expect tar -C here -cf here.tar "${people[@]}"
expect tar -C "$users" -xf here.tar --warning=no-timestamp
expect tar -C "$mnt" -cf links.tar licenses groups
expect tar -C "$mnt" -xf links.tar --warning=no-timestamp
for name in "${people[@]:0:25}"; do
	expect install -m 600 "here/$name" "$users/$name"
done
expect cp -a --remove-destination here/. "$users/"
expect cp -a --remove-destination "$mnt/licenses/gototraining/." seats
expect cp -a --remove-destination seats/. "$mnt/licenses/gototraining/"
sync_tenant
expect_calls
is "ok 0" "$(status '"\(.guard.state) \(.guard.limits.users.sent)"')"

step "git checkout of many: a PUT each, no DELETE"
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@example.com
export GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@example.com
git_here() {
	git --git-dir="$WORK/git" --work-tree="$users" "$@"
}
expect git init -q --bare git
expect git --git-dir=git config core.bare false
expect git_here add "${people[@]}"
expect git_here commit -qm one
for name in "${people[@]}"; do
	jq '.lastName = "Changed"' "here/$name" >changed.json
	expect cp changed.json "$users/$name"
done
expect git_here commit -qam two
calls_clear
expect git_here checkout -q HEAD~1
sync_tenant
expect_calls "PUT /users/{}=30"
is ok "$(status .guard.state)"
unmount_tenant

step "killed with held ones: hidden still, and judged again"
mount_tenant settle=30
calls_clear
expect rm "$users/$ann.json" "$users/$dan.json" "$users/$kim.json"
crash
cp "$conf" before.conf
printf '\n[guard]\nprotect = dan.*@example.com\n' >>"$conf"
mount_tenant settle=30
test ! -e "$users/$ann.json" || fail "shown again"
is 3 "$(status .changes.held)"
is 3 "$(status .guard.limits.users.held)"
refuse "1 change was refused" 1 "$gotofs" sync "$mnt"
error_record "users/$dan.json" "protected by the profile"
test -e "$users/$dan.json" || fail "he did not come back"
expect_calls "DELETE /users/{}=2"
is 2 "$(status .guard.limits.users.sent)"

step "beyond the limit by then: all of them are back, none is sent"
expect rm "$users/$stan.json" "$users/$max.json"
crash
mount_tenant settle=30,max_removals=3
is 2 "$(status .guard.limits.users.held)"
refuse "2 changes were refused" 1 "$gotofs" sync "$mnt"
test -e "$users/$stan.json" || fail "not back"
test -e "$users/$max.json" || fail "not back"
error_record "users/$max.json" "Disk quota exceeded"
expect_calls
unmount_tenant

step "protected ones, the token's own, the last administrators: at once"
mount_tenant settle=30
refuse "Operation not permitted" 1 rm -f "$users/$dan.json"
refuse "Operation not permitted" 1 rm -f "$users/admin@example.com.json"
refuse "Operation not permitted" 1 rm -f "$users/second.admin@example.com.json"
is 0 "$(status .changes.held)"
is "dan.*@example.com admin@example.com second.admin@example.com" \
	"$(status '.protected | join(" ")')"
expect_calls

step "protected is an address, also of twins, whose files have other names"
switch '{"email_unique":"case"}'
mutate '{"op":"create-user","email":"dan.two@example.com","key":"7000000000000001111"}'
mutate '{"op":"create-user","email":"Dan.Two@example.com","key":"7000000000000002222"}'
refresh_tenant
refuse "Operation not permitted" 1 rm "$users/dan.two@example.com~2222.json"
error_record "users/dan.two@example.com~2222.json" "protected by the profile"
expect rm "$mnt/.gotofs/errors/users/dan.two@example.com~2222.json.txt"
mutate '{"op":"delete-user","email":"dan.two@example.com"}'
mutate '{"op":"delete-user","email":"Dan.Two@example.com"}'
refresh_tenant
calls_clear

step "somebody is put into a group that is to go: it stays"
expect mkdir "$mnt/groups/Going"
sync_tenant
expect rmdir "$mnt/groups/Going"
mutate '{"op":"set-group","email":"'$dan'","group":"Going"}'
refresh_tenant
calls_clear
refuse "1 change was refused" 1 "$gotofs" sync "$mnt"
test -L "$mnt/groups/Going/$dan.json" || fail "not back"
error_record groups/Going "somebody is in this group"
expect_calls

step "his last license: the journal says that GoTo suspends him"
mapfile -t links < <(find "$mnt/licenses" -name "$dan.json")
is 1 "${#links[@]}"
expect rm "${links[0]}"
sync_tenant
is ok "$(jq -r 'select(.verb == "unassign" and (.reason // "" | test("last license: GoTo suspends"))) | .result' \
	"$mnt/.gotofs/journal.jsonl")"
is SUSPENDED "$(tenant_user $dan .status)"

step "nor is one removed whose new address is not sent yet"
fault '{"match":"PUT /users/{}","kind":"hold","count":-1}'
calls_clear
expect mv "$users/$stan.json" "$users/s.still@example.com.json"
wait_for_calls "PUT /users/{}" 1
crash
sed -i 's/^protect = /&stan.*, /' "$conf"
mount_tenant settle=30
refuse "Operation not permitted" 1 rm "$users/s.still@example.com.json"
error_record users/s.still@example.com.json "protected by the profile"
fault_clear
sync_tenant
expect rm "$users/s.still@example.com.json"
unmount_tenant
