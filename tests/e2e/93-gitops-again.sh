#!/bin/bash
# SPDX-License-Identifier: MIT
# examples/gitops: after an apply that did not come to its end: who has his new
# address, and which group its new name, is not taken for gone.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_gitops.sh
. "$(dirname "$0")/functions_gitops.sh"

start_sandbox --users 60
init_repo

step "it goes on, and what it did costs no allowance"
kim=$(key kim.park) cora=$(key cora.connect) sales=$(tenant_group Sales .key)
expect gitops/readdress kim.park@example.com kim.p@example.com
expect gitops/readdress cora.connect@example.com cora.c@example.com
edit cora.c@example.com.json '.lastName = "Married"'
expect git mv groups/Sales groups/Selling
expect git rm -q "*/rob.remote@example.com.json" "*/stan.still@example.com.json" \
	"*/tara.train@example.com.json"
commit "two addresses, a group's name, and three leave" "Allow-removals: 3
Change-of-address: cora.connect@example.com cora.c@example.com"
fault '{"match":"DELETE /users/{}","kind":"status","status":400,"count":3}'
refuse "not all of it was done" 1 gitops/apply "$mnt"
is "$kim $cora $sales" "$(key kim.p) $(key cora.c) $(tenant_group Selling .key)"
refresh_tenant # whatever was sent a moment ago is read once more
plans "- users/rob.remote@example.com.json" "- users/stan.still@example.com.json" \
	"- users/tara.train@example.com.json"
applies
is "DELETE /users/{}=3" "$applied_calls"
is "$kim $cora $sales" "$(key kim.p) $(key cora.c) $(tenant_group Selling .key)"

step "... nor is he somebody else's, when there is more to be changed"
expect mv "$mnt/users/kim.p@example.com.json" "$mnt/users/kim.park@example.com.json"
sync_tenant
expect gitops/readdress kim.p@example.com kim.park@example.com
edit kim.park@example.com.json '.locale = "fr_FR"'
commit "his old one again, and French"
refresh_tenant
plans '~ users/kim.park@example.com.json locale: "en_US" -> "fr_FR"'
applies
is "PUT /users/{}=1" "$applied_calls"
is "$kim fr_FR" "$(key kim.park) $(tenant_user kim.park@example.com .locale)"

step "a seat and a group are taken from somebody who has another address in the same push"
expect gitops/readdress kim.park@example.com kim.p@example.com
expect git rm -qf licenses/gotomeeting-business/kim.p@example.com.json
find groups -name kim.p@example.com.json -delete
commit "less of him"
refresh_tenant
applies
is "$kim [] null" "$(tenant_user kim.p@example.com '"\(.key) \(.licenseKeys // []) \(.groupName)"')"
