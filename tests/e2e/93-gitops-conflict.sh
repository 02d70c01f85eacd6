#!/bin/bash
# SPDX-License-Identifier: MIT
# examples/gitops: what the repository and somebody else have both changed.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_gitops.sh
. "$(dirname "$0")/functions_gitops.sh"

start_sandbox --users 60
init_repo
dan=dan.fox@example.com.json

step "what differs from what others have not touched is applied beside nothing"
edit $dan '.lastName = "Wolf"'
commit "ours alone"
plans "~ users/$dan lastName: \"Fox\" -> \"Wolf\""
applies
is "PUT /users/{}=1" "$applied_calls"

step "what the mount has not read yet: it is, before anything is done"
edit $dan '.lastName = "Ours"'
commit "ours"
mutate '{"op":"update-user","email":"dan.fox@example.com","fields":{"lastName":"Unseen"}}'
plans "~ users/$dan lastName: \"Wolf\" -> \"Ours\""
said "; GoTo was read $(word .mirror.refreshed)"
calls_clear
refuse "nothing was done" 1 gitops/apply "$mnt"
said "! users/$dan lastName was changed on both sides: from \"Wolf\""
expect_apply
expect git reset -q --hard HEAD~1
set_field $dan lastName Wolf

step "both sides: a conflict, which nobody loses"
edit $dan '.lastName = "Ours"'
commit "ours"
set_field $dan lastName Theirs
leaves_as_is "users/$dan lastName was changed on both sides: from \"Wolf\", here to \"Ours\", there to \"Theirs\""
is Theirs "$(tenant_user "${dan%.json}" .lastName)"
step "... one takes theirs"
expect gitops/adopt "$mnt"
is Theirs "$(jq -r .lastName users/$dan)"
commit "theirs"
plans
applies
is "" "$applied_calls"
step "... or ours"
edit $dan '.lastName = "Ours"'
commit "ours again"
set_field $dan lastName "Theirs again"
leaves_as_is "users/$dan lastName was changed on both sides: from \"Theirs\", here to \"Ours\", there to \"Theirs again\""
applies --overwrite
is Ours "$(tenant_user "${dan%.json}" .lastName)"

step "different fields of one person: his drift is undone only if one says so"
edit $dan '.firstName = "Daniel"'
commit "ours"
set_field $dan locale de_DE
leaves_as_is "users/$dan locale was changed there to \"de_DE\""
expect gitops/adopt "$mnt"
is '["Daniel","de_DE"]' "$(jq -c '[.firstName, .locale]' users/$dan)"
commit "both"
applies
is "Daniel de_DE" "$(tenant_user "${dan%.json}" '"\(.firstName) \(.locale)"')"

step "an apply that is killed: what was accepted goes, and the next goes on from there"
edit $dan '.locale = "fr_FR"'
for name in one two three; do
	printf '{"firstName":"%s","lastName":"Person"}\n' $name >users/$name@example.com.json
	ln -s ../../users/$name@example.com.json groups/Sales/
done
commit "more people"
was=$(git rev-parse refs/gotofs/applied)
fault '{"match":"POST /users","kind":"hold","count":1}'
in_background gitops/apply "$mnt"
wait_for_calls "POST /users" 1
kill -KILL "$waiting"
ended 137
fault_clear
is "$was" "$(git rev-parse refs/gotofs/applied)"
sync_tenant
await 30 flock -n "$mnt" true # its children end, too
calls_clear
applies
is "" "$(grep POST <<<"$applied_calls")"
is "Sales fr_FR" "$(tenant_user two@example.com .groupName) $(tenant_user "${dan%.json}" .locale)"

step "removed here, changed there: he stays until somebody has looked"
find users licenses groups -name $dan -delete
commit "he leaves"
set_field $dan lastName Married
leaves_as_is "users/$dan lastName was changed there, and the person is removed here"
expect test -e "$mnt/users/$dan"

step "the rules, on both sides"
expect git reset -q --hard HEAD~1
set_field $dan lastName Ours
jq '.inactive_days = 40' "$mnt/reclaim/rules.json" >"$WORK/rules"
expect cp "$WORK/rules" "$mnt/reclaim/rules.json"
drifts "~ reclaim/rules.json (here: rules by cp of uid $UID)"
calls_clear
leaves_as_is "reclaim/rules.json was changed there"
expect gitops/adopt "$mnt"
is 40 "$(jq .inactive_days reclaim/rules.json)"
commit "rules"
plans
