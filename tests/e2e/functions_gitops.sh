# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: MIT
# A repository of the account, by the scripts of examples/gitops; sourced after
# functions.sh. What is done there is done by real git.

gitops=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../../examples/gitops")
repo=$WORK/repo
export PATH=$BUILD:$PATH GIT_CONFIG_GLOBAL=$WORK/gitconfig GIT_CONFIG_NOSYSTEM=1
git config --global user.name Ada
git config --global user.email ada@example.com
git config --global init.defaultBranch main

# init_repo: of the mount that it makes, and go there
init_repo() {
	mount_tenant
	expect "$gitops/init" "$mnt" "$repo"
	cd "$repo" || exit 1
	calls_clear
}

# key NAME: of the account NAME@example.com
key() {
	tenant_user "$1@example.com" .key
}

# without_address N...: an account; the first of them has the plain name
without_address() {
	local n
	for n in "$@"; do
		mutate '{"op":"create-user","email":"new@example.com","key":"700000000000000'$n$n$n$n'","fields":{"firstName":"New"}}'
		mutate '{"op":"update-user","email":"new@example.com","fields":{"email":""}}'
	done
}

# goes OLD NEW: another address
goes() {
	expect gitops/readdress "$1@example.com" "$2@example.com"
}
# leaves NAME...
leaves() {
	local name
	for name in "$@"; do
		expect git rm -q "*/$name@example.com.json"
	done
}

# commit MESSAGE [TRAILER]: all there is, which the hook must let pass
commit() {
	expect git add -A
	expect git commit -q -m "$1" ${2:+-m "$2"}
}

# ends STATUS CMD...: that is its exit status
ends() {
	local want=$1 got
	shift
	"$@" >"$WORK/out" 2>"$WORK/err"
	got=$?
	test $got -eq "$want" ||
		fail "exit $got, not $want, of: $*" "$(tail "$WORK/out" "$WORK/err")"
}

# tells CMD NOTHING FILTER LINE...: this is what it says, through sed FILTER, and
# its status is 2; without LINE it says NOTHING, and its status is 0
tells() {
	local cmd=$1 want=$2 filter=$3
	shift 3
	test $# -eq 0 || want=$(printf '%s\n' "$@")
	"$cmd" "$mnt" >"$WORK/out" 2>"$WORK/err"
	is $(($# > 0 ? 2 : 0)) $?
	is "" "$(cat "$WORK/err")"
	is "$want" "$(sed "$filter" "$WORK/out")"
}

# plans LINE...: this is the plan, up to the empty line; none: nothing to do
plans() {
	tells gitops/plan "nothing to do" '/^$/,$d' "$@"
}

# reads: the lists that were read. (Whoever was pushed to a moment ago is read again.)
reads() {
	calls | grep '^GET' | grep -v '^GET /users/{}='
}
# what an apply reads first, when there is something to do
lists=$'GET /groups=1\nGET /licenses=1\nGET /users=1'
# expect_apply [ROUTE=N]...: these lists, and these changes
expect_apply() {
	is "$lists" "$(reads)"
	expect_writes "$@"
}

# applies [OPTION]: it does, and the second time there is nothing to do or to ask.
# $applied_calls: what was called for it beside what it reads
applies() {
	local want=$lists
	gitops/plan "$mnt" >"$WORK/out" && want=
	calls_clear
	expect gitops/apply "$mnt" "$@"
	cp "$WORK/out" "$WORK/applied"
	is "$want" "$(reads)"
	applied_calls=$(calls | grep -v '^GET')
	calls_clear
	expect_out "nothing to do" gitops/apply "$mnt"
	expect_calls
	is "$(git rev-parse HEAD)" "$(git rev-parse 'refs/gotofs/applied^{commit}')"
}

# drifts LINE...: these are the lines of drift, times left out; none: no drift
drifts() {
	tells gitops/drift "nothing has changed" 's/, 20[0-9T:.-]*Z)$/)/' "$@"
}

# elsewhere JSON: somebody changes the account at GoTo, and the mirror knows
elsewhere() {
	mutate "$1"
	refresh_tenant
	calls_clear
}

# set_field NAME FIELD VALUE: elsewhere
set_field() {
	elsewhere "{\"op\":\"update-user\",\"email\":\"${1%.json}\",\"fields\":{\"$2\":\"$3\"}}"
}
# edit NAME FILTER: in the repository
edit() {
	jq "$2" "users/$1" >"$WORK/edited" && cat "$WORK/edited" >"users/$1"
}
# leaves_as_is LINE...: plan says them with a !, and apply does nothing
leaves_as_is() {
	local want
	want=$(printf '! %s\n' "$@")
	gitops/plan "$mnt" >"$WORK/out"
	is 2 $?
	is "$want" "$(grep '^!' "$WORK/out")"
	refuse "nothing was done" 1 gitops/apply "$mnt"
	is "$want" "$(grep '^!' "$WORK/out")"
	expect_apply
}

# holder LICENSE: somebody who has a seat and no role, and no other license
holder() {
	local name
	for name in "$repo/licenses/$1/"*.json; do
		test "$(find "$repo/licenses" -name "${name##*/}" | wc -l)" -eq 1 &&
			jq -e '.adminRoles == []' "$repo/users/${name##*/}" >/dev/null ||
			continue
		basename "$name"
		return
	done
	fail "nobody holds $1 alone"
}
