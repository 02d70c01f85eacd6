#!/bin/bash
# SPDX-License-Identifier: MIT
# A call that is refused for several is divided until each has its own verdict;
# one whose outcome nobody knows is read back, never blindly repeated: never two
# accounts from one create (DESIGN 4.3).
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"

log_allowed=' waits: '
start_sandbox
mutate '{"op":"update-license","license":"GoToWebinar Pro","seats":400}'
# somebody whom the mirror does not know
mount_tenant settle=60
mutate '{"op":"create-user","email":"a7@example.com","fields":{"firstName":"Not","lastName":"Ours"}}'
webinar=$mnt/licenses/gotowebinar-pro
assist=$mnt/licenses/gotoassist-remote-support

# people PREFIX N [DIR]: N new people by rename, which nobody waits for, with
# links in DIR before them
people() {
	python3 - "$mnt" "$@" <<'END'
import os, sys
mnt, prefix, n, *dirs = sys.argv[1:]
for i in range(1, int(n) + 1):
    name = f"{prefix}{i}@example.com.json"
    for d in dirs:
        os.symlink("../../users/" + name, f"{d}/{name}")
    with open(f"{mnt}/users/.{prefix}", "w") as f:
        f.write(f'{{"firstName":"{prefix}","lastName":"L{i}"}}')
    os.rename(f"{mnt}/users/.{prefix}", f"{mnt}/users/{name}")
END
}
# count_of PREFIX [FILTER]: how many of them the tenant has
count_of() {
	sandbox GET state | jq --arg p "$1" \
		"[.users[] | select(.email | startswith(\$p)) | select(${2-true})] | length"
}
# only: the calls that change something
writes() {
	calls | grep -v '^GET ' | paste -sd' '
}

step "one bad among 20: the others are created, he alone is refused"
calls_clear
expect people a 20
refuse "1 change was refused" 1 "$gotofs" sync --timeout 60 "$mnt"
said "users/a7@example.com.json"
is 20 "$(count_of a '.email | test("^a[0-9]+@")')"
is Not "$(tenant_user a7@example.com .firstName)"
error_record users/a7@example.com.json EEXIST
for n in 1 6 8 20; do
	no_error_record users/a$n@example.com.json
	expect_out "L$n" jq -r .lastName "$users/a$n@example.com.json"
done
# 20, 10, 5 5, 3, 2, 1 1, 1, 2, 10; who is created alone is read
expect_calls "POST /users=11" "GET /users/{}=2"
acknowledge

step "the same among those who wait, whoever shares their call"
expect people b 3
refuse "File exists" 1 bash -c "echo '{\"firstName\":\"X\",\"lastName\":\"Y\"}' >'$users/a7@example.com.json'"
sync_tenant
is 3 "$(count_of b '.email | test("^b[0-9]+@")')"
expect bash -c "rm -rf '$mnt'/.gotofs/errors/*"

step "a license that is refused: created without it, and the link tells why"
calls_clear
expect people c 4 "$assist"
refuse "4 changes were refused" 1 "$gotofs" sync --timeout 60 "$mnt"
is 4 "$(count_of c '.email | test("^c[0-9]+@")')"
is 0 "$(count_of c '(.email | test("^c[0-9]+@")) and .licenseKeys != null')"
for n in 1 4; do
	expect test -e "$users/c$n@example.com.json"
	gone "$assist/c$n@example.com.json"
	error_record licenses/gotoassist-remote-support/c$n@example.com.json .
	no_error_record users/c$n@example.com.json
done
acknowledge

step "several licenses in one call, and one of them is refused"
calls_clear
fault '{"match":"PUT /users/{}","kind":"hang"}'
(echo '{"lastName":"Slow"}' >"$users/c1@example.com.json") 2>/dev/null &
writer=$!
wait_for_calls "PUT /users/{}" 1
for dir in "$webinar" "$assist" "$mnt/licenses/gototraining"; do
	expect ln -s ../../users/c1@example.com.json "$dir/"
done
fault_clear
wait $writer
refuse "1 change was refused" 1 "$gotofs" sync --timeout 60 "$mnt"
said licenses/gotoassist-remote-support
is 2 "$(tenant_user c1@example.com '.licenseKeys | length')"
# three, two, one, one
expect_calls "PUT /users/{}=2" "POST /licenses/{}/users/{}=5"
acknowledge

step "nobody knows what became of a batch: read back in one list, never two of one"
for kind in reset-after truncate; do
	calls_clear
	fault "{\"match\":\"POST /users\",\"kind\":\"$kind\"}"
	p=${kind%-*}
	expect people "$p" 6 "$webinar"
	sync_tenant
	fault_clear
	is 6 "$(count_of "$p")"
	is 6 "$(count_of "$p" '.licenseKeys | length == 1')"
	is "POST /users=1" "$(writes)"
	is "GET /users=1" "$(calls | grep '^GET ')"
	is "$(tenant_user "${p}3@example.com" .key)" "$(jq -r .key "$users/${p}3@example.com.json")"
	expect readlink "$webinar/${p}3@example.com.json"
done
for kind in reset-before garbage empty '"status","status":500' '"html"'; do
	case $kind in \"*) ;; *) kind="\"$kind\"" ;; esac
	p=$(tr -cd a-z <<<"$kind")
	calls_clear
	fault "{\"match\":\"POST /users\",\"kind\":$kind}"
	expect people "$p" 6 "$webinar"
	sync_tenant
	fault_clear
	is 6 "$(count_of "$p")"
	is 6 "$(count_of "$p" '.licenseKeys | length == 1')"
	# all, nobody was there, half and half; all again when GoTo is away (502)
	posts=3
	test "$p" != html || posts=2
	is "POST /users=$posts" "$(writes)"
	is "GET /users=1" "$(calls | grep '^GET ')"
done

step "half of the batch stays unknown, too"
calls_clear
fault '{"match":"POST /users","kind":"reset-before"}'
fault '{"match":"POST /users","kind":"reset-after"}'
expect people twice 6
sync_tenant
fault_clear
is 6 "$(count_of twice)"
is "POST /users=3" "$(writes)"

step "a tenant that shows them late is not asked for others of the same name"
calls_clear
switch '{"staleness_ms":600000}'
fault '{"match":"POST /users","kind":"reset-after"}'
expect people late 4
await 60 bash -c "$(declare -f sandbox calls writes); sandbox_url=$sandbox_url
	test \"\$(calls | sed -n 's/^POST .users=//p')\" -ge 3"
switch '{"staleness_ms":0}'
advance_ms 700000
sync_tenant
fault_clear
is 4 "$(count_of late)"
for n in 1 2 3 4; do
	no_error_record users/late$n@example.com.json
done

step "500 for ever: each is told, and nobody was created"
fault '{"match":"POST /users","kind":"status","status":500,"count":-1}'
expect people never 3
refuse "3 changes were refused" 1 "$gotofs" sync --timeout 60 "$mnt"
fault_clear
is 0 "$(count_of never)"
error_record users/never2@example.com.json EIO
gone "$users/never2@example.com.json"
is "" "$(sandbox GET state | jq -r '.users[].email | ascii_downcase' | sort | uniq -d)"
