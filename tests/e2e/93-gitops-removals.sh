#!/bin/bash
# SPDX-License-Identifier: MIT
# examples/gitops: removals, the guard, and an allowance by a commit.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_gitops.sh
. "$(dirname "$0")/functions_gitops.sh"

start_sandbox --users 60
printf '[guard]\nprotect = Ivy.*@example.com\n' >>"$XDG_CONFIG_HOME/gotofs/$profile.conf"
init_repo

# can_leave N: so many who are nobody special
can_leave() {
	jq -r 'select(.adminRoles == []) | .email' users/*.json |
		sed -n 's/^\([a-z.]*\)@example.com$/\1/p' | grep -v '^ivy' | head -n "$1"
}

step "more than the guard lets go: nothing is done, not even the rest"
mapfile -t many < <(can_leave 8)
leaves "${many[@]}"
echo '{"firstName":"Bob","lastName":"Stone"}' >users/bob.stone@example.com.json
commit "a site is closed"
expect_calls
refuse "nothing was done" 1 gitops/apply "$mnt"
said "guard: 8 removals of users, and 6 may go now: a commit with the trailer \"Allow-removals: 8\" lets them"
gitops/plan "$mnt" >"$WORK/out"
said "guard: 8 removals of users"
expect git commit -q --amend -m "a site is closed" -m "Allow-removals: 7"
refuse "nothing was done" 1 gitops/apply "$mnt"
said "guard: 8 removals, and the commits allow 7"
expect_out "" "$gotofs" sync "$mnt"
is $'GET /groups=2\nGET /licenses=2\nGET /users=2' "$(reads)"
expect_writes
is "${#many[@]}" "$(printf "$mnt/users/%s@example.com.json\n" "${many[@]}" | xargs ls | wc -l)"

step "... unless the commit allows it, this once"
expect git commit -q --amend -m "a site is closed: CHG-88" -m "Allow-removals: 8"
applies
grep -qx "DELETE /users/{}=[1-8]" <<<"$applied_calls" || fail "$applied_calls"
is "" "$(key "${many[0]}")$(key "${many[7]}")"
is null "$(jq .guard.allowance "$mnt/.gotofs/status.json")"
"$gotofs" journal cat "$mnt" | jq -r 'select(.verb == "allow") | .reason' >"$WORK/allow"
is "$(git rev-parse --short HEAD) a site is closed: CHG-88" "$(head -n 1 "$WORK/allow")"
mapfile -t many < <(can_leave 8)
leaves "${many[@]}"
commit "some more: those were allowed, these are not"
refuse "nothing was done" 1 gitops/apply "$mnt"
said "guard: 8 removals of users, and "
expect_apply
expect git reset -q --hard HEAD~1

step "... also when the apply that spent it did not come to its end"
leaves "${many[@]}"
edit "$(can_leave 40 | tail -n 1)@example.com.json" '.lastName = "Lay"'
commit "another site" "Allow-removals: 8"
fault '{"match":"PUT /users/{}","kind":"status","status":400}'
refuse "not all of it was done" 1 gitops/apply "$mnt"
is "" "$(key "${many[0]}")$(key "${many[7]}")"
calls_clear
mapfile -t many < <(can_leave 8)
leaves "${many[@]}"
commit "a mistake"
refuse "nothing was done" 1 gitops/apply "$mnt"
said "guard: 8 removals of users, and "
expect_apply
expect git reset -q --hard HEAD~1
applies
is "PUT /users/{}=1" "$applied_calls"

step "what went otherwise, and was adopted, spends nothing"
mapfile -t many < <(can_leave 14)
for name in "${many[@]:0:4}"; do
	mutate "{\"op\":\"delete-user\",\"email\":\"$name@example.com\"}"
done
refresh_tenant
expect rm "$mnt/users/${many[4]}@example.com.json"
sync_tenant
expect gitops/adopt "$mnt"
commit "five are gone"
leaves "${many[@]:5}"
commit "nine more" "Allow-removals: 9"
calls_clear
applies
grep -qx "DELETE /users/{}=[1-9]" <<<"$applied_calls" || fail "$applied_calls"
is "" "$(key "${many[13]}")"

step "who is protected stays, whatever a branch says"
expect git checkout -q -b cleanup
leaves ivy.invited admin
commit "cleanup" "Allow-removals: 10"
refuse "nothing was done" 1 gitops/apply "$mnt"
said "guard: users/ivy.invited@example.com.json is protected"
said "guard: users/admin@example.com.json is protected"
expect git checkout -q main
expect_apply
name=$(can_leave 1)
leaves "$name"
expect gitops/readdress ivy.invited@example.com ida.invited@example.com
commit "another address is no way out of it"
refuse "nothing was done" 1 gitops/apply "$mnt"
said "guard: users/ivy.invited@example.com.json is protected, and would not be as users/ida.invited@example.com.json"
test -n "$(key "$name")" || fail "$name was removed"
expect git reset -q --hard HEAD~1
expect_apply

step "what only the mount knows: it stops at the first, and nothing is sent"
find licenses/gotomeeting-business -name '[b-m]*.json' -print0 |
	head -z -n 9 | xargs -0 rm
mapfile -t many < <(can_leave 2)
leaves "${many[0]}"
find groups -name "${many[1]}@example.com.json" -delete
commit "seats"
refuse "Disk quota exceeded" 1 gitops/apply "$mnt"
said "apply: stopped"
refuse "refused" 1 "$gotofs" sync "$mnt"
is "" "$(ls "$mnt/.gotofs/pending")"
expect test -e "$mnt/users/${many[0]}@example.com.json"
is "$(git ls-tree --name-only HEAD~1:licenses/gotomeeting-business | grep -v '^\.')" \
	"$(ls "$mnt/licenses/gotomeeting-business")"
expect_apply
expect git commit -q --amend -m "seats" -m "Allow-removals: 12"
applies
