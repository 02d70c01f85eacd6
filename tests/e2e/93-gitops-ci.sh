#!/bin/bash
# SPDX-License-Identifier: MIT
# examples/gitops: the pipelines for GitHub and GitLab, their very lines, in fresh
# clones of an origin; refs/gotofs/applied goes with it.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_gitops.sh
. "$(dirname "$0")/functions_gitops.sh"

start_sandbox --users 30
init_repo
origin=$WORK/origin.git
bob=bob.stone@example.com.json
expect git init -q --bare "$origin"
expect git remote add origin "$origin"
expect git push -q origin main
export GOTOFS_MOUNT=$mnt GOTOFS_PROFILE=$profile GITHUB_STEP_SUMMARY=$WORK/summary

# runner BRANCH: a fresh clone, as a pipeline has it, and go there
runner() {
	cd "$WORK" && rm -rf runner
	expect git clone -q "$origin" "$WORK/runner"
	cd "$WORK/runner" || exit 1
	expect git checkout -q --detach "origin/$1"
}
# github JOB, gitlab JOB: a script of its lines
github() {
	yq -r ".jobs.$1.steps[] | .run // empty" .github/workflows/gotofs.yml >"$WORK/job"
	test -s "$WORK/job" || fail "no job $1"
}
gitlab() {
	yq -r ".$1 as \$job | (.[\$job.extends // \"\"].before_script // [])[], \$job.script[]" \
		.gitlab-ci.yml >"$WORK/job"
	grep -q gotofs "$WORK/job" || fail "no job $1"
}
# job: the last one of these runs well, and leaves nothing on the runner
mkdir "$WORK/tmp"
export TMPDIR=$WORK/tmp
job() {
	expect bash -e -o pipefail "$WORK/job"
	is "" "$(ls "$TMPDIR"; git worktree list | tail -n +2)"
}
# change BRANCH MESSAGE: what was done in the repository, pushed there
change() {
	expect git checkout -q -b "$1"
	commit "$2"
	expect git push -q origin "$1"
	expect git checkout -q main
}
merge() {
	cd "$repo" || exit 1
	expect git merge -q --no-ff -m "merge $1" "$1"
	expect git push -q origin main
}

step "a change is checked and planned, and merged it is applied: GitHub"
echo '{"firstName":"Bob","lastName":"Stone"}' >users/$bob
change bob "Bob comes"
runner bob
GITHUB_BASE_REF=main github check
GITHUB_BASE_REF=main job
github plan
job
said "+ users/$bob"
grep -qx "+ users/$bob" "$GITHUB_STEP_SUMMARY" || fail "no summary"
expect_calls
merge bob
runner main
github apply
job
expect_apply "POST /users=1"
is "$(git rev-parse HEAD)" "$(git -C "$origin" rev-parse 'refs/gotofs/applied^{commit}')"
job
said "nothing to do"
github drift
job
said "nothing has changed"
calls_clear

step "the same of GitLab, with a change that the check refuses"
cd "$repo" || exit 1
jq '.lastName = "Steinmetz"' users/$bob >t && mv t users/$bob
change name "another name"
runner name
CI_MERGE_REQUEST_DIFF_BASE_SHA=$(git rev-parse origin/main)
export CI_MERGE_REQUEST_DIFF_BASE_SHA
gitlab check
job
gitlab plan
job
said "~ users/$bob lastName: \"Stone\" -> \"Steinmetz\""
echo '{"firstname":"Bob"}' >users/$bob
gitlab check
ends 1 bash -e "$WORK/job"
said './users/'$bob': there is no field "firstname"'
expect git checkout -q .
merge name
runner main
gitlab apply
job
expect_apply "PUT /users/{}=1"

step "what adopt took over passes the check, where the runner has the mount or can make it"
mutate '{"op":"create-group","name":"Near","parent":"Berlin"}'
mutate '{"op":"create-group","name":"L3","parent":"Near"}'
mutate '{"op":"create-group","name":"A\nB"}'
mutate '{"op":"set-group","email":"ann.lee@example.com","group":"L3"}'
without_address 1 2
set_field ann.lee@example.com.json lastName "$(printf 'x%.0s' {1..50})"
cd "$repo" || exit 1
expect git pull -q --ff-only origin main
expect git checkout -q -b adopted
expect gitops/adopt "$mnt"
commit "as it is there"
expect git push -q origin adopted
expect git checkout -q main
runner adopted
for host in github gitlab; do
	$host check
	GITHUB_BASE_REF=main job
	GOTOFS_PROFILE=none GOTOFS_MOUNT=$WORK GITHUB_BASE_REF=main \
		ends 1 bash -e "$WORK/job"
	said "./groups/Berlin/Near/L3: there can be no folder here"
	said "./groups/A%0AB: not a group's name"
	said "~2222.json\" is no name for a person's file"
done
unmount_tenant
GITHUB_BASE_REF=main job
expect "$gotofs" umount "$mnt"
mount_tenant
calls_clear
merge adopted
runner main
gitlab apply
job
said "nothing to do"
expect_calls

step "a clone that never saw an apply knows of it, and sees who has changed what"
elsewhere '{"op":"update-user","email":"bob.stone@example.com","fields":{"lastName":"Drifted"}}'
runner main
gitlab plan
job
said "! users/$bob lastName was changed there to \"Drifted\""
gitlab drift
ends 2 bash -e "$WORK/job"
said "~ users/$bob lastName: \"Steinmetz\" -> \"Drifted\" (elsewhere)"
gitlab apply
refuse "nothing was done" 1 bash -e "$WORK/job"
calls_clear

step "an old clone, or a pipeline that is run again, does not undo what came since"
runner main
expect git checkout -q --detach HEAD~2
for option in "" --overwrite; do
	refuse "which is not in what is checked out: pull first" 1 \
		gitops/apply "$mnt" $option
done
refuse "pull first" 1 gitops/plan "$mnt"
expect_calls

step "a clone that is not whole, or cannot ask what was applied: nothing is done"
runner main
expect git clone -q --depth 1 "file://$origin" "$WORK/shallow"
cd "$WORK/shallow" || exit 1
refuse "a shallow clone" 1 gitops/apply "$mnt"
expect mv "$origin" "$origin.away"
cd "$WORK/runner" || exit 1
refuse "origin knows what was applied last: nothing was done" 1 \
	gitops/apply "$mnt" --overwrite
expect mv "$origin.away" "$origin"
expect_calls

step "a clone that knows of no apply removes nobody, and overwrites nothing"
was=$(git -C "$origin" rev-parse refs/gotofs/applied)
expect git -C "$origin" update-ref -d refs/gotofs/applied
runner main
elsewhere '{"op":"create-user","email":"new.one@example.com","fields":{"firstName":"New","lastName":"One"}}'
refuse "nothing was done" 1 gitops/apply "$mnt"
said "! users/new.one@example.com.json was added there"
said "! users/$bob lastName was added on both sides"
said "nothing was applied yet"
expect gitops/adopt "$mnt"
is Drifted "$(jq -r .lastName users/$bob)"
expect test -e users/new.one@example.com.json
runner main
mutate '{"op":"delete-user","email":"new.one@example.com"}'
refresh_tenant
calls_clear
expect git -C "$origin" update-ref refs/gotofs/applied "$was"

step "an origin that does not take the ref: that is told"
expect git checkout -q --detach HEAD
printf '#!/bin/sh\nexit 1\n' >"$origin/hooks/pre-receive"
chmod +x "$origin/hooks/pre-receive"
refuse "origin does not take refs/gotofs/applied" 1 gitops/apply "$mnt" --overwrite
rm "$origin/hooks/pre-receive"
expect_apply "PUT /users/{}=1"

step "two at once: one waits for nobody, and does nothing"
exec {lock}<"$mnt"
expect flock -n $lock
refuse "somebody else is at it" 1 gitops/apply "$mnt"
exec {lock}<&-
expect_out "nothing to do" gitops/apply "$mnt"

step "a drift that waits does not cancel an apply that waits: GitHub"
is 2 "$(yq -r '.jobs[].concurrency // empty' .github/workflows/gotofs.yml | sort -u | wc -l)"

step "a runner that has no mount makes one"
unmount_tenant
gitlab plan
job
said "nothing to do"
expect mountpoint -q "$mnt"
expect "$gotofs" umount "$mnt"
