#!/bin/bash
# SPDX-License-Identifier: MIT
# examples/gitops: a new address is a change of address.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_gitops.sh
. "$(dirname "$0")/functions_gitops.sh"

start_sandbox --users 60
init_repo
seats() {
	tenant_user "$1@example.com" '(.licenseKeys // []) | sort | join(" ")'
}

step "git mv: he keeps account, key, seats and group, for one call"
# by hand: the file, the address in it, and each link
expect git mv users/ann.lee@example.com.json users/anna.lee@example.com.json
sed -i 's/"ann.lee@/"anna.lee@/' users/anna.lee@example.com.json
find licenses groups -name ann.lee@example.com.json | while read -r link; do
	ln -s "$(dirname "$(readlink "$link")")/anna.lee@example.com.json" "${link%/*}/"
	rm "$link"
done
expect git add .
tree=$(git write-tree)
expect git reset -q --hard
goes ann.lee anna.lee
is "$tree" "$(git write-tree)"
before="$(key ann.lee) $(seats ann.lee) $(tenant_user ann.lee@example.com .groupName)"
commit "a new address"
plans "~ users/ann.lee@example.com.json -> users/anna.lee@example.com.json (change of address)"
applies
is "PUT /users/{}=1" "$applied_calls"
is "$before" "$(key anna.lee) $(seats anna.lee) $(tenant_user anna.lee@example.com .groupName)"
is "" "$(key ann.lee)"

step "... with other changes in the same commit"
goes anna.lee ann.lee
sed -i 's/"en_US"/"de_DE"/' users/ann.lee@example.com.json
ln -s ../../users/ann.lee@example.com.json licenses/gotowebinar-pro/
commit "back"
plans "+ licenses/gotowebinar-pro/ann.lee@example.com.json" \
	'~ users/ann.lee@example.com.json locale: "en_US" -> "de_DE"' \
	"~ users/anna.lee@example.com.json -> users/ann.lee@example.com.json (change of address)"
applies
is "${before%% *}" "$(key ann.lee)"
is "de_DE" "$(tenant_user ann.lee@example.com .locale)"

step "one goes, another comes: two people, however alike their files are"
dan=$(key dan.fox)
leaves dan.fox
jq '.email = "dan.wolf@example.com" | .lastName = "Wolf"' "$mnt/users/dan.fox@example.com.json" |
	jq '{email, firstName, lastName, locale, timeZone}' >users/dan.wolf@example.com.json
commit "one goes, another comes"
plans "- users/dan.fox@example.com.json" "+ users/dan.wolf@example.com.json"
said "Change-of-address: OLD NEW"
step "... but if a commit says that they are one: married"
expect git commit -q --amend -m "Dan is married" -m "Change-of-address: dan.fox@example.com dan.wolf@example.com"
plans "- groups/Sales/dan.wolf@example.com.json" \
	"- licenses/gotomeeting-business/dan.wolf@example.com.json" \
	"~ users/dan.fox@example.com.json -> users/dan.wolf@example.com.json (change of address)" \
	'~ users/dan.wolf@example.com.json lastName: "Fox" -> "Wolf"'
expect git reset -q --hard HEAD~1
goes dan.fox dan.wolf
sed -i 's/"Fox"/"Wolf"/' users/dan.wolf@example.com.json
expect git add .
expect git commit -q -m "Dan is married" -m "Change-of-address: dan.fox@example.com dan.wolf@example.com"
plans "~ users/dan.fox@example.com.json -> users/dan.wolf@example.com.json (change of address)" \
	'~ users/dan.wolf@example.com.json lastName: "Fox" -> "Wolf"'
applies
is "$dan" "$(key dan.wolf)"
is "Wolf" "$(tenant_user dan.wolf@example.com .lastName)"

step "a person and his seat: one call takes both"
leaves dan.wolf
commit "he leaves"
plans "- users/dan.wolf@example.com.json"
applies
is "DELETE /users/{}=1" "$applied_calls"
