#!/bin/bash
# SPDX-License-Identifier: MIT
# examples/gitops: addresses that one gives up and another gets: nobody loses his
# account for that.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_gitops.sh
. "$(dirname "$0")/functions_gitops.sh"

start_sandbox --users 40
init_repo
# told MESSAGE TRAILER LINE...: as it is committed, plan says these lines about addresses
told() {
	local message=$1 trailer=$2
	shift 2
	expect git add -A
	expect git commit -q -m "$message" ${trailer:+-m "$trailer"}
	gitops/plan "$mnt" >"$WORK/out"
	is 2 $?
	is "$(printf 'address: %s\n' "$@")" "$(grep '^address: ' "$WORK/out" | sort)"
}
# stuck MESSAGE TRAILER LINE...: and for that apply does nothing
stuck() {
	told "$@"
	shift 2
	calls_clear
	refuse "nothing was done" 1 gitops/apply "$mnt"
	is "$(printf 'address: %s\n' "$@")" "$(grep '^address: ' "$WORK/out" | sort)"
	expect_apply
}
# moves OLD NEW: how plan says it
moves() {
	echo "~ users/$1@example.com.json -> users/$2@example.com.json (change of address)"
}
both=", and another one beside it: free an address with one push and its apply, give it away with the next"
# pair OLD NEW WHY
pair() {
	echo "users/$1@example.com.json -> users/$2@example.com.json$3"
}
# other NAME: by the names
other() {
	echo "users/$1@example.com.json is another person now, by the names: free an address with one push and its apply, give it away with the next (and who has but other names gets them in a push of his own)"
}
# named NAME OLD NEW: another last name
named() {
	sed -i "s/\"$2\"/\"$3\"/" "users/$1@example.com.json"
}
ann=$(key ann.lee)
dan=$(key dan.fox)
start=$(git rev-parse HEAD)

step "a chain: nothing is done, with trailers and without"
goes dan.fox dan.new
goes ann.lee dan.fox
chain=("$(pair ann.lee dan.fox "$both")" "$(pair dan.fox dan.new "$both")")
stuck "a chain" "" "${chain[@]}"
expect git reset -q --soft HEAD~1
trailers=$'Change-of-address: ann.lee@example.com dan.fox@example.com\nChange-of-address: dan.fox@example.com dan.new@example.com'
stuck "a chain" "$trailers" "${chain[@]}"
expect git reset -q --soft HEAD~1
named dan.fox Lee Fox-Lee
stuck "a chain, and a marriage" "$trailers" "${chain[@]}"
expect git reset -q --soft HEAD~1
named dan.new Fox Wolf
stuck "a chain, and two" "" "$(other dan.fox)"
expect git reset -q --soft HEAD~1
named dan.fox Fox-Lee Fox
told "a chain, and into the family" "" "$(other dan.fox)"
expect git reset -q --hard "$start"

step "a swap, and who is to get the address of somebody who leaves"
goes dan.fox elsewhere
goes ann.lee dan.fox
goes elsewhere ann.lee
stuck "a swap" "" "$(pair ann.lee dan.fox "$both")" "$(pair dan.fox ann.lee "$both")"
expect git reset -q --hard "$start"
expect git rm -q '*/dan.fox@example.com.json'
goes ann.lee dan.fox
stuck "he leaves" "" "$(pair ann.lee dan.fox "$both")"
expect git reset -q --soft HEAD~1
named dan.fox Lee Wolf
told "he leaves, and another name" "" "$(other dan.fox)"
expect git reset -q --hard "$start"
goes dan.fox elsewhere
goes ann.lee dan.fox
goes elsewhere ann.lee
named dan.fox Lee Wolf
named ann.lee Fox Wulf
told "a swap, and other names" "" "$(other ann.lee)" "$(other dan.fox)"
expect git reset -q --hard "$start"

step "other names alone, beside somebody who comes, are no chain"
named dan.fox Dan Daniela
named dan.fox Fox Wolf
echo '{"firstName":"New","lastName":"One"}' >users/new.one@example.com.json
commit "another name"
gitops/plan "$mnt" >"$WORK/out"
is "" "$(grep '^address: ' "$WORK/out")"
expect git reset -q --hard "$start"

step "one after the other they keep account and key"
goes dan.fox dan.new
commit "dan"
plans "$(moves dan.fox dan.new)"
applies
is "PUT /users/{}=1" "$applied_calls"
goes ann.lee dan.fox
commit "ann"
plans "$(moves ann.lee dan.fox)"
applies
is "PUT /users/{}=1" "$applied_calls"
is "$ann $dan" "$(key dan.fox) $(key dan.new)"
# by hand in the mount, all of it at once, and adopted
while read -r old new; do
	expect mv "$mnt/users/$old@example.com.json" "$mnt/users/$new@example.com.json"
done <<<$'dan.fox ann.lee\ndan.new dan.fox'
sync_tenant
calls_clear
expect gitops/adopt "$mnt"
commit "as before"
plans
applies
is "" "$applied_calls"
is "$ann $dan" "$(key ann.lee) $(key dan.fox)"

step "a trailer over two commits; one that is not followed is told"
goes dan.fox dan.f
commit "first" "Change-of-address: dan.fox@example.com dan.f@example.com"
goes dan.f dan.wolf
sed -i 's/"Fox"/"Wolf"/' users/dan.wolf@example.com.json
commit "then" "Change-of-address: dan.f@example.com dan.wolf@example.com"
plans "$(moves dan.fox dan.wolf)" \
	'~ users/dan.wolf@example.com.json lastName: "Fox" -> "Wolf"'
expect git reset -q --soft HEAD~1
stuck "then" "Change-of-address: dan.f@example.com dan.wlf@example.com" \
	"$(pair dan.fox dan.wlf ", a commit says: but it has no users/dan.wlf@example.com.json")"
expect git reset -q --soft HEAD~2
stuck "once" "Change-of-address: dan.fx@example.com dan.wolf@example.com" \
	"$(pair dan.fx dan.wolf ", a commit says: but there is no dan.fx@example.com.json")"
expect git commit -q --allow-empty -m "meant was" \
	-m "Change-of-address: dan.fox@example.com dan.wolf@example.com"
applies
is "$dan" "$(key dan.wolf)"
