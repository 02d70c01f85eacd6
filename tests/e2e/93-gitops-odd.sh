#!/bin/bash
# SPDX-License-Identifier: MIT
# examples/gitops: what GoTo has, and nobody could make here, is in nobody's way.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_gitops.sh
. "$(dirname "$0")/functions_gitops.sh"

# deep NAME: a group three deep, and one whose name is not one
deep() {
	mutate '{"op":"create-group","name":"Far'"$1"'"}'
	mutate '{"op":"create-group","name":"Near'"$1"'","parent":"Far'"$1"'"}'
	mutate '{"op":"create-group","name":"L'"$1"'","parent":"Near'"$1"'"}'
	mutate '{"op":"create-group","name":"A\n'"$1"'"}'
}
long=$(printf 'x%.0s' {1..50})
start_sandbox --users 40
deep 1
mutate '{"op":"set-group","email":"dan.fox@example.com","group":"L1"}'
without_address 1 2
init_repo
ann=ann.lee@example.com.json
dan=dan.fox@example.com.json

step "whom GoTo has without an address the check takes for who is there"
expect_out "" "$gotofs" check users licenses
ends 1 "$gotofs" check --before "$WORK" users
said '~2222.json" is no name for a person'
for name in users/~*.json; do
	jq '.firstName = "Nemo"' "$name" >"$WORK/edited" && cp "$WORK/edited" "$name"
done
commit "they have a name"
plans '~ users/~e3b0c442.json firstName: "New" -> "Nemo"' \
	'~ users/~e3b0c442~2222.json firstName: "New" -> "Nemo"'
applies
is "PUT /users/{}=2" "$applied_calls"

step "an account that has it from the start: people come into it, and go"
expect test -L groups/Far1/Near1/L1/$dan
find groups -name $ann -delete
ln -s ../../../../users/$ann groups/Far1/Near1/L1/
expect mv groups/{Far1/Near1/L1,A%0A1}/$dan
ln -sf ../../users/$dan groups/A%0A1/$dan
commit "they move"
applies
is "PUT /groups/{}/users/{}=2" "$applied_calls"
is $'L1 A\n1' "$(tenant_user "${ann%.json}" .groupName) $(tenant_user "${dan%.json}" .groupName)"

step "what is made there later, adopt takes over, and the hook lets it be committed"
deep 2
mutate '{"op":"set-group","email":"'"${ann%.json}"'","group":"L2"}'
mutate '{"op":"update-user","email":"'"${dan%.json}"'","fields":{"lastName":"'"$long"'"}}'
mutate '{"op":"create-user","email":"new.one@example.com","fields":{"firstName":"New","lastName":"'"$long"'"}}'
refresh_tenant
calls_clear
expect gitops/adopt "$mnt"
expect test -L groups/Far2/Near2/L2/$ann
commit "as it is there"
plans
applies
is "" "$applied_calls"
edit $dan '.firstName = "Daniel"'
commit "and what is changed of it"
applies
is "PUT /users/{}=1" "$applied_calls"

step "... but nothing more of it, and plan says what apply would"
edit $dan '.lastName += "y"'
mkdir -p groups/Far2/Near2/L2/L3
ln -s ../../../../../users/$ann groups/Far2/Near2/L2/L3/
rm groups/Far2/Near2/L2/$ann
expect git add -A
refuse "users/$dan: lastName has 51 characters" 1 git commit -m "more of it"
said "groups/Far2/Near2/L2/L3: there can be no folder here"
expect git commit -q --no-verify -m "more of it"
gitops/plan "$mnt" >"$WORK/out"
is 2 $?
said "users/$dan: lastName has 51 characters"
said "groups/Far2/Near2/L2/L3: there can be no folder here"
calls_clear
refuse "nothing was done" 1 gitops/apply "$mnt"
said "users/$dan: lastName has 51 characters"
said "groups/Far2/Near2/L2/L3: there can be no folder here"
expect_apply

step "a document that is none: plan, apply and adopt name it, and not another one"
echo '{"firstName": ' >users/$dan
expect git add -A
refuse "users/$dan: " 1 git commit -m "half of it"
expect git commit -q --no-verify -m "half of it"
for script in plan apply adopt; do
	refuse "$script: the documents cannot be read: nothing was done" 1 \
		gitops/$script "$mnt"
	said "users/$dan: line 2, column 1: the JSON text ends before it is complete"
	is "" "$(grep "^jq: " "$WORK/err")"
done
expect_calls
