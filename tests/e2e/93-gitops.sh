#!/bin/bash
# SPDX-License-Identifier: MIT
# examples/gitops: an account as a git repository: init, edit, check, plan, apply.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_gitops.sh
. "$(dirname "$0")/functions_gitops.sh"

start_sandbox --users 60
mount_tenant
mutate '{"op":"create-group","name":"Nobody"}'
calls_clear
bob=bob.stone@example.com.json
ann=ann.lee@example.com.json

step "init: everybody, with what can be written of him; and nothing to do"
expect "$gitops/init" "$mnt" "$repo"
cd "$repo" || exit 1
said "git push origin main refs/gotofs/applied"
expect_calls "GET /groups=1" "GET /licenses=1" "GET /users=1"
expect test -d groups/Nobody # as it is now, not as it was read last
is "" "$(git status --porcelain)"
is "$(ls "$mnt/users")" "$(ls users)"
is "$(find "$mnt"/{licenses,groups} -type l -printf '%P %l\n' | sort)" \
	"$(find licenses groups -type l -printf '%P %l\n' | sort)"
is "$(find "$mnt"/{licenses,groups} -type d -printf '%P\n' | sort)" \
	"$(find licenses groups -type d -printf '%P\n' | sort)"
is '{"email":"ann.lee@example.com","firstName":"Ann","lastName":"Lee","locale":"en_US","timeZone":"America/New_York","adminRoles":[]}' \
	"$(jq -c . users/$ann)"
cmp -s users/$ann <(jq . users/$ann) || fail "not as jq prints"
expect gotofs check .
plans
drifts
expect_calls "GET /groups=1" "GET /licenses=1" "GET /users=1"
refuse "is there already" 1 "$gitops/init" "$mnt" "$repo"
refuse "nothing is mounted there" 1 "$gitops/init" "$WORK" "$WORK/other"
# who was written with a time of his own reads as it was written
printf '{"lastName":"Lee"}' >"$WORK/kept"
expect cp -p "$WORK/kept" "$mnt/users/$ann"
is '{"lastName":"Lee"}' "$(cat "$mnt/users/$ann")"
plans
expect_calls

step "a clone: other times, and nothing to do"
expect git clone -q "$repo" "$WORK/clone"
cd "$WORK/clone" || exit 1
plans
expect_calls
expect rm -r "$WORK/clone"
cd "$repo" || exit 1

step "what counts is the commit, whatever the working tree lacks or hides"
expect git sparse-checkout set --no-cone '/*' '!/users/a*' '!/groups'
expect test ! -e users/$ann
is "" "$(git status --porcelain)"
plans
expect_out "nothing to do" gitops/apply "$mnt"
expect git sparse-checkout disable
expect mkdir groups/Foo
echo users/hidden@example.com.json >.git/info/exclude
echo '{"firstName":"Hid","lastName":"Den"}' >users/hidden@example.com.json
expect git update-index --assume-unchanged users/$ann
sed -i 's/"Lee"/"Hidden"/' users/$ann
is "" "$(git status --porcelain)"
plans
expect_out "nothing to do" gitops/apply "$mnt"
expect git update-index --no-assume-unchanged users/$ann
expect git checkout -q users
expect rm .git/info/exclude users/hidden@example.com.json
expect rmdir groups/Foo
expect_calls
# ... and what was committed is applied though it is not there
edit $ann '.timeZone = "Europe/Berlin"'
commit "another time"
expect git sparse-checkout set --no-cone '/*' '!/users/a*'
plans "~ users/$ann timeZone: \"America/New_York\" -> \"Europe/Berlin\""
applies
is "PUT /users/{}=1" "$applied_calls"
expect git sparse-checkout disable
calls_clear

step "the hook: what a mount would not take is not committed"
echo '{"firstName":"Bob"}' >users/$bob
expect git add users
ends 1 git commit -m bad
said "users/$bob: lastName is missing"
echo '{"firstName":"Bob","lastName":"Stone"}' >users/$bob
ends 1 git commit -m "what is in the index counts"
expect git add users
ln -s ../../users/$ann licenses/gotowebinar-pro/$bob
expect git add .
refuse "both must be the same" 1 git commit -m bad
ln -sf ../../users/$bob licenses/gotowebinar-pro/$bob
expect git mv users/dan.fox@example.com.json users/dan.f@example.com.json
expect git add .
refuse "dan.f@example.com.json: email is" 1 git commit -m bad
said "dan.fox@example.com.json: there are links to this person"
expect git mv users/dan.f@example.com.json users/dan.fox@example.com.json
ln -s ../../users/$ann groups/Sales/$ann
expect git add .
refuse "$ann: a person is in one group, and this one in more" 1 git commit -m bad
expect git rm -qf groups/Sales/$ann
echo '{"inactive_days":-1}' >reclaim/rules.json
expect git add .
refuse "reclaim/rules.json: inactive_days is to be" 1 git commit -m bad
expect git checkout -q HEAD reclaim
echo '{"lastName":"Fox"}' >users/dan.fox@example.com.json
expect git add .
expect git commit -qm "what is left out is left alone"
expect git reset -q --hard HEAD~1
expect_calls

step "what is not committed is neither planned nor applied"
touch users/new
refuse "not committed" 1 gitops/plan "$mnt"
refuse "not committed" 1 gitops/apply "$mnt"
rm users/new
refuse "nothing is mounted there" 1 gitops/apply "$WORK"
ends 1 gitops/apply
for script in plan apply drift adopt; do
	expect gitops/$script --help
	said "$script MNT"
done
refuse "there is only --overwrite" 1 gitops/apply "$mnt" --force

step "a person with a seat and a group, a change, a seat less, a group more, other rules"
seat=$(holder gotomeeting-business)
echo '{"firstName": "Bob", "lastName": "Stone"}' >users/$bob
ln -s ../../users/$bob licenses/gotowebinar-pro/
mkdir -p groups/New/Team
ln -s ../../../users/$bob groups/New/Team/
sed -i 's/"Lee"/"Leigh"/; s/"en_US"/null/' users/$ann
rm "licenses/gotomeeting-business/$seat"
find groups -name "$seat" -delete
ln -s ../../users/"$seat" groups/Interns/
rm -r groups/Nobody
echo '{"inactive_days": 50}' >reclaim/rules.json
commit "many things"
plans "+ groups/Interns/$seat" "+ groups/New/" "+ groups/New/Team/" \
	"+ groups/New/Team/$bob" "- groups/Nobody/" \
	"- licenses/gotomeeting-business/$seat" "+ licenses/gotowebinar-pro/$bob" \
	"~ reclaim/rules.json" "~ users/$ann lastName: \"Lee\" -> \"Leigh\"" \
	"~ users/$ann locale: \"en_US\" -> null" "+ users/$bob"
said "6 to add, 2 to change, 2 to remove"
expect_calls
applies
is "$(printf '%s\n' "DELETE /groups/{}=1" "DELETE /licenses/{}/users/{}=1" \
	"POST /groups=2" "POST /users=1" "PUT /groups/{}/users/{}=1" \
	"PUT /users/{}=1")" "$applied_calls"
is "Bob" "$(tenant_user "${bob%.json}" .firstName)"
is "Leigh null" "$(tenant_user "${ann%.json}" '"\(.lastName) \(.locale)"')"
is "Interns" "$(tenant_user "${seat%.json}" .groupName)"
is 50 "$(jq .inactive_days "$mnt/reclaim/rules.json")"
jq -e .key "$mnt/users/$bob" >/dev/null || fail "no record" "$(cat "$mnt/users/$bob")"
drifts
calls_clear

step "a clone and a remount: still nothing to do"
unmount_tenant
mount_tenant
calls_clear
expect git clone -q "$repo" "$WORK/clone"
cd "$WORK/clone" || exit 1
plans
expect_calls

step "what GoTo refuses is told, is not taken for applied, and goes the next time"
expect rm -rf "$WORK/clone"
cd "$repo" || exit 1
was=$(git rev-parse refs/gotofs/applied)
sed -i 's/"Leigh"/"Lay"/' users/$ann
commit "a name that GoTo does not like today"
fault '{"match":"PUT /users/{}","kind":"status","status":400}'
refuse "not all of it was done" 1 gitops/apply "$mnt"
said "users/$ann: "
is "$was" "$(git rev-parse refs/gotofs/applied)"
plans "~ users/$ann lastName: \"Leigh\" -> \"Lay\""
calls_clear
applies
is "PUT /users/{}=1" "$applied_calls"

step "no free seat, no such license: nothing is done; a seat that is given up is one"
mutate '{"op":"update-license","license":"GoToWebinar Pro","seats":'"$(find licenses/gotowebinar-pro -type l | wc -l)"'}'
refresh_tenant
calls_clear
ln -s ../../users/$ann licenses/gotowebinar-pro/
sed -i 's/"Lay"/"Lee"/' users/$ann
commit "one too many"
refuse "nothing was done" 1 gitops/apply "$mnt"
said "licenses: 1 more of gotowebinar-pro, and 0 free"
expect_apply
expect git rm -q licenses/gotowebinar-pro/$bob
commit "he does not need it"
applies
is "$(printf '%s\n' "DELETE /licenses/{}/users/{}=1" "POST /licenses/{}/users/{}=1" "PUT /users/{}=1")" \
	"$applied_calls"
mkdir licenses/gotomars
ln -s ../../users/$ann licenses/gotomars/
commit "a license that nobody has bought"
refuse "nothing was done" 1 gitops/apply "$mnt"
said "licenses: there is no gotomars"
expect git reset -q --hard HEAD~1
expect_apply

step "a folder that the repository does not have is left alone"
expect git rm -qr licenses groups
commit "people only"
plans
expect git rm -qr users
commit "nothing at all is no account without people"
refuse "no users/, licenses/ or groups/" 1 gitops/apply "$mnt"
expect_calls
