#!/bin/bash
# SPDX-License-Identifier: MIT
# examples/git-apply: users and licenses from a git repository, reviewed there.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"

export GOTOFS=$gotofs
apply=$(dirname "$0")/../../examples/git-apply
start_sandbox --users 30
mount_tenant settle=1

commit() {
	git -C list -c user.name=A -c user.email=a@example.com \
		commit -q -a -m "$1"
}

step "a repository with what is there: applying it costs no call"
expect git init -q list
expect cp -a "$mnt/users" "$mnt/licenses" list/
expect git -C list add .
commit "as it is"
calls_clear
expect "$apply" list "$mnt"
expect_calls

step "what is not committed is not applied"
echo '{}' >list/users/ann.lee@example.com.json
refuse "not committed" 1 "$apply" list "$mnt"
git -C list checkout -q .
expect_calls

step "a new person with a license, another name, a seat less"
cat >list/users/bob.stone@example.com.json <<'END'
{"firstName": "Bob", "lastName": "Stone"}
END
ln -s ../../users/bob.stone@example.com.json list/licenses/gotowebinar-pro/
sed -i 's/"Lee"/"Leigh"/' list/users/ann.lee@example.com.json
rm list/licenses/gotomeeting-business/dan.fox@example.com.json
git -C list add .
commit "three changes"
expect "$apply" list "$mnt" --delete
is "Bob" "$(tenant_user bob.stone@example.com .firstName)"
is "Leigh" "$(tenant_user ann.lee@example.com .lastName)"
is "" "$(tenant_user dan.fox@example.com '.licenseKeys // [] | join(" ")')"
key=$(tenant_license "GoToWebinar Pro" .key)
is "$key" "$(tenant_user bob.stone@example.com '.licenseKeys | join(" ")')"

step "a second time it is a plan without a line, and no call"
calls_clear
expect "$apply" list "$mnt" --delete
expect_calls

step "a folder that is not mounted is not an account without people"
mkdir empty
refuse "nothing is mounted" 1 "$apply" list empty
